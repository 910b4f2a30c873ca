import { type CommandRow, exitMeanings } from './command';
import { type CommandName, commands, takers } from './commands';
import type { OptionRow } from './option';
import { type OptionName, options } from './options';
import { table } from './table';
import { wrap } from './width';

/** What failoverd is, in one line. */
export const tagline = 'DNS failover that is never empty, never stale, never twice, never blind';

const columns = 100;
/** An option of more commands than that is not explained by listing them. */
const most = 6;
const optionOf = (name: OptionName): OptionRow<unknown> => options[name];

/** `--name VALUE`, as it is written. */
export function written(name: OptionName): string {
  const { value, short } = optionOf(name);
  return `${short === null ? '' : `-${short}, `}--${name}${value === null ? '' : ` ${value}`}`;
}

/** The words after `failoverd` on one line, without the options. */
export function words(name: string, row: CommandRow): string {
  return [name, ...row.args.map((one) => (one.optional ? `[${one.name}]` : one.name))].join(' ');
}

/** The options that some command takes, in the order of their table. */
export function takenOptions(): readonly OptionName[] {
  const rows = Object.values<CommandRow>(commands);
  const all = Object.keys(options) as OptionName[];
  return all.filter((name) => rows.some((row) => row.options.includes(name)));
}

/** What `failoverd --help` prints. */
export function helpText(): string {
  const rows = Object.entries<CommandRow>(commands).map(([name, row]) => [`  ${words(name, row)}`, row.summary]);
  const taken = takenOptions().map((name) => [
    `  ${written(name)}`,
    `${optionOf(name).summary}${takers(name).length > most ? '' : ` (${takers(name).join(', ')})`}`,
  ]);
  return [
    `failoverd: ${tagline}\n`,
    'usage: failoverd [command] [options]        (npm start -- [command] [options])\n',
    `commands\n${table(rows)}\n`,
    `options\n${table([...taken, ['  -h, --help', 'this text; after a command, its own'], ['  --version', '']])}\n`,
    `exit codes\n${table(exitMeanings.map(([code, meaning]) => [`  ${code}`, meaning]))}\n`,
    'configuration comes from FAILOVERD_* variables: see docs/configuration.md and deploy/failoverd.env',
  ].join('\n');
}

/** What `failoverd COMMAND --help` prints. */
export function commandHelp(name: CommandName): string {
  const row: CommandRow = commands[name];
  const usage = `usage: failoverd ${words(name, row)}${row.options.length === 0 ? '' : ' [options]'}`;
  const taken = row.options.map((option) => [`  ${written(option)}`, optionOf(option).summary]);
  return [
    `failoverd ${name}: ${row.summary}\n`,
    usage,
    ...row.text.map((paragraph) => `\n${wrap(paragraph, columns)}`),
    ...(taken.length === 0 ? [] : [`\noptions\n${table(taken)}`]),
    ...(row.examples.length === 0 ? [] : [`\nexamples\n${table(row.examples.map(example))}`]),
  ].join('\n');
}

function example([line, what]: CommandRow['examples'][number]): readonly string[] {
  return [`  failoverd ${line}`, what];
}
