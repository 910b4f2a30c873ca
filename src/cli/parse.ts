import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest';
import type { Argument, CommandRow } from './command';
import { type CommandName, commands, fixedWords, takers } from './commands';
import { anyOf, type OptionRow } from './option';
import { type OptionName, type Options, options } from './options';

export type Parsed =
  | { readonly ok: true; readonly command: CommandName; readonly args: readonly string[]; readonly options: Options }
  | { readonly ok: false; readonly why: string };

type Given = { readonly name: string; readonly raw: string; readonly value: string | undefined };

/** The command line, or what is wrong with it and what was probably meant. */
export function parse(argv: readonly string[]): Parsed {
  const { positionals, given } = split(argv);
  const [first = 'run', ...args] = positionals;
  const asked = (name: OptionName): boolean => given.some((one) => one.name === name);
  if (asked('version')) return done('version', [], fallbacks());
  if (!isCommand(first)) return noCommand(first);
  if (asked('help')) return done('help', positionals.length === 0 ? [] : [first], fallbacks());
  if (first === 'help' && args[0] !== undefined && !isCommand(args[0])) return noCommand(args[0]);
  const row: CommandRow = commands[first];
  // First the options: the value of a mistyped one stands among the arguments.
  const values = read(first, row, given);
  const objection = typeof values === 'string' ? values : argumentsWrong(first, row.args, args);
  if (typeof values === 'string' || objection !== null) return wrong(`${objection} (see failoverd ${first} --help)`);
  return done(first, args, values);
}

function done(command: CommandName, args: readonly string[], values: Options): Parsed {
  return { ok: true, command, args, options: values };
}

function wrong(why: string): Parsed {
  return { ok: false, why };
}

function noCommand(name: string): Parsed {
  return wrong(`no command "${name}"${meant(name, Object.keys(commands))} (see failoverd --help)`);
}

/** Options apart from the rest, in order. What is no option of ours stays, to be refused with a hint. */
function split(argv: readonly string[]): { readonly positionals: readonly string[]; readonly given: readonly Given[] } {
  const known = Object.entries<OptionRow<unknown>>(options).map(([name, { value, short }]) => {
    const type = value === null ? ('boolean' as const) : ('string' as const);
    return [name, short === null ? { type } : { type, short }] as const;
  });
  const config = { allowPositionals: true, strict: false, tokens: true, options: Object.fromEntries(known) } as const;
  const { positionals, tokens } = parseArgs({ args: [...argv], ...config });
  const given = tokens.flatMap((token) => {
    if (token.kind !== 'option') return [];
    // `--reason --json` forgot the reason; `--reason=--json` says it.
    const forgotten = token.inlineValue === false && token.value?.startsWith('-') === true && token.value !== '-';
    return [{ name: token.name, raw: token.rawName, value: forgotten ? undefined : token.value }];
  });
  return { positionals, given };
}

/** Whether there is such a command. */
export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commands, name);
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

function fallbacks(): Options {
  const all = Object.entries<OptionRow<unknown>>(options).map(([name, { fallback }]) => [name, fallback]);
  return Object.fromEntries(all) as Options;
}

function argumentsWrong(command: string, wanted: readonly Argument[], args: readonly string[]): string | null {
  const missing = wanted.find((one, index) => !one.optional && args[index] === undefined);
  if (missing !== undefined) return `${command} needs ${missing.name}${listed(missing)}`;
  const extra = args[wanted.length];
  if (extra !== undefined) return `${command} does not take "${extra}"`;
  for (const [index, one] of wanted.entries()) {
    const words = fixedWords(one.words);
    const word = args[index];
    if (word === undefined || words === null || words.includes(word)) continue;
    return `${command} takes no "${word}"${meant(word, words) || listed(one)}`;
  }
  return null;
}

function listed({ words }: Argument): string {
  return typeof words === 'string' ? '' : `: ${anyOf(words)}`;
}

/** The values of the options, or what is wrong with one of them. */
function read(command: CommandName, row: CommandRow, given: readonly Given[]): Options | string {
  const values: Record<string, unknown> = { ...fallbacks() };
  const seen = new Set<string>();
  for (const { name, raw, value } of given) {
    if (!isOption(name)) return `no option ${raw}${meant(raw, row.options.map(dashed))}`;
    if (!row.options.includes(name)) return `${command} takes no ${raw}${others(name)}`;
    const option: OptionRow<unknown> = options[name];
    if (seen.has(name) && !option.many) return `${raw} was given twice`;
    seen.add(name);
    if (option.value === null && value !== undefined) return `${raw} takes no value`;
    if (option.value !== null && value === undefined) return `${raw} needs a value: ${option.accepts}`;
    const taken = option.read(value ?? '', values[name]);
    if (taken === undefined) return `${raw}=${value}: it takes ${option.accepts}`;
    values[name] = taken;
  }
  return values as unknown as Options;
}

const dashed = (name: string): string => `--${name}`;

function others(name: OptionName): string {
  const who = takers(name);
  return who.length === 0 ? '' : `; ${anyOf(who)} does`;
}

function meant(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === null ? '' : `, did you mean ${near}?`;
}
