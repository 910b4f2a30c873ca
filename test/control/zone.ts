import { readMarker } from '../../providers/marker';
import type { FailureCode, Finding, Outcome, Provider, Reading, Replacement } from '../../providers/provider';
import type { MarkerVerifier, Verification, Verifier } from '../../src/control/ports';
import { leadsTo } from '../../src/domain/hints';
import { type Marker, markerText, type RecordSet, recordSet, sameValues, valuesKey } from '../../src/domain/records';
import type { OutcomeCode } from '../../src/domain/state';
import type { Found } from '../../src/domain/types';
import { seeded, type Time } from '../../src/sim/time';

/** What the zone held from one moment on. `by`: our writes come through the provider, people's by hand. */
export interface Version extends Found {
  readonly atMs: number;
  readonly by: 'provider' | 'hand';
}

/** How the provider treats one request to replace. `lands`: when it takes effect after all, if the zone still is as expected then. */
export type Treatment =
  /** `againMs`: the network delivers it a second time, so much later. */
  | { readonly how: 'normal'; readonly againMs?: number }
  | {
      readonly how: 'refused';
      readonly code: Exclude<OutcomeCode, 'applied' | 'conflict'>;
      readonly retryAfterMs?: number;
    }
  /** Says that it is done, and does nothing. */
  | { readonly how: 'lies' }
  /** The answer never comes, or is `unknown`; the request itself may land later, or never (null). */
  | { readonly how: 'unanswered' | 'hanging'; readonly landsMs: number | null };

/** One name server: its view is `lagMs` behind the provider; it may answer nothing, lose a share of what it is asked, or say something of its own. */
export interface Server {
  lagMs: number;
  silent: boolean;
  loss: number;
  lies: readonly RecordSet[] | null;
}

/** One managed name at a provider that compares and swaps, with the servers that publish it. Knobs are public and mutable. */
export interface Zone {
  /** Every state it was ever in, oldest first: what checks look at. */
  readonly history: Version[];
  /** Requests to replace, and what became of each. */
  readonly requests: {
    readonly generation: number;
    readonly site: string;
    readonly atMs: number;
    /** How old the reading is that showed what the request is to replace; infinite: none did. */
    readonly readAgoMs: number;
    landed: boolean | null;
  }[];
  reads: number;
  verifications: number;
  delayMs: number;
  /** How the provider says a change must be proven. */
  proof: 'dns' | 'api' | 'read';
  /** Readings show the zone as it was this long ago. */
  staleMs: number;
  /** It cannot compare and swap: what lands, lands on whatever is there. */
  blind: boolean;
  /** The provider's own spelling of what it shows, which is brought into normal form as adapters do; null: it shows that. */
  spells: ((type: RecordSet['type'] | 'TXT', value: string) => string) | null;
  findings: readonly Finding[];
  failReads: FailureCode | 'hanging' | null;
  treat: (request: number) => Treatment;
  readonly servers: Record<string, Server>;
  now(): Version;
  /** The states our own writes made. */
  written(): readonly Version[];
  hand(change: Partial<Omit<Version, 'atMs' | 'by'>>): void;
  readonly provider: Provider;
  readonly verifier: Verifier;
  readonly marks: MarkerVerifier;
}

