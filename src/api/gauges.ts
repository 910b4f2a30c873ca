import { Gauge, type Registry } from 'prom-client';
import type { ServiceStatus } from '../domain/explain';

/** What stands now, read from the status of every service whenever somebody asks. */
export interface Gauges {
  /** Shows these services and no others. */
  show(statuses: readonly ServiceStatus[]): void;
}

const verdicts = ['up', 'recovering', 'down', 'unknown'] as const;

export function createGauges(registry: Registry): Gauges {
  const made: { reset(): void }[] = [];
  function gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    const one = new Gauge({ name, help, labelNames, registers: [registry] });
    made.push(one);
    return one;
  }
  const site = ['record', 'site'] as const;
  const service = ['record'] as const;
  const up = gauge('failoverd_site_up', '1: up by quorum', site);
  const verdict = gauge('failoverd_site_verdict', '1: this is its verdict', ['record', 'site', 'verdict']);
  const active = gauge('failoverd_active_site', '1: DNS points at it', site);
  const ready = gauge('failoverd_ready', '1: could fail over now', service);
  const hold = gauge('failoverd_hold', '1: nothing is changed automatically', service);
  const alert = gauge('failoverd_alert', '1: stands now; site where it is about one, page="true": a human must act', [
    'record',
    'alert',
    'site',
    'page',
  ]);
  const spent = gauge('failoverd_switch_budget_spent', 'automatic switches in the window of the budget', service);
  const budget = gauge('failoverd_switch_budget', 'automatic switches that the window allows', service);
  const convergence = gauge(
    'failoverd_convergence_ratio',
    'share that answers the wanted set: of authoritative servers until a change is verified (0: none known to), then of the FAILOVERD_RESOLVERS that answered, when asked last after the newest switch (no sample: none answered); 1 when none are asked',
    service,
  );
  const proven = gauge(
    'failoverd_selftest_ok',
    '1: the last self-test of the write path passed, 0: it failed',
    service,
  );
  const age = gauge(
    'failoverd_selftest_age_seconds',
    'since the last self-test that passed, or since the start',
    service,
  );
  const took = gauge('failoverd_selftest_duration_seconds', 'the last self-test', service);
  const expiry = gauge(
    'failoverd_credential_expiry_seconds',
    'until the first credential of the write path ends',
    service,
  );

  function refresh(status: ServiceStatus): void {
    const { record } = status;
    for (const { name, verdict: now } of status.sites) {
      up.set({ record, site: name }, now === 'up' ? 1 : 0);
      active.set({ record, site: name }, status.active === name ? 1 : 0);
      for (const one of verdicts) verdict.set({ record, site: name, verdict: one }, now === one ? 1 : 0);
    }
    ready.set({ record }, status.ready ? 1 : 0);
    hold.set({ record }, status.hold === null ? 0 : 1);
    spent.set({ record }, status.budget.spent);
    budget.set({ record }, status.budget.count);
    for (const { code, page, overForMs } of status.alerts) {
      if (overForMs !== null) continue;
      const [name = code, about = ''] = code.split(':', 2);
      alert.set({ record, alert: name, site: about, page: String(page) }, 1);
    }
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
    show(statuses) {
      for (const one of made) one.reset();
      for (const status of statuses) {
        refresh(status);
        refreshTests(status);
      }
    },
  };
}

function convergedShare({ write, convergence }: ServiceStatus): number | null {
  const { servers, resolvers } = convergence ?? { servers: null, resolvers: null };
  if (write !== 'settled') return servers === null || servers.asked === 0 ? 0 : servers.new / servers.asked;
  return resolvers === null ? 1 : resolvers.ratio;
}
