import type { Observation } from '../domain/types';

/** What the probes of one site saw over time, in equal steps, oldest first: counts, and the slowest pass of each step. */
export interface Strip {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly pass: readonly number[];
  readonly fail: readonly number[];
  readonly unknown: readonly number[];
  readonly latencyMs: readonly (number | null)[];
}

export type StripOf = (record: string, site: string, minutes: number, nowMs: number) => Strip;

export interface Strips {
  readonly of: StripOf;
  observed(record: string, site: string, observation: Seen, wallMs: number): void;
  /** One from before this start: it fills only what nothing newer stands in. */
  remember(record: string, site: string, observation: Seen, wallMs: number): void;
}

export interface Seen {
  readonly result: Observation['result'];
  readonly latencyMs?: number | null;
}

const steps = 240;
/** An hour, and a day. */
const stepsMs = [15_000, 360_000] as const;
type Scale = (typeof stepsMs)[number];

interface Ring {
  /** Which step since 1970 stands in each place; -1: none yet. */
  readonly step: Float64Array;
  readonly pass: Uint16Array;
  readonly fail: Uint16Array;
  readonly unknown: Uint16Array;
  readonly latencyMs: Float32Array;
}

/** Kept in memory, some 10 KB per site whatever the pace: who looks at it must not keep the disk from the decisions. */
export function createStrips(): Strips {
  const rings = new Map<string, Ring>();

  function ringOf(record: string, site: string, stepMs: Scale): Ring {
    const key = JSON.stringify([record, site, stepMs]);
    const ring = rings.get(key) ?? emptyRing();
    rings.set(key, ring);
    return ring;
  }

  function add(record: string, site: string, seen: Seen, wallMs: number, isOld: boolean): void {
    for (const stepMs of stepsMs) {
      const ring = ringOf(record, site, stepMs);
      const step = Math.floor(wallMs / stepMs);
      const place = placeOf(step);
      if (isOld && (ring.step[place] ?? -1) > step) continue;
      if (ring.step[place] !== step) clear(ring, place, step);
      const counts = ring[seen.result];
      counts[place] = Math.min(65_535, (counts[place] ?? 0) + 1);
      if (seen.result === 'pass') ring.latencyMs[place] = Math.max(ring.latencyMs[place] ?? 0, seen.latencyMs ?? 0);
    }
  }

  return {
    observed: (record, site, seen, wallMs) => add(record, site, seen, wallMs, false),
    remember: (record, site, seen, wallMs) => add(record, site, seen, wallMs, true),
    of(record, site, minutes, nowMs) {
      const stepMs: Scale = minutes <= 60 ? stepsMs[0] : stepsMs[1];
      const ring = ringOf(record, site, stepMs);
      const last = Math.floor(nowMs / stepMs);
      const count = Math.min(steps, Math.ceil((minutes * 60_000) / stepMs));
      const all = Array.from({ length: count }, (_, index) => last - count + 1 + index);
      const column = (counts: Uint16Array): readonly number[] =>
        all.map((step) => (ring.step[placeOf(step)] === step ? (counts[placeOf(step)] ?? 0) : 0));
      const pass = column(ring.pass);
      return {
        fromMs: (last - count + 1) * stepMs,
        stepMs,
        pass,
        fail: column(ring.fail),
        unknown: column(ring.unknown),
        latencyMs: all.map((step, index) => ((pass[index] ?? 0) > 0 ? rounded(ring.latencyMs[placeOf(step)]) : null)),
      };
    },
  };
}

function emptyRing(): Ring {
  return {
    step: new Float64Array(steps).fill(-1),
    pass: new Uint16Array(steps),
    fail: new Uint16Array(steps),
    unknown: new Uint16Array(steps),
    latencyMs: new Float32Array(steps),
  };
}

function placeOf(step: number): number {
  return ((step % steps) + steps) % steps;
}

function clear(ring: Ring, place: number, step: number): void {
  ring.step[place] = step;
  for (const column of [ring.pass, ring.fail, ring.unknown, ring.latencyMs]) column[place] = 0;
}

function rounded(ms: number | undefined): number {
  return Math.round((ms ?? 0) * 10) / 10;
}
