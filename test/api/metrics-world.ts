import { createMetrics } from '../../src/api/metrics';
import type { Tell } from '../../src/domain/events';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

/** A service of which everything is known, and an alert stands. */
export function fullStatus(): ServiceStatus {
  const bench = benchOf(policyOf({ selftest: { everyMs: 600_000, settleMs: 0 } }));
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  const tested = { type: 'tested', result: 'ok', step: null, why: '', certain: true, tookMs: 250 } as const;
  bench.post({ ...tested, credentials: [{ text: 'token', leftMs: 50_000 }] });
  return explain(bench.view());
}

export function told(code: string, fields: Tell['fields']): Tell {
  return { code, level: 'warn', page: false, text: '', fields };
}

/** The metrics of a daemon that went through everything once: each of them has a sample. */
export function fullMetrics(): Promise<string> {
  const metrics = createMetrics();
  const status = fullStatus();
  const { record } = status;
  const stages = { detectMs: 20_000, decideMs: 12, writeMs: 340, verifyMs: 1_200 };
  metrics.observed(record, a, fail('status'));
  metrics.told(record, told('switched', { kind: 'failover', tookMs: 21_552, ...stages }));
  metrics.told(record, told('write-failed', {}));
  metrics.told(record, told('converged', { halfMs: 5_000, fullMs: 40_000 }));
  const channel = { channel: 'slack-1', pending: 1, sent: 2, failures: 3, failingForMs: 1_000, why: 'x' };
  return metrics.text([status], [channel]);
}

/** Of every metric of ours: its type, help and the names of its labels. */
export function metricsIn(text: string): ReadonlyMap<string, Metric> {
  const all = new Map<string, Metric>();
  for (const [, name = '', help = ''] of text.matchAll(/^# HELP (failoverd_\w+) (.*)$/gm)) {
    const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1] ?? '';
    const sample = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? \\S+$`, 'm').exec(text);
    const labels = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].flatMap(([, label]) => label ?? []);
    all.set(name, { type, help, labels: sample === null ? null : labels });
  }
  return all;
}

export interface Metric {
  readonly type: string;
  readonly help: string;
  /** Null: it has no sample. */
  readonly labels: readonly string[] | null;
}
