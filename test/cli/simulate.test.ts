import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lengthOf, shareOf } from '../../src/cli/scenario';
import { scenariosOf } from '../../src/cli/simulate';
import { simulatedText } from '../../src/cli/simulate-text';
import type { ServiceConfig } from '../../src/config/config';
import { rto } from '../../src/domain/rto';
import type { Policy } from '../../src/domain/types';
import { usual } from '../../src/sim/operator-scenarios';
import type { Summary } from '../../src/sim/operator-summary';
import { a, b, policyOf } from '../domain/fixtures';

/** `failoverd simulate`: what may be asked for, and what it prints. */

const main = join(__dirname, '..', '..', 'src/main.js');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'failoverd-simulate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const plain = {
  FAILOVERD_RECORD: 'www.example.test',
  FAILOVERD_SITES: 'a=203.0.113.10, b=198.51.100.7',
  FAILOVERD_CHECK: 'https://www.example.test/health',
  FAILOVERD_FAILBACK: 'manual',
  FAILOVERD_WINDOW: '0',
};

function failoverd(args: readonly string[], settings: Readonly<Record<string, string>> = plain): Promise<Ended> {
  const own = { FAILOVERD_STATE_DIR: join(folder, 'state'), FAILOVERD_ALLOW_PRIVATE: 'true' };
  const env = { PATH: process.env['PATH'] ?? '', ...own, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

test('prints a table, a chart and what dominates the worst case; twice the same; and writes nothing', async () => {
  const [one, again] = [
    await failoverd(['simulate', '--outages', '1m']),
    await failoverd(['simulate', '--outages', '1m']),
  ];
  expect(one).toMatchObject({ code: 0, err: '' });
  expect(again.out).toBe(one.out);
  expect(one.out).toMatch(/^www\.example\.test: simulated, seed 1; nothing was contacted or written\n/);
  expect(one.out).toMatch(/^ {2}1m {6}8 of 8/m);
  expect(one.out).toContain('Most of the bound is TTL 1m, then SUSTAIN 20s');
  expect(existsSync(join(folder, 'state'))).toBe(false);
}, 240_000);

test('--json, another seed, and services with the same settings played once', async () => {
  const file = join(folder, 'services.yaml');
  const service = (name: string, more: string) =>
    `  - { record: ${name}.example.test, sites: "a=203.0.113.10, b=198.51.100.7", check: "tcp://:443", failback: manual, window: 0${more} }\n`;
  writeFileSync(file, `services:\n${service('one', '')}${service('two', '')}${service('three', ', sustain: 40s')}`);
  const settings = { FAILOVERD_SERVICES_FILE: file };
  const ended = await failoverd(['simulate', '--json', '--seed', '2', '--outages', '30s'], settings);
  expect(ended).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(ended.out)).toMatchObject({
    seed: 2,
    services: [
      {
        records: ['one.example.test', 'two.example.test'],
        verifiedWithinMs: 36_200 + 600,
        scenarios: [{ scenario: { kind: 'outage', ms: 30_000 }, repetitions: 8, failingMs: 30_000 }],
      },
      {
        records: ['three.example.test'],
        scenarios: [{ moved: 0, verified: null, users: { medianMs: 30_000, worstMs: 30_000 }, ends: { a: 8 } }],
      },
    ],
  });
}, 240_000);

test.each([
  [['simulate', '--outages', '30'], {}, 2, '--outages'],
  [['simulate', '--loss', '120%'], {}, 2, '--loss'],
  [['simulate', '--record', 'other.test'], {}, 1, 'no service "other.test"'],
  [['simulate'], { FAILOVERD_SITES: 'a=203.0.113.10' }, 78, 'FAILOVERD_SITES'],
] as const)('failoverd %j with %j exits %i', async (args, changes, code, text) => {
  const ended = await failoverd(args, { ...plain, ...changes });
  expect(ended.code).toBe(code);
  expect(ended.err).toContain(text);
});

describe('what may be asked for', () => {
  test.each([
    ['30s', 30_000],
    ['1s', 1_000],
    ['1d', 86_400_000],
    ['999ms', null],
    ['2d', null],
    ['30', null],
    ['-5s', null],
    ['', null],
  ])('a length of "%s": %j', (text, ms) => expect(lengthOf(text)).toBe(ms));

  test.each([
    ['5%', 0.05],
    ['0.5%', 0.005],
    ['100%', 1],
    ['0%', null],
    ['101%', null],
    ['5', null],
    ['', null],
  ])('a share of "%s": %j', (text, share) => expect(shareOf(text)).toBe(share));

  test('only what is named is played; the usual when nothing is', () => {
    expect(scenariosOf({ outages: [], loss: [], flap: [] })).toBe(usual);
    expect(scenariosOf({ outages: ['45s'], loss: ['3%'], flap: ['2m'] })).toEqual([
      { kind: 'outage', ms: 45_000 },
      { kind: 'loss', share: 0.03 },
      { kind: 'flap', ms: 120_000 },
    ]);
  });
});

describe('as text', () => {
  const moved: Summary = {
    scenario: { kind: 'outage', ms: 120_000 },
    repetitions: 8,
    playedMs: 8_000_000,
    failingMs: 120_000,
    failovers: { least: 1, most: 1 },
    failbacks: { least: 1, most: 1 },
    moved: 8,
    falseMoves: 0,
    falseBy: { streak: 0, ratio: 0 },
    verified: { medianMs: 27_000, worstMs: 30_000 },
    users: { medianMs: 60_000, worstMs: 90_000 },
    mostInWindow: 2,
    ends: { [a]: 8 },
  };
  const unmoved: Summary = {
    ...moved,
    scenario: { kind: 'outage', ms: 10_000 },
    failingMs: 10_000,
    failovers: { least: 0, most: 0 },
    failbacks: { least: 0, most: 0 },
    moved: 0,
    verified: null,
    users: { medianMs: 10_000, worstMs: 10_000 },
    ends: { [a]: 7, [b]: 1 },
  };
  const wrong: Summary = {
    ...moved,
    scenario: { kind: 'loss', share: 0.2 },
    falseMoves: 3,
    falseBy: { streak: 1, ratio: 2 },
    users: { medianMs: 0, worstMs: 0 },
  };
  const text = (
    summaries: readonly Summary[],
    isTty = false,
    changes: Partial<Policy> = {},
    window: readonly string[] = [],
  ) => {
    const policy = policyOf(changes);
    const service: ServiceConfig = {
      policy,
      checks: {},
      expect: { status: [[200, 299]], body: null, json: null, maxLatencyMs: null },
      providers: ['builtin'],
      zone: null,
      failbackWindow: window,
      nameservers: [],
      resolvers: [],
      rtoMs: null,
      allowPrivate: false,
      providerEnv: {},
    };
    return simulatedText({ records: [policy.record], service, summaries, rto: rto(policy, 0) }, 1, isTty);
  };
  const bar = (half: string, worst: string, spared: string) =>
    `  2m   ${half.repeat(20)}${worst.repeat(10)}${spared.repeat(10)}  50% to 75%`;

  const rows: readonly [what: string, printed: string, lines: readonly string[]][] = [
    [
      'each outage a row',
      text([moved]),
      ['  2m      8 of 8       27s, worst 30s  1m, worst 1m30s        1     0      asia-east1'],
    ],
    [
      'the chart in a pipe is ASCII',
      text([unmoved, moved]),
      [bar('#', '+', '.'), `  10s  ${'#'.repeat(40)}  100% to 100%`],
    ],
    ['the chart on a terminal', text([unmoved, moved], true), [bar('█', '▒', '░')]],
    [
      'what moved nothing, and different ends',
      text([unmoved]),
      ['Outages of 10s moved nothing.', 'asia-east1 7, europe-west1 1'],
    ],
    [
      'the worst',
      text([unmoved, moved]),
      ['worst: a user without service for 1m30s, in an outage of 2m; the bound is 1m36s.'],
    ],
    [
      'SUSTAIN dominates',
      text([moved], false, { sustainMs: 120_000 }),
      ['Most of the bound is SUSTAIN 2m, then TTL 1m'],
    ],
    [
      'FALL dominates',
      text([moved], false, { sustainMs: 0, fall: 90, ttlMs: 20_000 }),
      ['Most of the bound is FALL 90 with TIMEOUT 5s, then TTL 20s'],
    ],
    [
      'false moves by rule',
      text([wrong]),
      ['3 with loss 20%', '1 by FALL 3 and SUSTAIN 20s', '2 by DOWN_RATIO 0.4 of WINDOW 30'],
    ],
    ['none', text([moved]), ['No failover away from a site that served.']],
    ['a window is said to be open', text([moved], false, {}, ['* 2-5 * * *']), ['FAILBACK_WINDOW is taken to be open']],
    ['a dry run is said to write', text([moved], false, { dryRun: true }), ['as if FAILOVERD_DRY_RUN were false']],
    [
      'a late way home',
      text([{ ...moved, failbacks: { least: 0, most: 0 } }]),
      ['A way home of more than 4h is not played.'],
    ],
  ];
  test.each(rows)('%s', (_what, printed, lines) => {
    for (const line of lines) expect(printed).toContain(line);
    for (const line of printed.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  test('a kind that was not played has no table', () => {
    expect(text([wrong])).not.toContain('outage ');
    expect(text([moved])).not.toMatch(/lost|period/);
  });
});
