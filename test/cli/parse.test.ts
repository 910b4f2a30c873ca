import { describe, expect, test } from '@jest/globals';
import type { CommandRow } from '../../src/cli/command';
import { type CommandName, commands } from '../../src/cli/commands';
import { commandHelp, helpText } from '../../src/cli/help';
import type { Options } from '../../src/cli/options';
import { parse } from '../../src/cli/parse';

/** A line as a shell splits it, with quotes but without escapes. */
function split(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}

const good: readonly (readonly [
  line: string,
  command: CommandName,
  args: readonly string[],
  options: Partial<Options>,
])[] = [
  ['', 'run', [], { json: false, record: null, limit: null, reason: null, for: null }],
  ['status --json', 'status', [], { json: true }],
  ['--json status', 'status', [], { json: true }],
  ['status --json --json', 'status', [], { json: true }],
  ['status --record WWW.Example.com.', 'status', [], { record: 'www.example.com' }],
  ['status --record=www.example.com', 'status', [], { record: 'www.example.com' }],
  ['history --limit 1000', 'history', [], { limit: 1_000 }],
  ['switch b --reason "a is sick" --for 2h', 'switch', ['b'], { reason: 'a is sick', for: '2h' }],
  ['switch --for 2h -- --odd-site', 'switch', ['--odd-site'], { for: '2h' }],
  ['hold --reason=--json', 'hold', [], { reason: '--json' }],
  ['hold --for 366d', 'hold', [], { for: '366d' }],
  ['hold --reason -', 'hold', [], { reason: '-' }],
  [
    'simulate --outages 30s,2m --outages 1h --loss 0.5% --seed 7',
    'simulate',
    [],
    { outages: ['30s', '2m', '1h'], loss: ['0.5%'], flap: [], seed: 7 },
  ],
  ['help', 'help', [], {}],
  ['help switch', 'help', ['switch'], {}],
  ['--help', 'help', [], {}],
  ['-h', 'help', [], {}],
  ['switch --help', 'help', ['switch'], {}],
  ['switch -h --nonsense', 'help', ['switch'], {}],
  ['--version', 'version', [], {}],
  ['version', 'version', [], {}],
];
test.each(good)('failoverd %s', (line, command, args, options) => {
  const parsed = parse(split(line));
  if (!parsed.ok) throw new Error(parsed.why);
  expect(parsed).toMatchObject({ command, args, options });
});

test.each([
  ['statsu', 'no command "statsu", did you mean status? (see failoverd --help)'],
  ['nonsense', 'no command "nonsense" (see failoverd --help)'],
  ['toString', 'no command "toString" (see failoverd --help)'],
  ['status --jsno', 'no option --jsno, did you mean --json? (see failoverd status --help)'],
  ['status --foo', 'no option --foo (see failoverd status --help)'],
  ['hold --fro 2h', 'no option --fro, did you mean --for? (see failoverd hold --help)'],
  ['status --limit 3', 'status takes no --limit; history does (see failoverd status --help)'],
  ['status --toString', 'no option --toString (see failoverd status --help)'],
  [
    '--json',
    'run takes no --json; check, probe, status, why, history, rto, simulate or notify does (see failoverd run --help)',
  ],
  ['status -x', 'no option -x (see failoverd status --help)'],
  ['status now', 'status does not take "now" (see failoverd status --help)'],
  ['switch', 'switch needs SITE (see failoverd switch --help)'],
  ['switch a b', 'switch does not take "b" (see failoverd switch --help)'],
  ['hold a', 'hold does not take "a" (see failoverd hold --help)'],
  ['hold --reason', '--reason needs a value: a text (see failoverd hold --help)'],
  ['hold --reason --for 2h', '--reason needs a value: a text (see failoverd hold --help)'],
  ['hold --reason=', '--reason=: it takes a text (see failoverd hold --help)'],
  ['hold --for 2', '--for=2: it takes a duration of at most 366d, such as 30m (see failoverd hold --help)'],
  ['hold --for 0s', '--for=0s: it takes a duration of at most 366d, such as 30m (see failoverd hold --help)'],
  ['hold --for 367d', '--for=367d: it takes a duration of at most 366d, such as 30m (see failoverd hold --help)'],
  ['hold --for 1h --for 2h', '--for was given twice (see failoverd hold --help)'],
  ['status --json=x', '--json takes no value (see failoverd status --help)'],
  ['history --limit 0', '--limit=0: it takes a whole number from 1 to 10000 (see failoverd history --help)'],
  ['history --limit 1e2', '--limit=1e2: it takes a whole number from 1 to 10000 (see failoverd history --help)'],
  ['history --limit 10001', '--limit=10001: it takes a whole number from 1 to 10000 (see failoverd history --help)'],
  ['help stauts', 'no command "stauts", did you mean status? (see failoverd --help)'],
  ['help foo', 'no command "foo" (see failoverd --help)'],
  ['help hold now', 'help does not take "now" (see failoverd help --help)'],
  ['notify tes', 'notify takes no "tes", did you mean test? (see failoverd notify --help)'],
  ['notify everybody', 'notify takes no "everybody": test (see failoverd notify --help)'],
])('failoverd %s is refused', (line, why) => {
  expect(parse(split(line))).toEqual({ ok: false, why });
});

describe('the table of commands', () => {
  const rows = Object.entries<CommandRow>(commands);

  test.each(rows)('%s: its examples are accepted, as that command', (name, row) => {
    const parsed = row.examples.map(([line]) => parse(split(line.replace(/ [>|] .*/, ''))));
    expect(parsed.map((one) => (one.ok ? one.command : one.why))).toEqual(row.examples.map(() => name));
  });

  test.each(rows)('%s: its help names each argument, option and example, and is in the list', (name, row) => {
    const parsed = parse([name, '--help']);
    expect(parsed).toMatchObject({ ok: true, command: 'help', args: [name] });
    const text = commandHelp(name as CommandName);
    const wanted = [
      ...row.args.map((one) => one.name),
      ...row.options.map((option) => `--${option}`),
      ...row.examples.map(([line]) => line),
    ];
    expect(wanted.filter((word) => !text.includes(word))).toEqual([]);
    expect(helpText()).toContain(row.summary);
    expect(row.options.filter((option) => !helpText().includes(`--${option}`))).toEqual([]);
  });

  test('help fits a terminal of 120 columns', () => {
    const texts = [helpText(), ...Object.keys(commands).map((name) => commandHelp(name as CommandName))];
    expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 120)).toEqual([]);
  });
});
