import { describe, expect, test } from '@jest/globals';
import { check } from '../../src/cli/check';
import type { Terminal } from '../../src/cli/command';
import { parse } from '../../src/cli/parse';
import { widthOf } from '../../src/cli/width';
import { configOf, type Env } from '../config/fake-input';

const entry = (name: string, more = ''): string =>
  `  - record: ${name}.example.com\n    sites: "eu=203.0.113.10, us=198.51.100.7"\n    check: http:///health?token=hush-${name}\n${more}`;
const file = `services:\n${entry('one')}${entry('two', '    dry_run: true\n')}${entry('three', '    failback: manual\n    max_switches: 1/6h\n')}`;
const none: Env = { FAILOVERD_RECORD: undefined, FAILOVERD_SITES: undefined, FAILOVERD_CHECK: undefined };
const env: Env = {
  ...none,
  FAILOVERD_STATE_DIR: '/nonexistent',
  FAILOVERD_SERVICES_FILE: '/s.yaml',
  FAILOVERD_CANARIES: 'https://203.0.113.10/x?key=hush-canary',
};

async function checked(args: readonly string[], columns: number | null = null, more: Env = {}) {
  const parsed = parse(['check', ...args]);
  if (!parsed.ok) throw new Error(parsed.why);
  let out = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: () => undefined,
    isTty: columns !== null,
    colour: false,
    columns: () => columns,
  };
  const config = configOf({ ...env, ...more }, { '/s.yaml': file }, { boundMs: () => 0 });
  const input = {
    config,
    settleMs: () => 12_000,
    open: async () => ({ ok: false, why: 'no provider here' }) as const,
    witnesses: () => {
      throw new Error('nobody is asked where there is no provider');
    },
  };
  return { code: await check(input, parsed.options, terminal), out };
}

describe('warnings', () => {
  const warned = (out: string): readonly string[] => out.split('\n').filter((line) => line.startsWith('warning: '));

  test('that say the same of several services stand once, with the places of all', async () => {
    expect(warned((await checked([])).out)).toEqual([
      expect.stringMatching(
        /^warning: \/s\.yaml: services\[0\]\.check, \/s\.yaml: services\[1\]\.check, \/s\.yaml: services\[2\]\.check: nothing proves that sites eu, us are your servers/,
      ),
      expect.stringContaining('services[1].dry_run'),
      expect.stringContaining('FAILOVERD_CANARIES'),
    ]);
  });

  test.each([
    ['one.example.com', []],
    ['two.example.com', [expect.stringContaining('services[1].dry_run')]],
  ])('with --record %s: its own, and those of the daemon', async (record, own) => {
    const nothing = expect.stringContaining('nothing proves that sites eu, us');
    expect(warned((await checked(['--record', record])).out)).toEqual([
      ...own,
      nothing,
      expect.stringContaining('FAILOVERD_CANARIES'),
    ]);
    const { warnings } = JSON.parse((await checked(['--record', record, '--json'])).out);
    expect(warnings).toHaveLength(2 + own.length);
  });
});

test('S18 what stands in the query of a check or a canary is not shown', async () => {
  for (const args of [[], ['--json']]) {
    const { out } = await checked(args);
    expect(out).not.toContain('hush');
    expect(out).toContain(args.length === 0 ? 'http:///health?token=…' : 'https://203.0.113.10/x?key=…');
  }
});

test('one switch is no switches', async () => {
  const { out } = await checked([]);
  expect(out).toContain('4 automatic switches in 6h');
  expect(out).toContain('1 automatic switch in 6h');
});

test.each([40, 60, 80, 120])('nothing is wider than %i columns, and no word is lost', async (columns) => {
  const args = ['--record', 'two.example.com'];
  const { out } = await checked(args, columns, { FAILOVERD_RTO: '5s' });
  expect(out.split('\n').filter((line) => widthOf(line) > columns)).toEqual([]);
  const words = (text: string): ReadonlySet<string> => new Set(text.match(/[\w.:/?]{3,20}/g));
  const plain = words((await checked(args, null, { FAILOVERD_RTO: '5s' })).out);
  expect([...plain].filter((word) => !out.replace(/\n */g, '').includes(word))).toEqual([]);
});

test('a missed FAILOVERD_RTO is shown by how much, and ends with 1', async () => {
  const { code, out } = await checked(['--record', 'one.example.com'], null, { FAILOVERD_RTO: '90s' });
  expect(code).toBe(1);
  expect(out).toContain('FAILOVERD_RTO is missed by 28s');
  expect(out).toContain(
    'ERROR FAILOVERD_RTO: these settings may take 1m58s to recover, 28s longer than the promised 1m30s',
  );
});
