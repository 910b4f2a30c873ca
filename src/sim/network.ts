import type { Provider } from '../../providers/provider';
import type { FindClaims } from '../control/ports';
import type { Answer, Question } from '../dns/ask';
import type { Listing } from '../dns/nameservers';
import { markerName, markerText, type RecordSet } from '../domain/records';
import type { Observation, Policy } from '../domain/types';
import { type Fault, isCut, type ProviderFault, type ServerFault, wayOf } from './faults';
import { createSites } from './sites';
import type { Time } from './time';
import type { Passes } from './way';
import type { Zone } from './zone';

/** What one host sees of the world: sites, provider and name servers, through whatever stands in between. */
export interface Network {
  /** The adapters of one process, one for each provider; before and after each of its calls it asks whether it may go on. */
  providers(passes?: Passes): readonly Provider[];
  readonly nameservers: Listing;
  ask(question: Question): Promise<Answer>;
  readonly claims: FindClaims;
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

  /** Whether nothing comes through now, also by chance. */
  function cut(to: string): boolean {
    if (isCut(faults(), policy, host, to)) return true;
    const { lost } = wayOf(faults(), host, to);
    return lost > 0 && random() < lost;
  }

  const lateMs = (to: string): number => wayOf(faults(), host, to).ms;

  function faultsOf(provider: number): readonly ProviderFault[] {
    const late = lateMs('provider');
    const met = faults().flatMap((one): readonly ProviderFault[] => (strikes(one, provider) ? [one.what] : []));
    return late > 0 ? [...met, { how: 'slow', ms: late }] : met;
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
    input.asked?.(at, name);
    // The last name server is the second provider's, where there is one.
    const zone = at === serverNames.at(-1) ? (second ?? first) : first;
    const has = faults().flatMap((one): readonly ServerFault[] =>
      one.kind === 'server' && one.server === at ? [one.what] : [],
    );
    if (cut('servers') || lateMs('servers') >= timeoutMs || has.some((one) => one.how === 'silent')) {
      await sleepUnless(signal, timeoutMs);
      return { ok: false, code: 'timeout', why: 'no reply' };
    }
    await time.sleep(1 + random() * 20 + lateMs('servers'));
    const lag = has.find((one) => one.how === 'lags');
    const shown = zone.asOf(time.nowMs() - (lag?.ms ?? 0));
    const isLame = has.some((one) => one.how === 'lame');
    const sets = has.reduce((told, what) => toldBy(what, told, policy), shown.sets);
    // What a server says that does not hold the zone is no answer of it.
    if (type === 'A') input.answered(at, isLame ? [] : sets);
    const own = name === policy.record ? sets.filter((set) => set.type === type) : [];
    const isMute = has.some(({ how }) => how === 'lies' || how === 'denies' || how === 'empty');
    const text = shown.marker === null ? shown.foreignMarker : markerText(shown.marker);
    const asksMarker = type === 'TXT' && name === markerName(policy.record);
    const marker = asksMarker && text !== null && !isMute ? [{ type: 'TXT' as const, ttl: 60, value: text }] : [];
    const addresses = own.flatMap(({ type: kind, ttl, values }) =>
      kind === 'SVCB' || kind === 'HTTPS' ? [] : values.map((value) => ({ type: kind, ttl, value })),
    );
    const records = [...marker, ...addresses];
    const exists = sets.length > 0 || has.some(({ how }) => how === 'empty');
    const negative = records.length > 0 ? null : exists ? ('nodata' as const) : ('nxdomain' as const);
    return {
      ok: true,
      rcode: negative === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR',
      aa: !isLame,
      records,
      signatures: [],
      negative,
      via: 'udp',
      rttMs: 10,
    };
  }

  return {
    providers: (passes = async () => true) =>
      zones.map((zone, index) =>
        zone.provider(
          host,
          () => faultsOf(index),
          () => !cut('provider'),
          passes,
        ),
      ),
    nameservers: {
      ok: true,
      servers: serverNames.map((name) => ({ name, address: name, port: 53 })),
      lost: [],
      zone: null,
    },
    ask,
    async claims() {
      const told = faults().flatMap((one) => (one.kind === 'claims' ? [one.claims] : []));
      const known = told.flatMap((claims) => claims ?? []);
      return told.includes(null) ? { ok: false, why: 'no server tells' } : { ok: true, claims: known };
    },
    probe: createSites({ ...input, zones }, cut, lateMs),
    async canary() {
      if (cut('canaries')) {
        await time.sleep(3_000);
        return false;
      }
      await time.sleep(20 + lateMs('canaries'));
      return true;
    },
  };
}

function strikes(fault: Fault, zone: number): fault is Extract<Fault, { kind: 'provider' }> {
  return fault.kind === 'provider' && (fault.at ?? zone) === zone;
}

/** What a server says of the record, given what it would say without this fault. */
function toldBy(what: ServerFault, sets: readonly RecordSet[], { sites }: Policy): readonly RecordSet[] {
  if (what.how === 'lies') return lie;
  if (what.how === 'denies' || what.how === 'empty') return [];
  if (what.how === 'misleads') return sites.find(({ name }) => name === what.site)?.sets ?? sets;
  return sets;
}

/** What a lying server shows: nobody's address. */
const lie: readonly RecordSet[] = [{ type: 'A', ttl: 60, values: ['192.0.2.66'] }];
