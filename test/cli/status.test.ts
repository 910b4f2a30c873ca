import { describe, expect, test } from '@jest/globals';
import { statusText } from '../../src/cli/status-text';
import { widthOf } from '../../src/cli/width';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import type { Policy } from '../../src/domain/types';
import { a, b, benchOf, c, fail, foundAt, pass, policyOf, siteAt } from '../domain/fixtures';

const noColour = { colour: false, columns: null };

function statusOf(changes: Partial<Policy> = {}): ServiceStatus {
  const policy = policyOf(changes);
  const names = policy.sites.map(({ name }) => name);
  const bench = benchOf(policy);
  bench.post({ type: 'found', found: foundAt(names[0] ?? a, null, policy) });
  bench.allUp(...names);
  return explain(bench.view());
}

/** The first site has failed 3 times in 10 and says a lot about it; the second is held to. */
function sick(): ServiceStatus {
  const [first, ...others] = statusOf({
    sites: [siteAt('东京-asia', '203.0.113.10'), siteAt(b, '198.51.100.7')],
  }).sites;
  if (first === undefined) throw new Error('no site');
  const why = 'status 503, expected 200-299; the body begins "服务不可用 服务不可用 服务不可用"';
  const last = { result: 'fail', class: 'status', why, latencyMs: 10 } as const;
  return {
    ...statusOf(),
    active: first.name,
    wanted: b,
    write: 'writing',
    sites: [{ ...first, verdict: 'down', health: { ...first.health, fails: 3, ring: 'pppppppfff' }, last }, ...others],
    alerts: [
      {
        code: 'down',
        page: true,
        why,
        remedy: `look at ${first.name}`,
        sinceMs: 0,
        lastMs: 0,
        lingers: false,
        overForMs: null,
      },
    ],
  };
}

test('in a pipe: the active site marked, the checks as letters, nothing cut, no escape', () => {
  const lines = statusText(sick(), noColour).split('\n');
  expect(lines[0]).toBe(
    'www.example.test → 东京-asia, wanted europe-west1  (writing, generation 0)  ready to fail over',
  );
  expect(lines[1]).toMatch(/^ {2}site {10}verdict {2}for\s+checks\s+now {2}last$/);
  expect(lines[2]).toMatch(/^\* 东京-asia {5}down {5}\S+\s+3 fails {3,}\.{7}xxx {2}status: status 503.*不可用"$/);
  expect(lines[3]).toMatch(/^ {2}europe-west1 {2}up {7}\S+\s+\d+ passes {2}/);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(lines.slice(1, 4).map((line) => widthOf(line.replace(/(last|status: .*|pass in .*)$/, '')))).toEqual(
    Array(3).fill(widthOf(lines[1] ?? '') - 4),
  );
});

test.each([30, 40, 60, 80, 100, 200])('on a terminal of %i columns nothing is wider', (columns) => {
  for (const colour of [false, true]) {
    const lines = statusText(sick(), { colour, columns }).split('\n');
    expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
    expect(lines.join(' ')).toContain(columns < 60 ? 'ALERT' : '●');
  }
});

test('on a wide terminal the checks are drawn, on a narrow one they give way', () => {
  expect(statusText(sick(), { colour: false, columns: 120 })).toContain('▁▁▁▁▁▁▁███');
  expect(statusText(sick(), { colour: false, columns: 50 })).not.toContain('▁');
  expect(statusText(sick(), { colour: true, columns: 120 })).toContain('\u001b[31m███\u001b[0m');
});

describe('what is wrong', () => {
  const alert = { why: 'x', remedy: 'do it', sinceMs: 0, lastMs: 0, lingers: true, overForMs: null };

  test('stands above all else; what is over is dimmed below all, without its remedy', () => {
    const move = { generation: 1, from: null, to: a, kind: 'failover', verifiedMs: 1, why: 'it was down' } as const;
    const service: ServiceStatus = {
      ...statusOf(),
      readyWhy: ['no standby is up'],
      lastSwitch: { ...move, atMs: 0, agoMs: 60_000 },
      alerts: [
        { ...alert, code: 'budget', page: true },
        { ...alert, code: `down:${a}`, page: false },
        { ...alert, code: `down:${b}`, page: false, why: 'it was down', remedy: 'look', overForMs: 12_000 },
      ],
    };
    expect(statusText(service, noColour).split('\n').slice(5)).toEqual([
      '  ALERT budget: x',
      '        remedy: do it',
      `  note down:${a}: x`,
      '        remedy: do it',
      '  not ready: no standby is up',
      `  last switch: failover nothing → ${a}, 1m ago: it was down`,
      `  (over for 12s) down:${b}: it was down`,
    ]);
    const coloured = statusText(service, { colour: true, columns: null });
    expect(coloured).toContain(`\u001b[2m  (over for 12s) down:${b}: it was down\u001b[0m`);
  });

  test.each([
    ['hold', 'held by ada for another 1h59m: rack move'],
    ['switch', `pinned to ${a} by ada for another 1h59m: rack move`],
  ] as const)('a %s is said once, with how long it lasts yet', (name, text) => {
    const bench = benchOf(policyOf({ selftest: { everyMs: 600_000, settleMs: 1_000 } }));
    bench.post({ type: 'found', found: foundAt(a) });
    bench.allUp(a, b, c);
    const order = name === 'hold' ? ({ order: name } as const) : ({ order: name, site: a } as const);
    bench.post({ type: 'ordered', order, actor: 'ada', why: 'rack move', forMs: 7_200_000 });
    bench.wait(60_000);
    for (const site of [a, b, c]) bench.see(site, pass);
    const shown = statusText(explain(bench.view()), noColour);
    expect(shown).toContain(text);
    expect(shown.split('rack move')).toHaveLength(2);
  });
});

/** Every path of an object, arrays by their elements. */
function paths(value: unknown, at = ''): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => paths(one, `${at}[]`)))];
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, one]) => paths(one, at === '' ? key : `${at}.${key}`));
}

