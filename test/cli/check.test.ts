import { describe, expect, test } from '@jest/globals';
import { check } from '../../src/cli/check';
import type { Terminal } from '../../src/cli/command';
import { parse } from '../../src/cli/parse';
import { widthOf } from '../../src/cli/width';
import { serviceTable } from '../../src/config/service-variables';
import { envName } from '../../src/config/variable';
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

describe('the settings in force', () => {
  const service = async (more: Env): Promise<string> =>
    (await checked([], null, { ...alone, ...more })).out.split(': worst case')[0] ?? '';
  const alone: Env = {
    FAILOVERD_SERVICES_FILE: undefined,
    FAILOVERD_CANARIES: undefined,
    FAILOVERD_RECORD: 'www.example.com',
    FAILOVERD_SITES: 'eu=203.0.113.10, us=198.51.100.7',
    FAILOVERD_CHECK: 'https:///health',
  };
  const lines = async (more: Env): Promise<readonly string[]> =>
    (await service(more)).split('\n').map((line) => line.trim().replace(/\s+/g, ' '));

  test('nothing is said to be set that is as it would be anyway', async () => {
    const usual = Object.entries(serviceTable).flatMap(([key, { fallback }]) =>
      fallback.kind === 'text' ? [[envName(serviceTable, key), fallback.text] as const] : [],
    );
    expect(usual.length).toBeGreaterThan(15);
    const set = await service({ ...Object.fromEntries(usual), FAILOVERD_CREATE: 'true' });
    expect(set).not.toContain('not default');
    expect(set).toBe(await service({}));
  });

  const own: Env = {
    record: 'api.example.com',
    sites: 'eu=203.0.113.99, us=198.51.100.7',
    check: 'tcp://:99',
    checks: 'https:///deep',
    provider: 'route53',
    zone: 'example.com',
    owner: 'ada',
    ttl: '31s',
    interval: '11s',
    timeout: '6s',
    fall: '4',
    rise: '7',
    sustain: '21s',
    confirm_interval: '2s',
    window: '31',
    down_ratio: '0.29',
    up_ratio: '0.07',
    expect_status: '200, 301-302',
    expect_body: 'all is well',
    expect_json: '/db=ok',
    max_latency: '2s',
    failback: 'manual',
    failback_after: '6m',
    failback_window: '* 2-5 * * *',
    damping_half_life: '31m',
    damping_cap: '3h',
    max_switches: '5/7h',
    rto: '3h',
    create: 'false',
    allow_private: 'true',
    dry_run: 'true',
    selftest: '11m',
    nameservers: '192.0.2.53:53',
    resolvers: '192.0.2.54:53',
  };
  test.each(Object.keys(serviceTable))('%s is shown where it is not the default', async (key) => {
    const name = envName(serviceTable, key).replace('<SITE>', 'US');
    const value = own[key];
    const shown = await lines({ [name]: value });
    const row = {
      record: 'api.example.com',
      sites: 'sites eu 203.0.113.99',
      check: 'checks tcp://:99',
      checks: 'us https:///deep',
      provider: 'provider route53',
      zone: 'provider builtin, zone example.com',
      owner: 'writes as owner ada, TTL 1m',
    };
    const wanted = Object.entries(row).find(([one]) => one === key)?.[1] ?? `not default ${key} ${value}`;
    expect(shown).toContain(wanted);
    expect(shown.filter((line) => line.startsWith('not default'))).toHaveLength(wanted.startsWith('not') ? 1 : 0);
  });

  test('checks that differ by site stand with their site, all others once', async () => {
    const differing = await lines({ FAILOVERD_CHECK_US: 'https:///deep, tcp://:5432' });
    expect(differing).toEqual(expect.arrayContaining(['checks eu https:///health', 'us https:///deep, tcp://:5432']));
    expect((await lines({})).filter((line) => line.includes('https:///'))).toEqual(['checks https:///health']);
  });

  test.each<readonly [env: Env, down: string, up: string]>([
    [{}, 'down 3 fails over 20s, or 40 % of 30', 'up 6 passes and at most 10 % fails'],
    [
      { FAILOVERD_DOWN_RATIO: '0.29', FAILOVERD_UP_RATIO: '0.07' },
      'down 3 fails over 20s, or 29 % of 30',
      'at most 7 %',
    ],
    [{ FAILOVERD_DOWN_RATIO: '0.333333' }, 'or 33.3333 % of 30', 'at most 10 %'],
    [{ FAILOVERD_WINDOW: '0' }, 'down 3 fails over 20s', 'up 6 passes'],
  ])('%j: %s, %s', async (more, down, up) => {
    const shown = await lines(more);
    expect(shown).toEqual(expect.arrayContaining([expect.stringContaining(down), expect.stringContaining(up)]));
    if (more['FAILOVERD_WINDOW'] === '0') expect(shown).toEqual(expect.arrayContaining([down, up]));
  });

  test('programs get all of them', async () => {
    const { services } = JSON.parse((await checked(['--json'], null, { ...alone, FAILOVERD_FALL: '4' })).out);
    expect(services[0].settings).toMatchObject({ fall: '4', rise: '6', check: 'https:///health' });
  });
});
