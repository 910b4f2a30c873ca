import type { Provider, Reading, Replacement } from '../../providers/provider';
import { replaceReread } from '../../providers/reread';
import { type Marker, markerText, type RecordSet, sameValues } from '../domain/records';
import type { Found } from '../domain/types';
import type { ProviderFault } from './faults';
import type { Time } from './time';

/** What the zone held from one moment on, and by whose doing. */
export interface Version extends Found {
  readonly atMs: number;
  readonly by: 'hand' | Request;
}

/** A request to replace, as it left a daemon. */
export interface Request {
  readonly daemon: number;
  readonly sentMs: number;
  /** When control handed it over: an adapter that reads again first sends a moment later. */
  readonly justifiedMs: number;
  readonly from: Found;
  readonly to: readonly RecordSet[];
  readonly marker: Marker;
}

/** One managed name at a provider. `swaps`: it compares and swaps; else the adapter reads again right before it writes. */
export interface Zone {
  readonly swaps: boolean;
  /** Every state it was in, oldest first. */
  readonly history: readonly Version[];
  now(): Version;
  asOf(atMs: number): Version;
  hand(change: Partial<Found>): void;
  /** The adapter as one daemon sees it. */
  provider(daemon: number, faults: () => readonly ProviderFault[], reaches: () => boolean): Provider;
}

export interface ZoneInput {
  readonly time: Time;
  readonly random: () => number;
  readonly first: Found;
  readonly swaps: boolean;
  /** Stands in the provider's own words, and must get no further. */
  readonly secret: string;
  /** A request leaves a daemon. */
  readonly sent: (request: Request) => void;
  /** The zone changed. */
  readonly landed: (version: Version, before: Version) => void;
}

const keptVersions = 400;

export function createZone(input: ZoneInput): Zone {
  const { time, random, swaps } = input;
  const history: Version[] = [{ ...input.first, atMs: time.nowMs(), by: 'hand' }];

  function asOf(atMs: number): Version {
    for (let index = history.length - 1; index > 0; index--) {
      const version = history[index];
      if (version !== undefined && version.atMs <= atMs) return version;
    }
    const [first] = history;
    if (first === undefined) throw new Error('a zone has a first state');
    return first;
  }

  function push(version: Version): void {
    const before = asOf(time.nowMs());
    history.push(version);
    if (history.length > keptVersions) history.shift();
    input.landed(version, before);
  }

  /** The request takes effect; false where the provider compares and something else stands there. */
  function land(request: Request): boolean {
    const now = asOf(time.nowMs());
    if (swaps && (!sameValues(now.sets, request.from.sets) || !sameMarker(now.marker, request.from.marker)))
      return false;
    push({
      sets: request.to,
      marker: request.marker,
      foreignMarker: null,
      obstacles: [],
      atMs: time.nowMs(),
      by: request,
    });
    return true;
  }

  function provider(daemon: number, faults: () => readonly ProviderFault[], reaches: () => boolean): Provider {
    const has = <How extends ProviderFault['how']>(how: How) =>
      faults().find((one): one is Extract<ProviderFault, { how: How }> => one.how === how);
    const rtt = (): number => 5 + random() * 40 + (has('slow')?.ms ?? 0);

    /** The way there: null when the request arrives, else why it does not. */
    async function travel(signal: AbortSignal): Promise<Extract<Reading, { ok: false }> | null> {
      if (!reaches() || has('hangs') !== undefined) {
        await ended(signal);
        return { ok: false, code: 'unknown', why: 'no answer in time' };
      }
      await time.sleep(rtt());
      if (signal.aborted) return { ok: false, code: 'unknown', why: 'no answer in time' };
      const refused = has('refuses');
      if (refused === undefined) return null;
      const { code, retryAfterMs } = refused;
      return {
        ok: false,
        code,
        why: `injected ${code} for token ${input.secret}`,
        ...(retryAfterMs === null ? {} : { retryAfterMs }),
      };
    }

    async function read(signal: AbortSignal): Promise<Reading> {
      const lost = await travel(signal);
      if (lost !== null) return lost;
      const { sets, marker, foreignMarker, obstacles } = asOf(time.nowMs() - (has('stale-reads')?.ms ?? 0));
      return { ok: true, found: { sets, marker, foreignMarker, obstacles }, proof: 'dns' };
    }

    type Sent =
      | { readonly how: 'done' | 'conflict' }
      | { readonly how: 'unanswered' }
      | Extract<Reading, { ok: false }>;
    let justifiedMs = 0;
    async function send({ from, to, marker }: Replacement, signal: AbortSignal): Promise<Sent> {
      const request: Request = { daemon, sentMs: time.nowMs(), justifiedMs, from, to, marker };
      input.sent(request);
      const silent = has('no-answer');
      if (silent !== undefined && reaches()) {
        if (silent.landsMs !== null) void time.after(silent.landsMs, () => void land(request));
        await ended(signal);
        return { how: 'unanswered' };
      }
      const lost = await travel(signal);
      if (lost !== null) return lost.code === 'unknown' ? { how: 'unanswered' } : lost;
      const landed = has('lies') !== undefined || land(request);
      const twice = has('delivers-twice');
      if (twice !== undefined) void time.after(twice.againMs, () => void land(request));
      await time.sleep(rtt());
      if (signal.aborted) return { how: 'unanswered' };
      return { how: landed ? 'done' : 'conflict' };
    }

    const name = {
      record: 'www.example.test',
      async look(signal: AbortSignal) {
        const reading = await read(signal);
        return reading.ok ? { ok: true as const, seen: { found: reading.found } } : reading;
      },
      async write(_seen: unknown, wanted: Replacement, signal: AbortSignal) {
        const sent = await send(wanted, signal);
        if ('code' in sent) return sent;
        return sent.how === 'done'
          ? { ok: true as const, why: 'taken' }
          : { ok: false as const, code: 'unknown' as const, why: 'no answer' };
      },
    };

    return {
      name: swaps ? 'swapping' : 'rereading',
      guarantees: { atomic: true, compareAndSwap: swaps, note: 'simulated' },
      read,
      async replace(replacement, signal) {
        justifiedMs = time.nowMs();
        if (!swaps) return replaceReread(name, replacement, signal);
        const sent = await send(replacement, signal);
        if ('code' in sent) return { ...sent, code: sent.code };
        if (sent.how === 'unanswered') return { code: 'unknown', why: 'no answer' };
        return sent.how === 'done' ? { code: 'applied', why: '' } : { code: 'conflict', why: 'the zone moved' };
      },
      nameservers: async () => [],
      preflight: async () => [],
      close: async () => undefined,
    };
  }

  return {
    swaps,
    history,
    now: () => asOf(time.nowMs()),
    asOf,
    hand: (change) => {
      const { sets, marker, foreignMarker, obstacles } = asOf(time.nowMs());
      push({ sets, marker, foreignMarker, obstacles, ...change, atMs: time.nowMs(), by: 'hand' });
    },
    provider,
  };
}

function sameMarker(left: Marker | null, right: Marker | null): boolean {
  return (left === null ? '' : markerText(left)) === (right === null ? '' : markerText(right));
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
