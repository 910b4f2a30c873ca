import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ChannelStatus } from '../control/ports';
import type { Tell } from '../domain/events';
import type { ServiceStatus } from '../domain/explain';
import type { ChangeKind } from '../domain/state';
import type { Observation } from '../domain/types';
import { createGauges } from './gauges';

export interface Metrics {
  observed(record: string, site: string, observation: Observation): void;
  told(record: string, tell: Tell): void;
  /** The Prometheus text of this moment. */
  text(statuses: readonly ServiceStatus[], channels?: readonly ChannelStatus[], refused?: boolean): Promise<string>;
  readonly contentType: string;
}

const seconds = [0.1, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900];
/** From what a decision takes to what a slow secondary does. */
const stageSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300];

const switchKinds: readonly ChangeKind[] = ['failover', 'failback', 'order', 'drill', 'create'];

/**
 * Prometheus metrics; labels come from the configuration and from fixed words only, so their number is bounded. Three gauges of Node are left
 * out: promtool refuses gauges that end in `_total`, and their kinds have metrics of their own.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const kind of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  const gauges = createGauges(registry);
  const registers = [registry];
  const service = ['record'] as const;
  const switches = new Counter({
    name: 'failoverd_switches_total',
    help: 'verified switches',
    labelNames: ['record', 'kind'] as const,
    registers,
  });
  const reload = new Gauge({
    name: 'failoverd_reload_refused',
    help: '1: the newest reload was refused, and the settings before it go on',
    registers,
  });
  const labelled = { labelNames: ['channel'] as const, registers };
  const pending = new Gauge({ name: 'failoverd_outbox_pending', help: 'notifications that wait', ...labelled });
  const sent = new Counter({ name: 'failoverd_notify_sent_total', help: 'notifications taken', ...labelled });
  const failed = new Counter({ name: 'failoverd_notify_failures_total', help: 'attempts not taken', ...labelled });
  const writeErrors = new Counter({
    name: 'failoverd_write_errors_total',
    help: 'write attempts that were not confirmed',
    labelNames: service,
    registers,
  });
  const probes = new Histogram({
    name: 'failoverd_probe_duration_seconds',
    help: 'rounds of checks by result',
    labelNames: ['record', 'site', 'result'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
    registers,
  });
  const converged = new Histogram({
    name: 'failoverd_convergence_seconds',
    help: 'verified switch to that share of the resolvers that answered showing it, within rounds of questions that grow apart',
    labelNames: ['record', 'share'] as const,
    buckets: seconds,
    registers,
  });
  const switched = histogram(
    'failoverd_switch_seconds',
    'first failed probe, or the end of a later hold or pin, to verified on every server',
    seconds,
  );
  /** The stages of a verified switch, by the field of what is told. */
  const stages = {
    detectMs: histogram(
      'failoverd_detect_seconds',
      'first failed probe, or the end of a later hold or pin, to decision',
      seconds,
    ),
    decideMs: histogram('failoverd_decide_seconds', 'decision to the first request', stageSeconds),
    writeMs: histogram('failoverd_write_seconds', 'first request to the provider having it', stageSeconds),
    verifyMs: histogram('failoverd_verify_seconds', 'the provider having it to every server showing it', stageSeconds),
  } as const;

  const known = new Set<string>();
  /** A counter begins at nothing and not at one: what rises from no sample is no increase to Prometheus. */
  function began(record: string): void {
    if (known.has(record)) return;
    known.add(record);
    for (const kind of switchKinds) switches.inc({ record, kind }, 0);
    writeErrors.inc({ record }, 0);
    for (const one of [switched, ...Object.values(stages)]) one.zero({ record });
  }

  /** A service that a reload took away is not counted any more. */
  function ended(record: string): void {
    known.delete(record);
    for (const kind of switchKinds) switches.remove({ record, kind });
    writeErrors.remove({ record });
    for (const one of [switched, ...Object.values(stages)]) one.remove({ record });
  }

  function histogram(name: string, help: string, buckets: number[]): Histogram<'record'> {
    return new Histogram({ name, help, labelNames: service, buckets, registers });
  }

  return {
    observed(record, name, observation) {
      if (observation.result === 'unknown') return;
      probes.observe({ record, site: name, result: observation.result }, observation.latencyMs / 1_000);
    },
    told(record, { code, fields }) {
      began(record);
      if (code === 'write-failed') writeErrors.inc({ record });
      if (code === 'converged' || code === 'unconverged') {
        const { halfMs, fullMs } = fields;
        if (typeof halfMs === 'number') converged.observe({ record, share: '0.5' }, halfMs / 1_000);
        if (typeof fullMs === 'number') converged.observe({ record, share: '1' }, fullMs / 1_000);
      }
      if (code !== 'switched') return;
      const { kind, tookMs } = fields;
      if (typeof kind === 'string') switches.inc({ record, kind });
      if (typeof tookMs === 'number' && kind === 'failover') switched.observe({ record }, tookMs / 1_000);
      for (const [field, stage] of Object.entries(stages)) {
        const ms = fields[field];
        if (typeof ms === 'number') stage.observe({ record }, ms / 1_000);
      }
    },
    text(statuses, channels = [], refused = false) {
      reload.set(refused ? 1 : 0);
      for (const one of [pending, sent, failed]) one.reset();
      for (const { channel, ...counts } of channels) {
        pending.set({ channel }, counts.pending);
        sent.inc({ channel }, counts.sent);
        failed.inc({ channel }, counts.failures);
      }
      const records = statuses.map(({ record }) => record);
      for (const record of known) if (!records.includes(record)) ended(record);
      for (const record of records) began(record);
      gauges.show(statuses);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