describe('the keys of status --json', () => {
  const bench = benchOf(policyOf({ selftest: { everyMs: 600_000, settleMs: 1_000 } }));
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  bench.see(a, fail());
  bench.see(b, pass);
  bench.post({ type: 'ordered', order: { order: 'hold' }, actor: 'me', why: 'test', forMs: 1_000 });
  const seen = paths(JSON.parse(JSON.stringify(explain(bench.view()))));

  /** Programs rely on these: one may be added, none taken away or renamed. */
  const pinned = [
    ...['record', 'active', 'wanted', 'write', 'generation', 'pin', 'dryRun', 'ready', 'readyWhy[]', 'change'],
    ...['hold.by', 'hold.why', 'hold.until', 'hold.actor', 'lastSwitch', 'convergence', 'penalty', 'failbackWaitMs'],
    ...['budget.spent', 'budget.count', 'budget.windowMs'],
    ...['sites[].name', 'sites[].addresses[]', 'sites[].verdict', 'sites[].disputed', 'sites[].forMs'],
    ...['vote', 'passes', 'fails', 'since', 'failRatio', 'ring', 'inDoubt'].map((key) => `sites[].health.${key}`),
    ...['result', 'latencyMs', 'class', 'why'].map((key) => `sites[].last.${key}`),
    ...['agoMs', 'class', 'why'].map((key) => `sites[].lastFail.${key}`),
    ...['result', 'step', 'why', 'everyMs', 'agoMs', 'okAgoMs', 'tookMs', 'waits'].map((key) => `selftest.${key}`),
    ...['code', 'page', 'why', 'remedy', 'sinceMs', 'overForMs'].map((key) => `alerts[].${key}`),
    ...['kind', 'to', 'refusals[].guard', 'refusals[].why', 'refusals[].clears'].map((key) => `options[].${key}`),
  ];
  test.each(pinned)('%s', (path) => {
    expect(seen).toContain(path);
  });
});