export function createZone(time: Time, first: Found, name = 'fake', servers = ['ns1', 'ns2']): Zone {
  const random = seeded(1);
  const answered: (Pick<Found, 'sets' | 'marker'> & { readonly atMs: number })[] = [];
  const zone: Zone = {
    history: [{ ...first, atMs: time.nowMs(), by: 'hand' }],
    requests: [],
    reads: 0,
    verifications: 0,
    delayMs: 50,
    proof: 'dns',
    staleMs: 0,
    blind: false,
    spells: null,
    findings: [],
    failReads: null,
    treat: () => ({ how: 'normal' }),
    servers: Object.fromEntries(servers.map((server) => [server, { lagMs: 0, silent: false, loss: 0, lies: null }])),
    now: () => asOf(time.nowMs()),
    written: () => zone.history.filter((version) => version.by === 'provider'),
    hand: (change) => void zone.history.push({ ...zone.now(), ...change, atMs: time.nowMs(), by: 'hand' }),
    provider: {
      name,
      guarantees: { atomic: true, compareAndSwap: true, note: 'in memory' },
      read,
      replace,
      nameservers: async () => [],
      preflight: async () => zone.findings,
      close: async () => undefined,
    },
    verifier: { verify },
    marks: { shows },
  };

  function asOf(atMs: number): Version {
    const version = zone.history.findLast((one) => one.atMs <= atMs) ?? zone.history[0];
    if (version === undefined) throw new Error('a zone has a first state');
    return version;
  }

  async function read(signal: AbortSignal): Promise<Reading> {
    zone.reads += 1;
    const shown = asOf(time.nowMs() - zone.staleMs);
    if (zone.failReads === 'hanging') await ended(signal);
    else await time.sleep(zone.delayMs / 2);
    if (signal.aborted) return { ok: false, code: 'unknown', why: 'no answer in time' };
    if (zone.failReads !== null && zone.failReads !== 'hanging') {
      return { ok: false, code: zone.failReads, why: `injected ${zone.failReads}` };
    }
    const { sets, marker, foreignMarker, obstacles } = spelt(shown);
    answered.push({ sets, marker, atMs: time.nowMs() });
    return { ok: true, found: { sets, marker, foreignMarker, obstacles }, proof: zone.proof };
  }

  function spelt(found: Found): Found {
    const { spells } = zone;
    if (spells === null) return found;
    const sets = found.sets.flatMap(({ type, ttl, values }) => {
      const shown = values.map((value) => spells(type, value)).reverse();
      return recordSet(type, ttl, shown) ?? [];
    });
    return { ...found, sets, ...readMarker(found.marker === null ? [] : [spells('TXT', markerText(found.marker))]) };
  }

  async function replace(replacement: Replacement, signal: AbortSignal): Promise<Outcome> {
    const { from, marker } = replacement;
    const atMs = time.nowMs();
    const seen = answered.findLast((one) => sameValues(one.sets, from.sets) && sameMarker(one.marker, from.marker));
    const readAgoMs = atMs - (seen?.atMs ?? Number.NEGATIVE_INFINITY);
    const request = { generation: marker.generation, site: marker.site, atMs, readAgoMs, landed: null };
    const index = zone.requests.push(request) - 1;
    const land = (): boolean => {
      const landed = swap(replacement);
      const entry = zone.requests[index];
      if (entry !== undefined) entry.landed = landed;
      return landed;
    };
    const treatment = zone.treat(index);
    await time.sleep(zone.delayMs / 2);
    if (treatment.how === 'normal') {
      const landed = land();
      if (treatment.againMs !== undefined) void time.after(treatment.againMs, () => void swap(replacement));
      await time.sleep(zone.delayMs / 2);
      return landed
        ? { code: 'applied', why: '', requestId: `r${index}` }
        : { code: 'conflict', why: 'the zone moved' };
    }
    if (treatment.how === 'lies') return { code: 'applied', why: '' };
    if (treatment.how === 'refused') {
      const { code, retryAfterMs } = treatment;
      return { code, why: `injected ${code}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    if (treatment.landsMs !== null) void time.after(treatment.landsMs, land);
    if (treatment.how === 'hanging') await ended(signal);
    return { code: 'unknown', why: 'no answer' };
  }

  /** Compare and swap, at the moment the request takes effect. */
  function swap({ from, to, marker }: Replacement): boolean {
    const now = zone.now();
    const only = sameValues(from.sets, to);
    if (zone.blind) {
      zone.history.push({ ...now, ...(only ? {} : { sets: to }), marker, atMs: time.nowMs(), by: 'provider' });
      return true;
    }
    if (!sameValues(now.sets, from.sets) || !sameMarker(now.marker, from.marker)) return false;
    zone.history.push({ sets: to, marker, foreignMarker: null, obstacles: [], atMs: time.nowMs(), by: 'provider' });
    return true;
  }

  async function verify(site: { readonly sets: readonly RecordSet[] }): Promise<Verification> {
    zone.verifications += 1;
    await time.sleep(zone.delayMs / 2);
    const answers = Object.entries(zone.servers).map(([server, { lagMs, silent, loss, lies }]) => {
      const sets = lies ?? asOf(time.nowMs() - lagMs).sets;
      const lost = silent || random() < loss;
      const agrees = !lost && leadsTo(sets, site);
      return { server, agrees, why: lost ? 'no answer' : agrees ? '' : `answers ${valuesKey(sets)}` };
    });
    return { ok: true, answers };
  }

  async function shows(text: string): Promise<Verification> {
    await time.sleep(zone.delayMs / 2);
    const answers = Object.entries(zone.servers).map(([server, { lagMs, silent }]) => {
      const { marker } = asOf(time.nowMs() - lagMs);
      const shown = marker === null ? 'no TXT' : markerText(marker);
      return { server, agrees: !silent && shown === text, why: silent ? 'no answer' : `shows ${shown}` };
    });
    return { ok: true, answers };
  }

  return zone;
}

/** Our own versions that moved or marked the record for a change, and not for a self-test alone. */
export function recordWrites(zone: Zone): readonly Version[] {
  return zone.written().filter((version) => !isTest(version));
}

export function testWrites(zone: Zone): readonly Version[] {
  return zone.written().filter((version) => isTest(version));
}

function isTest(version: Version): boolean {
  return version.marker?.tested !== undefined;
}

function sameMarker(left: Marker | null, right: Marker | null): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
