import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../src/api/metrics';
import { a } from '../domain/fixtures';
import { withServers } from '../servers/installed';
import { fullMetrics, fullStatus, metricsIn, told } from './metrics-world';

const record = 'www.example.test';

test.each([
  ['detectMs', 'detect', 20_000],
  ['decideMs', 'decide', 12],
  ['writeMs', 'write', 340],
  ['verifyMs', 'verify', 1_200],
])('%s of a verified switch is in failoverd_%s_seconds', async (field, stage, ms) => {
  const metrics = createMetrics();
  metrics.told(record, told('switched', { kind: 'order', tookMs: 5, [field]: ms }));
  metrics.told(record, told('switched', { kind: 'order', tookMs: 5, [field]: null }));
  metrics.told(record, told('fenced', { kind: 'fence', tookMs: 5, [field]: ms }));
  const text = await metrics.text([fullStatus()]);
  expect(text).toContain(`failoverd_${stage}_seconds_sum{record="${record}"} ${ms / 1_000}\n`);
  expect(text).toContain(`failoverd_${stage}_seconds_count{record="${record}"} 1\n`);
  // An order has no outage before it.
  expect(text).toContain(`failoverd_switch_seconds_count{record="${record}"} 0\n`);
});

test('what is counted begins at nothing with the service, and is there after it was looked at', async () => {
  const metrics = createMetrics();
  const first = await metrics.text([fullStatus()]);
  for (const kind of ['failover', 'failback', 'order', 'drill', 'create'])
    expect(first).toContain(`failoverd_switches_total{record="${record}",kind="${kind}"} 0\n`);
  expect(first).toContain(`failoverd_write_errors_total{record="${record}"} 0\n`);
  expect(first).toContain(`failoverd_write_seconds_bucket{le="0.01",record="${record}"} 0\n`);
  metrics.told(record, told('switched', { kind: 'failover', tookMs: 21_000, writeMs: 20 }));
  for (let looks = 0; looks < 2; looks++) {
    const text = await metrics.text([fullStatus()]);
    expect(text).toContain(`failoverd_switches_total{record="${record}",kind="failover"} 1\n`);
    expect(text).toContain(`failoverd_write_seconds_count{record="${record}"} 1\n`);
  }
});

test('a refused reload is shown as long as it stands', async () => {
  const metrics = createMetrics();
  expect(await metrics.text([])).toContain('failoverd_reload_refused 0\n');
  expect(await metrics.text([], [], true)).toContain('failoverd_reload_refused 1\n');
  expect(await metrics.text([], [], false)).toContain('failoverd_reload_refused 0\n');
});

test('what happened before anybody looked is counted', async () => {
  const metrics = createMetrics();
  metrics.told(record, told('switched', { kind: 'failover', tookMs: 21_000 }));
  expect(await metrics.text([fullStatus()])).toContain(
    `failoverd_switches_total{record="${record}",kind="failover"} 1\n`,
  );
});

test('an alert has its name and its site apart, and is gone when it is over', async () => {
  const metrics = createMetrics();
  const alert = { why: 'x', remedy: 'y', sinceMs: 0, lastMs: 0, lingers: true, overForMs: null };
  const alerts = [
    { ...alert, code: `down:${a}`, page: false },
    { ...alert, code: 'drift', page: true },
    { ...alert, code: 'budget', page: true, overForMs: 12_000 },
  ];
  const status = fullStatus();
  const text = await metrics.text([{ ...status, alerts }]);
  expect(text).toContain(`failoverd_alert{record="${record}",alert="down",site="${a}",page="false"} 1\n`);
  expect(text).toContain(`failoverd_alert{record="${record}",alert="drift",site="",page="true"} 1\n`);
  expect(text).not.toContain('alert="budget"');
  expect(await metrics.text([{ ...status, alerts: [] }])).not.toContain('failoverd_alert{');
});

test('whatever happens, however often, the number of samples stays the same', async () => {
  const metrics = createMetrics();
  const status = fullStatus();
  async function live(rounds: number): Promise<number> {
    for (let round = 0; round < rounds; round++) {
      const words = {
        why: `reason ${round}`,
        requestId: `id-${round}`,
        generation: round,
        to: a,
        from: 'b',
        server: `ns${round}`,
      };
      for (const code of ['switched', 'write-failed', 'converged', 'alert', 'ordered', `new-${round}`])
        metrics.told(
          record,
          told(code, { kind: 'failover', tookMs: round, detectMs: round, halfMs: round, fullMs: round, ...words }),
        );
      metrics.observed(record, a, { result: 'fail', class: 'status', why: `status ${round}`, latencyMs: 10 });
      metrics.observed(record, a, { result: 'unknown', why: `why ${round}` });
    }
    const text = await metrics.text([status], []);
    return text.split('\n').filter((line) => line.startsWith('failoverd_')).length;
  }
  const few = await live(2);
  expect(await live(300)).toBe(few);
});

describe('docs/metrics.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'metrics.md'), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| `(failoverd_\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, name, type, labels, help]) => [name, `${type} | ${labels} | ${help}`],
    ),
  );

  test('has every metric with its type, labels and meaning, and no other', async () => {
    const all = metricsIn(await fullMetrics());
    expect([...all].filter(([, { labels }]) => labels === null)).toEqual([]);
    const described = [...all].map(([name, { type, labels, help }]) => {
      const words = (labels ?? []).filter((label) => label !== 'le').map((label) => `\`${label}\``);
      return [name, `${type} | ${words.join(', ')} | ${help}`] as const;
    });
    expect(rows).toEqual(new Map(described));
  });
});

withServers('the metrics, read by promtool', ['promtool'], () => {
  test('promtool finds nothing wrong with them', async () => {
    const input = await fullMetrics();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
    for (const name of [
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(input).toContain(`\n${name} `);
  });

  test('and would say so', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: 'failoverd_x{a="b} 1\n',
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('error')]);
  });
});
