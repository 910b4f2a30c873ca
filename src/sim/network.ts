import type { Provider } from '../../providers/provider';
import type { Answer, Question } from '../dns/ask';
import type { Listing } from '../dns/nameservers';
import { markerName, markerText, type RecordSet } from '../domain/records';
import type { Observation, Policy } from '../domain/types';
import { type Fault, isCut, type ProviderFault, type ServerFault } from './faults';
import { createSites } from './sites';
import type { Time } from './time';
import type { Zone } from './zone';

/** What one host sees of the world: sites, provider and name servers, through whatever stands in between. */
export interface Network {
  /** The adapters of one process, one for each provider. */
  providers(): readonly Provider[];
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
  /** At a second provider. */
  readonly second?: Zone | undefined;
  readonly faults: () => readonly Fault[];
  /** A question leaves for a name server. */
  readonly asked?: (address: string, name: string) => void;
  /** What a name server answered this host. */
  readonly answered: (server: string, sets: readonly RecordSet[]) => void;
}

export function createNetwork(input: NetworkInput): Network {
  const { host, policy, time, random, zone: first, second, faults } = input;
  const zones = second === undefined ? [first] : [first, second];

  const cut = (to: string): boolean => isCut(faults(), policy, host, to);

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
    input.asked?.(at, name);
    // The last name server is the second provider's, where there is one.
    const zone = at === serverNames.at(-1) ? (second ?? first) : first;
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
    providers: () =>
      zones.map((zone, index) =>
        zone.provider(
          host,
          () => faults().flatMap((one): readonly ProviderFault[] => (strikes(one, index) ? [one.what] : [])),
          () => !cut('provider'),
        ),
      ),
    nameservers: {
      ok: true,
      servers: serverNames.map((name) => ({ name, address: name, port: 53 })),
      lost: [],
      zone: null,
    },
    ask,
    probe: createSites({ ...input, zones }, cut),
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

function strikes(fault: Fault, zone: number): fault is Extract<Fault, { kind: 'provider' }> {
  return fault.kind === 'provider' && (fault.at ?? zone) === zone;
}

/** What a lying server shows: nobody's address. */
const lie: readonly RecordSet[] = [{ type: 'A', ttl: 60, values: ['192.0.2.66'] }];
