import type { Provider, Reading, Replacement } from '../../providers/provider';
import { replaceReread } from '../../providers/reread';
import { type Marker, markerText, type RecordSet, sameValues } from '../domain/records';
import type { Found } from '../domain/types';
import type { ProviderFault } from './faults';
import { createRows } from './rows';
import type { Time } from './time';
import { createWay, type Lost, type Passes, type Way } from './way';

/** What the zone held from one moment on, and by whose doing. */
export interface Version extends Found {
  readonly atMs: number;
  readonly by: 'hand' | Request;
}

/** A request to replace, as it left a daemon. */
export interface Request {
  readonly daemon: number;
  /** Of which provider's zone. */
  readonly zone: number;
  readonly sentMs: number;
  /** When control handed it over: an adapter that reads again first sends a moment later. */
  readonly justifiedMs: number;
  /** As of when the zone was known to its sender, should the provider's answers lag behind. */
  readonly asOfMs: number;
  readonly from: Found;
  readonly to: readonly RecordSet[];
  readonly marker: Marker;
}

/** How a provider writes: it compares and swaps; or its adapter reads again right before it writes; or it changes one record per call. */
export type Manner = 'swaps' | 'rereads' | 'per-record';

/** One managed name at a provider. */
export interface Zone {
  readonly name: string;
  readonly swaps: boolean;
  /** False: a change takes several calls, and may break off between them. */
  readonly atomic: boolean;
  /** Every state it was in, oldest first. */
  readonly history: readonly Version[];
  now(): Version;
  asOf(atMs: number): Version;
  hand(change: Partial<Found>): void;
  /** The adapter of one process. */
  provider(daemon: number, faults: () => readonly ProviderFault[], reaches: () => boolean, passes: Passes): Provider;
}

export interface ZoneInput {
  /** Which of two providers it is at; the first where there is one. */
  readonly index?: number;
  readonly record?: string;
  readonly time: Time;
  readonly random: () => number;
  readonly first: Found;
  readonly swaps: boolean;
  /** Absent: by `swaps`. */
  readonly manner?: Manner;
  /** Stands in the provider's own words, and must get no further. */
  readonly secret: string;
  /** A request leaves a daemon. */
  readonly sent: (request: Request) => void;
  /** The zone changed. */
  readonly landed: (version: Version, before: Version) => void;
}

const keptVersions = 400;

export function createZone(input: ZoneInput): Zone {
  const { time, random, index = 0, record = 'www.example.test' } = input;
  const { manner = input.swaps ? 'swaps' : 'rereads' } = input;
  const swaps = manner === 'swaps';
  const name = `${manner} ${index + 1}`;
  const history: Version[] = [{ ...input.first, atMs: time.nowMs(), by: 'hand' }];
  const rows = createRows({ name, record, time, sent: input.sent, changed: (found, by) => push({ ...found, by }) });
  rows.reset(input.first);

  function asOf(atMs: number): Version {
    for (let at = history.length - 1; at > 0; at--) {
      const version = history[at];
      if (version !== undefined && version.atMs <= atMs) return version;
    }
    const [first] = history;
    if (first === undefined) throw new Error('a zone has a first state');
    return first;
  }

  function push(version: Omit<Version, 'atMs'>): void {
    const before = asOf(time.nowMs());
    const next = { ...version, atMs: time.nowMs() };
    history.push(next);
    if (history.length > keptVersions) history.shift();
    input.landed(next, before);
  }

  /** The request takes effect; false where the provider compares and something else stands there. */
  function land(request: Request): boolean {
    const now = asOf(time.nowMs());
    if (swaps && !isSame(now, request.from)) return false;
    push({ sets: request.to, marker: request.marker, foreignMarker: null, obstacles: [], by: request });
    return true;
  }

  function whole(daemon: number, way: Way): Provider {
    async function read(signal: AbortSignal): Promise<Reading> {
      const lost = await way.travel(signal);
      if (lost !== null) return lost;
      const { sets, marker, foreignMarker, obstacles } = asOf(time.nowMs() - way.staleMs());
      return { ok: true, found: { sets, marker, foreignMarker, obstacles }, proof: 'dns' };
    }

    let justifiedMs = 0;
    let staleMs = 0;
    function send({ from, to, marker }: Replacement, signal: AbortSignal) {
      const sentMs = time.nowMs();
      const asOfMs = staleMs > 0 ? justifiedMs - staleMs : sentMs;
      const request: Request = { daemon, zone: index, sentMs, justifiedMs, asOfMs, from, to, marker };
      input.sent(request);
      return way.deliver(signal, () => land(request), true);
    }

    const rereading = {
      record,
      async look(signal: AbortSignal) {
        const reading = await read(signal);
        return reading.ok ? { ok: true as const, seen: { found: reading.found } } : reading;
      },
      async write(_seen: unknown, wanted: Replacement, signal: AbortSignal): Promise<Lost | { ok: true; why: string }> {
        const sent = await send(wanted, signal);
        return sent.ok ? { ok: true, why: 'taken' } : sent;
      },
    };

    return {
      name,
      guarantees: { atomic: true, compareAndSwap: swaps, note: 'simulated' },
      read,
      async replace(replacement, signal) {
        justifiedMs = time.nowMs();
        staleMs = way.staleMs();
        if (!swaps) return replaceReread(rereading, replacement, signal);
        const sent = await send(replacement, signal);
        if (!sent.ok) return { ...sent, code: sent.code };
        return sent.value ? { code: 'applied', why: '' } : { code: 'conflict', why: 'the zone moved' };
      },
      nameservers: async () => [],
      preflight: async () => [],
      close: async () => undefined,
    };
  }

  return {
    name,
    swaps,
    atomic: manner !== 'per-record',
    history,
    now: () => asOf(time.nowMs()),
    asOf,
    hand(change) {
      const { sets, marker, foreignMarker, obstacles } = asOf(time.nowMs());
      const found = { sets, marker, foreignMarker, obstacles, ...change };
      rows.reset(found);
      push({ ...found, by: 'hand' });
    },
    provider(daemon, faults, reaches, passes) {
      const way = createWay({ time, random, faults, reaches, passes, secret: input.secret });
      return manner === 'per-record' ? rows.provider(daemon, index, way) : whole(daemon, way);
    },
  };
}

/** What a provider compares that swaps: every record of the name, and the text beside it. */
function isSame(left: Found, right: Found): boolean {
  const obstacles = left.obstacles.join('\n') === right.obstacles.join('\n');
  return obstacles && sameValues(left.sets, right.sets) && textOf(left) === textOf(right);
}

function textOf({ marker, foreignMarker }: Found): string {
  return marker === null ? (foreignMarker ?? '') : markerText(marker);
}
