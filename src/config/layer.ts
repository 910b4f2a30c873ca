import type { Problem } from './config';
import { type Fault, isMapping, type Raw } from './parse';
import { hidden, problem, rawText } from './problem';
import type { Table, Values } from './variable';

/** A value as it was written somewhere: what, and under which name a person finds it (`at`: one key of a mapping). */
export interface Given {
  readonly raw: Raw;
  readonly source: 'env' | 'file';
  readonly name: (at?: string) => string;
}

/** What one source says: values that parsed, everything that was written, and what is wrong. */
export interface Layer<T extends Table> {
  readonly values: Partial<Values<T>>;
  readonly given: ReadonlyMap<string, Given>;
  readonly problems: readonly Problem[];
}

const maxLength = 16_384;

/** Parses what one source gives. Keys are those of the table. */
export function parseLayer<T extends Table>(table: T, given: ReadonlyMap<string, Given>): Layer<T> {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [key, each] of given) {
    const variable = table[key];
    if (variable === undefined) continue;
    const faults = unfit(each.raw);
    const parsed = faults.length === 0 ? variable.parser.parse(each.raw) : { ok: false as const, faults };
    if (parsed.ok) values[key] = parsed.value;
    else problems.push(...parsed.faults.map((fault) => faultProblem(fault, each, variable.secret === true)));
  }
  return { values: typed(values), given, problems };
}

/** The file's values before the environment's before the defaults; mappings merge. Complains about what is required and missing. */
export function settle<T extends Table>(
  table: T,
  environment: Layer<T>,
  file: Layer<T>,
  nameOf: (key: string) => string,
): Layer<T> {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const given = new Map([...environment.given, ...file.given]);
  for (const [key, variable] of Object.entries(table)) {
    const [under, over] = [environment.values[key], file.values[key]];
    if (file.given.has(key))
      values[key] = under instanceof Map && over instanceof Map ? new Map([...under, ...over]) : over;
    else if (environment.given.has(key)) values[key] = under;
    else if (variable.fallback.kind === 'value') values[key] = variable.fallback.value;
    else if (variable.fallback.kind === 'text') {
      const parsed = variable.parser.parse(variable.fallback.text);
      if (parsed.ok) values[key] = parsed.value;
    } else problems.push(problem(nameOf(key), null, 'is required', `set it: ${variable.parser.accepts}`));
    if (values[key] === undefined) delete values[key];
  }
  return { values: typed(values), given, problems };
}

/** Whether nothing is missing, so that the values are whole. */
export function complete<T extends Table>(table: T, values: Partial<Values<T>>): values is Values<T> {
  return Object.keys(table).every((key) => values[key] !== undefined);
}

/** The parsers of a table make exactly the types of `Values`; the compiler cannot follow them through a loop over keys. */
function typed<T extends Table>(values: Record<string, unknown>): Partial<Values<T>> {
  return values as Partial<Values<T>>;
}

/** What no variable may be, whatever its type. An empty value is an expansion that went wrong, never a wish for the default. */
function unfit(raw: Raw): readonly Fault[] {
  if (isMapping(raw) && raw.size > 0)
    return [...raw].flatMap(([at, value]) => unfit(value).map((fault) => ({ ...fault, at })));
  const text = rawText(raw).trim();
  if (text === '') return [{ why: 'is set but empty', remedy: 'give it a value, or do not set it at all' }];
  if (text.length > maxLength)
    return [{ why: `has ${text.length} of at most ${maxLength} characters`, remedy: 'shorten it' }];
  if (/\p{Cc}/u.test(text))
    return [{ why: 'has a control character, such as a line break', remedy: 'write it on one line' }];
  return [];
}

function faultProblem(fault: Fault, given: Given, secret: boolean): Problem {
  const at = fault.at !== undefined && isMapping(given.raw) ? given.raw.get(fault.at) : undefined;
  const text = rawText(at ?? given.raw);
  return problem(given.name(fault.at), secret ? hidden(text) : text, fault.why, fault.remedy);
}
