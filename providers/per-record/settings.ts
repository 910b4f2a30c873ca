import { printable } from '../../src/domain/printable';
import { isExposed } from '../http';
import type { SetupProblem } from '../provider';

/** Problems of secrets that travel in a request: absent though required, or holding what none of them holds. */
export function secretProblems(
  env: Readonly<Record<string, string>>,
  secrets: readonly { readonly name: string; readonly required: boolean; readonly remedy: string }[],
): readonly SetupProblem[] {
  return secrets.flatMap(({ name, required, remedy }) => {
    const value = env[name];
    if (value === undefined) return required ? [{ name, why: 'is not set', remedy }] : [];
    if (/^[\x21-\x7e]{1,4096}$/.test(value)) return [];
    return [{ name, why: 'holds characters that none of its kind has, or too many', remedy }];
  });
}

/** The URL to call, or why not: https, or http to loopback; no user, path, query or fragment. */
export function endpointFrom(name: string, text: string): { readonly url: URL } | { readonly problem: SetupProblem } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const bare = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/';
  if (url !== null && bare && /^https?:$/.test(url.protocol) && !isExposed(text)) return { url };
  const why = 'is not an https URL of a host alone (http is for loopback only: what is sent and answered can be read)';
  return { problem: { name, why, remedy: 'unset it, or write it like https://dns.example.net' } };
}

/** Text of a service made safe to show: our secrets blotted out, in URL spelling too, then escaped and cut. */
export function clean(text: string, secrets: readonly string[]): string {
  const spelt = secrets.flatMap((secret) => {
    const once = encodeURIComponent(secret);
    return [encodeURIComponent(once), once, secret];
  });
  return printable(spelt.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text));
}
