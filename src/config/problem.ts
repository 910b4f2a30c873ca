import { printable, withoutQueries } from '../domain/printable';
import type { Problem } from './config';
import { isList, type Raw } from './parse';

/** A value for a person's terminal: no control characters, no password and no query of a URL, at most `max` characters. */
export function safeText(text: string, max = 200): string {
  return printable(withoutQueries(text.replace(/\/\/[^\s,"]*@/g, '//(hidden)@')), max);
}

/** A value as it was written, on one line. */
export function rawText(raw: Raw): string {
  if (typeof raw === 'string') return raw;
  if (isList(raw)) return raw.join(', ');
  return [...raw].map(([key, value]) => `${key}=${rawText(value)}`).join(', ');
}

/** In place of a secret. */
export function hidden(text: string): string {
  return `(secret, ${text.length} characters)`;
}

/** A problem fit to be shown; `value` null: nothing was set. */
export function problem(name: string, value: string | null, why: string, remedy: string): Problem {
  return {
    name: safeText(name),
    value: value === null ? null : safeText(value),
    why: safeText(why, 600),
    remedy: safeText(remedy, 600),
  };
}

/** The same problems without repetitions, and without any of the secrets wherever they were copied to. */
export function presentable(problems: readonly Problem[], secrets: readonly string[]): readonly Problem[] {
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => (secret.length < 8 ? rest : rest.replaceAll(secret, '(secret)')), text);
  const shown = new Map<string, Problem>();
  for (const { name, value, why, remedy, records } of problems) {
    const said = { name, value: value === null ? null : clean(value), why: clean(why), remedy: clean(remedy) };
    const key = JSON.stringify(said);
    const all = [...(shown.get(key)?.records ?? []), ...(records ?? [])];
    shown.set(key, all.length === 0 ? said : { ...said, records: all });
  }
  return [...shown.values()];
}
