import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ChannelStatus } from '../control/ports';
import type { Tell } from '../domain/events';
import type { ServiceStatus } from '../domain/explain';
import type { Observation } from '../domain/types';

export interface Metrics {
  observed(record: string, site: string, observation: Observation): void;
  told(record: string, tell: Tell): void;
  /** The Prometheus text of this moment. */
  text(statuses: readonly ServiceStatus[], channels?: readonly ChannelStatus[]): Promise<string>;
  readonly contentType: string;
}

const seconds = [0.1, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900];

/** Prometheus metrics; labels come from the configuration only, so their number is bounded. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const service = ['record'] as const;
  const site = ['record', 'site'] as const;
  const up = new Gauge({ name: 'failoverd_site_up', help: '1: up by quorum', labelNames: site, registers });
  const active = new Gauge({ name: 'failoverd_active_site', help: '1: DNS points at it', labelNames: site, registers });
  const ready = new Gauge({ name: 'failoverd_ready', help: '1: could fail over now', labelNames: service, registers });
  const hold = new Gauge({
    name: 'failoverd_hold',
    help: '1: nothing is changed automatically',
    labelNames: service,
    registers,
  });
  const convergence = new Gauge({
    name: 'failoverd_convergence_ratio',
    help: 'share that answers the wanted set: of authoritative servers until a change is verified (0: none known to), then of the FAILOVERD_RESOLVERS that answered, when asked last after the newest switch (no sample: none answered); 1 when none are asked',
    labelNames: service,
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: service, registers });
  const proven = gauge('failoverd_selftest_ok', '1: the last self-test of the write path passed, 0: it failed');
  const age = gauge('failoverd_selftest_age_seconds', 'since the last self-test that passed, or since the start');
  const took = gauge('failoverd_selftest_duration_seconds', 'the last self-test');
  const expiry = gauge('failoverd_credential_expiry_seconds', 'until the first credential of the write path ends');
  const switches = new Counter({
    name: 'failoverd_switches_total',
    help: 'verified switches',
    labelNames: ['record', 'kind'] as const,
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
  const detect = histogram('failoverd_detect_seconds', 'first failed probe to decision');
  const switched = histogram('failoverd_switch_seconds', 'first failed probe to verified on every server');

  function histogram(name: string, help: string): Histogram<'record'> {
    return new Histogram({ name, help, labelNames: service, buckets: seconds, registers });
  }

  function refresh(status: ServiceStatus): void {
    const record = status.record;
    for (const { name, verdict } of status.sites) {
      up.set({ record, site: name }, verdict === 'up' ? 1 : 0);
      active.set({ record, site: name }, status.active === name ? 1 : 0);
    }
    ready.set({ record }, status.ready ? 1 : 0);
    hold.set({ record }, status.hold === null ? 0 : 1);
    const share = convergedShare(status);
    if (share !== null) convergence.set({ record }, share);
  }

  /** What is off, or not known yet, has no sample. */
  function refreshTests({ record, selftest }: ServiceStatus): void {
    if (selftest === null) return;
    age.set({ record }, selftest.okAgoMs / 1_000);
    if (selftest.result !== 'untested') proven.set({ record }, selftest.result === 'ok' ? 1 : 0);
    if (selftest.tookMs !== null) took.set({ record }, selftest.tookMs / 1_000);
    const ends = selftest.credentials.map(({ leftMs }) => leftMs / 1_000);
    if (ends.length > 0) expiry.set({ record }, Math.min(...ends));
  }

  return {
    observed(record, name, observation) {
      if (observation.result === 'unknown') return;
      probes.observe({ record, site: name, result: observation.result }, observation.latencyMs / 1_000);
    },
    told(record, tell) {
      if (tell.code === 'write-failed') writeErrors.inc({ record });
      if (tell.code === 'converged' || tell.code === 'unconverged') {
        const { halfMs, fullMs } = tell.fields;
        if (typeof halfMs === 'number') converged.observe({ record, share: '0.5' }, halfMs / 1_000);
        if (typeof fullMs === 'number') converged.observe({ record, share: '1' }, fullMs / 1_000);
      }
      if (tell.code !== 'switched') return;
      const { kind, tookMs, detectMs } = tell.fields;
      if (typeof kind === 'string') switches.inc({ record, kind });
      if (typeof tookMs === 'number' && kind === 'failover') switched.observe({ record }, tookMs / 1_000);
      if (typeof detectMs === 'number') detect.observe({ record }, detectMs / 1_000);
    },
    text(statuses, channels = []) {
      for (const one of [pending, sent, failed]) one.reset();
      for (const { channel, ...counts } of channels) {
        pending.set({ channel }, counts.pending);
        sent.inc({ channel }, counts.sent);
        failed.inc({ channel }, counts.failures);
      }
      for (const one of [up, active, ready, hold, convergence, proven, age, took, expiry]) one.reset();
      for (const status of statuses) {
        refresh(status);
        refreshTests(status);
      }
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function convergedShare({ write, convergence }: ServiceStatus): number | null {
  const { servers, resolvers } = convergence ?? { servers: null, resolvers: null };
  if (write !== 'settled') return servers === null || servers.asked === 0 ? 0 : servers.new / servers.asked;
  return resolvers === null ? 1 : resolvers.ratio;
}
