import { expect, test } from '@jest/globals';
import { whyText } from '../../src/cli/why';
import { failures, switchText, thenText } from '../../src/cli/why-past';
import { widthOf } from '../../src/cli/width';
import type { WhySwitch } from '../../src/control/chain';
import type { WhyThen } from '../../src/control/then';
import { why } from '../../src/domain/why';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

const plain = { colour: false, columns: null };

function explained() {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  bench.see(a, fail('tls'));
  return why(bench.view());
}

test('the answer is the first line; then sites, guards, and what could happen next', () => {
  const lines = whyText(explained(), plain).split('\n');
  expect(lines[0]).toMatch(/^www\.example\.test stays at asia-east1: it fails, but for 0ms of the 20s/);
  const text = lines.join('\n');
  for (const line of [
    '\nsites (1 of 1 must agree, one voice per failure domain)\n',
    '* asia-east1    up  0 down, 1 up, 0 recovering of 1 fresh; 1 needed  1 fails over 0ms',
    'cannot serve: its newest probe failed (tls)\n      failed 0ms ago: tls: injected tls\n',
    '\n  refuses  not-down      asia-east1 is not failing long enough: 1 of 3 fails, 0ms of 20s\n',
    'clears: 3 consecutive fails over 20s, seen by 1 of 1 vantage; earliest in 20s\n',
    '\n  passes   no-standby    europe-west1 can serve: it is up\n',
    'failover to europe-west1 in 20s at the earliest, if asia-east1 fails from now on, a standby serves',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('\u001b');
});

test('in colour on a terminal, the same words', () => {
  const text = whyText(explained(), { colour: true, columns: null });
  expect(text).toContain('\u001b[1m');
  expect(
    text
      .split('\u001b')
      .map((part) => part.replace(/^\[\d+m/, ''))
      .join(''),
  ).toBe(whyText(explained(), plain));
});

test('a past switch: its answer, evidence, steps, servers and stages', () => {
  const lines = switchText(chain, plain).split('\n');
  expect(lines).toEqual([
    'www.example.test moved',
    '',
    'evidence',
    '  a  down  here says down 250ms ago  3 fails  100 % failed  last failure tls: expired',
    '',
    'other moves that were refused then',
    '  at-home: a is active and first in order',
    '',
    'steps',
    '  2026-11-23T09:49:40.000Z  -20s  the first failed probe of a',
    '  2026-11-23T09:50:00.000Z  +0ms  decided',
    '',
    'servers',
    '  agrees   ns1  answers b',
    '  differs  ns2  timed out',
    '',
    'stages',
    '  detect 20s',
    '  decide 4ms',
    '',
    'request id of the provider',
    '  r7',
  ]);
});

test('a past moment: its answer, sites, alerts, and what came before and after', () => {
  expect(thenText(then, plain)).toBe(
    [
      'it stayed',
      '',
      'sites, by the recorded probes of this node until 2026-11-23T09:49:59.500Z and the settings of now',
      '* a  down, 3 fails over 21s  fff',
      '      failed 500ms before: tls: expired',
      '',
      'votes, as of 2026-11-23T09:49:48Z, line 5 of the history',
      '  a  down  1 down, 0 up, 0 recovering of 1 fresh; 1 needed',
      '',
      'before a failover, as of 2026-11-23T09:49:48Z, line 5 of the history',
      '  passes   not-down  a is down: 3 of 3 fails',
      '  refuses  held      held by ada',
      '',
      'alerts then',
      '  held: held by ada (since 2026-11-23T09:00:00.000Z)',
      '',
      'what had happened',
      '  7  2026-11-23T09:49:59.000Z  wrote  wrote',
      '',
      'what was decided or ordered next',
      '  9  2026-11-23T09:49:59.000Z  decided  decided',
    ].join('\n'),
  );
});

test.each([40, 60, 80, 120])('on a terminal of %i columns nothing is wider, and no word is lost', (columns) => {
  const look = { colour: true, columns };
  const texts = [
    [whyText(explained(), look), whyText(explained(), plain)],
    [thenText(then, look), thenText(then, plain)],
    [switchText(chain, look), switchText(chain, plain)],
  ] as const;
  const words = (text: string): readonly string[] => text.split('\u001b').join(' \u001b').split(/\s+/);
  for (const [wrapped, whole] of texts) {
    expect(wrapped.split('\n').filter((line) => widthOf(line) > columns)).toEqual([]);
    const bare = wrapped
      .split('\u001b')
      .map((part) => part.replace(/^\[\d+m/, ''))
      .join('');
    expect(words(bare)).toEqual(words(whole));
  }
});

test('a guard is wrapped under itself', () => {
  const text = whyText(explained(), { colour: false, columns: 80 });
  expect(text).toContain(
    [
      '  refuses  not-down      asia-east1 is not failing long enough: 1 of 3 fails,',
      '                         0ms of 20s',
      '           clears: 3 consecutive fails over 20s, seen by 1 of 1 vantage;',
      '             earliest in 20s',
    ].join('\n'),
  );
});

const tls = { class: 'tls', why: 'expired' } as const;
test.each([
  [[759], ['failed 759ms ago: tls: expired']],
  [[759, 1_759, 4_800], ['last 3 failures, from 4.8s to 759ms ago: tls: expired']],
])('failures of %j', (agos, said) => {
  const all = agos.map((agoMs) => ({ ...tls, agoMs }));
  expect(failures(all, 'ago').map((line) => line.trim())).toEqual(said);
  const other = { class: 'timeout', why: 'slow', agoMs: 9_000 } as const;
  expect(failures([...all, other], 'ago').map((line) => line.trim())).toEqual([
    said[0]?.replace('last 3', '3 of the last 4'),
    'failed 9s ago: timeout: slow',
  ]);
});

const happened = { id: 7, at: '2026-11-23T09:49:59.000Z', code: 'wrote', text: 'wrote' };
const then: WhyThen = {
  about: 'moment',
  record: 'www.example.test',
  at: '2026-11-23T09:50:00.000Z',
  answer: 'it stayed',
  code: 'held',
  active: 'a',
  answeredAt: '2026-11-23T09:49:59Z',
  probedAt: '2026-11-23T09:49:59.500Z',
  judged: {
    at: '2026-11-23T09:49:48Z',
    id: 5,
    guards: [
      { before: 'failover', guard: 'not-down', verdict: 'passes', why: 'a is down: 3 of 3 fails' },
      { before: 'failover', guard: 'held', verdict: 'refuses', why: 'held by ada' },
    ],
    sites: [{ name: 'a', verdict: 'down', arithmetic: '1 down, 0 up, 0 recovering of 1 fresh; 1 needed' }],
  },
  sites: [
    {
      name: 'a',
      vote: 'down',
      passes: 0,
      fails: 3,
      forMs: 21_000,
      failRatio: 1,
      ring: 'fff',
      lastFailures: [{ class: 'tls', why: 'expired', agoMs: 500 }],
    },
  ],
  alerts: [{ code: 'held', why: 'held by ada', at: '2026-11-23T09:00:00.000Z' }],
  before: [happened],
  next: { ...happened, id: 9, code: 'decided', text: 'decided' },
};

const chain: WhySwitch = {
  about: 'switch',
  record: 'www.example.test',
  at: '2026-11-23T09:50:00.000Z',
  answer: 'www.example.test moved',
  code: 'switched',
  generation: 7,
  kind: 'failover',
  from: 'a',
  to: 'b',
  why: 'a is down',
  evidence: {
    actor: null,
    refusals: [{ guard: 'at-home', why: 'a is active and first in order', numbers: {}, clears: '', page: false }],
    sites: [
      {
        name: 'a',
        verdict: 'down',
        disputed: false,
        votes: [{ vantage: 'here', vote: 'down', ageMs: 250 }],
        passes: 0,
        fails: 3,
        failRatio: 1,
        sinceMs: 1,
        lastFail: { class: 'tls', why: 'expired' },
      },
    ],
  },
  requestId: 'r7',
  servers: [
    { server: 'ns1', agrees: true, why: 'answers b' },
    { server: 'ns2', agrees: false, why: 'timed out' },
  ],
  released: false,
  stages: { detectMs: 20_000, decideMs: 4, writeMs: null, verifyMs: null, tookMs: null },
  steps: [
    { at: '2026-11-23T09:49:40.000Z', afterMs: -20_000, text: 'the first failed probe of a' },
    { at: '2026-11-23T09:50:00.000Z', afterMs: 0, text: 'decided' },
  ],
};
