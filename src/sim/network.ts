import type { Provider } from '../../providers/provider';
import type { Answer, Question } from '../dns/ask';
import type { Listing } from '../dns/nameservers';
import { markerName, markerText, type RecordSet } from '../domain/records';
import type { Observation, Policy } from '../domain/types';
import type { Fault, ProviderFault, ServerFault, SiteFault } from './faults';
import type { Time } from './time';
import type { Zone } from './zone';

/** What one host sees of the world: sites, provider and name servers, through whatever stands in between. */
export interface Network {
  readonly provider: Provider;
  readonly nameservers: Listing;
  ask(question: Question): Promise<Answer>;
  probe(site: string): Promise<Observation>;
  canary(): Promise<boolean>;
}

export const serverNames = ['ns1', 'ns2', 'ns3'] as const;

export interface NetworkInput {
  readonly host: number;
  readonly policy: Policy;
  readonly time: Time;
  readonly random: () => number;
  readonly zone: Zone;
  readonly faults: () => readonly Fault[];
  /** What a name server answered this host. */
  readonly answered: (server: string, sets: readonly RecordSet[]) => void;
}

const probeMs = { least: 5, most: 60 };

export function createNetwork(input: NetworkInput): Network {
  const { host, policy, time, random, zone, faults } = input;

  function cut(to: string): boolean {
    return faults().some(
      (one) =>
        (one.kind === 'isolated' && one.daemon === host) ||
        (one.kind === 'path' && one.daemon === host && one.to === to),
    );
  }

  function siteFaults(site: string): readonly SiteFault[] {
    return faults().flatMap((one): readonly SiteFault[] => {
      if (one.kind === 'all-sites') return [{ how: 'wrong', class: one.class }];
      return one.kind === 'site' && one.site === site ? [one.what] : [];
    });
  }

  function fail(failClass: Extract<Observation, { result: 'fail' }>['class'], latencyMs: number): Observation {
    return { result: 'fail', class: failClass, why: `injected ${failClass}`, latencyMs };
  }

  async function probe(site: string): Promise<Observation> {
    const latencyMs = probeMs.least + random() * (probeMs.most - probeMs.least);
    const knows = faults().some((one) => one.kind === 'isolated' && one.daemon === host && one.knows);
    if (knows) return { result: 'unknown', why: 'no route' };
    if (cut(site)) {
      await time.sleep(policy.timeoutMs);
      return fail('timeout', policy.timeoutMs);
    }
    for (const fault of siteFaults(site)) {
      const met = await meets(site, fault, latencyMs);
      if (met !== null) return met;
    }
    await time.sleep(latencyMs);
    return { result: 'pass', latencyMs };
  }

  async function timeout(): Promise<Observation> {
    await time.sleep(policy.timeoutMs);
    return fail('timeout', policy.timeoutMs);
  }

  /** Null: it does not strike this probe. */
  async function meets(site: string, fault: SiteFault, latencyMs: number): Promise<Observation | null> {
    switch (fault.how) {
      case 'hole':
        return timeout();
      case 'lossy':
        return random() < fault.share ? timeout() : null;
      case 'slow':
        if (fault.ms >= policy.timeoutMs) return timeout();
        await time.sleep(fault.ms);
        return null;
      case 'flaps':
        if (Math.floor(time.nowMs() / fault.periodMs) % 2 === 0) return null;
        await time.sleep(latencyMs);
        return fail(fault.class, latencyMs);
      case 'breaks-under-load': {
        if (zone.now().marker?.site !== site) return null;
        await time.sleep(latencyMs);
        return fail('status', latencyMs);
      }
      case 'wrong':
        await time.sleep(latencyMs);
        return fail(fault.class, latencyMs);
    }
  }

  /** Ends early when the signal aborts, and leaves no listener behind. */
  function sleepUnless(shared: AbortSignal, ms: number): Promise<void> {
    const signal = AbortSignal.any([shared]);
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = time.after(ms, end);
      function end(): void {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end);
    });
  }

  async function ask({ server, name, type, timeoutMs, signal }: Question): Promise<Answer> {
    const at = server.address;
    const has = faults().flatMap((one): readonly ServerFault[] =>
      one.kind === 'server' && one.server === at ? [one.what] : [],
    );
    if (cut('servers') || has.some((one) => one.how === 'silent')) {
      await sleepUnless(signal, timeoutMs);
      return { ok: false, code: 'timeout', why: 'no reply' };
    }
    await time.sleep(1 + random() * 20);
    const lag = has.find((one) => one.how === 'lags');
    const lies = has.some((one) => one.how === 'lies');
    const shown = zone.asOf(time.nowMs() - (lag?.ms ?? 0));
    const honest = shown.sets;
    const sets = lies ? lie : honest;
    if (type === 'A') input.answered(at, sets);
    const own = name === policy.record ? sets.filter((set) => set.type === type) : [];
    const texts = type === 'TXT' && name === markerName(policy.record) && shown.marker !== null && !lies;
    const marker =
      texts && shown.marker !== null ? [{ type: 'TXT' as const, ttl: 60, value: markerText(shown.marker) }] : [];
    const addresses = own.flatMap(({ type: kind, ttl, values }) =>
      kind === 'SVCB' || kind === 'HTTPS' ? [] : values.map((value) => ({ type: kind, ttl, value })),
    );
    const records = [...marker, ...addresses];
    const negative = records.length > 0 ? null : sets.length > 0 ? ('nodata' as const) : ('nxdomain' as const);
    return {
      ok: true,
      rcode: negative === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR',
      aa: true,
      records,
      signatures: [],
      negative,
      via: 'udp',
      rttMs: 10,
    };
  }

  return {
    provider: zone.provider(
      host,
      () => faults().flatMap((one): readonly ProviderFault[] => (one.kind === 'provider' ? [one.what] : [])),
      () => !cut('provider'),
    ),
    nameservers: {
      ok: true,
      servers: serverNames.map((name) => ({ name, address: name, port: 53 })),
      lost: [],
      zone: null,
    },
    ask,
    probe,
    async canary() {
      if (cut('canaries')) {
        await time.sleep(3_000);
        return false;
      }
      await time.sleep(20);
      return true;
    },
  };
}

/** What a lying server shows: nobody's address. */
const lie: readonly RecordSet[] = [{ type: 'A', ttl: 60, values: ['192.0.2.66'] }];
