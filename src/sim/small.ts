import type { Marker } from '../domain/records';
import type { Durable, State } from '../domain/state';
import { initial, type step } from '../domain/step';
import type { Found, Policy } from '../domain/types';

/** A world small enough to be walked through: one record with two sites, one or two daemons, one zone. */

export const stepMs = 30_000;
export const siteNames = ['a', 'b'] as const;
export type SiteName = (typeof siteNames)[number];
/** `x`: an address of no site. */
export type Values = SiteName | 'x' | 'nothing';

export interface SmallZone {
  readonly values: Values;
  readonly marker: Marker | null;
  /** A TXT of somebody else stands at the marker's name. */
  readonly foreign: boolean;
}

/** A request to replace on its way. */
export interface Sent {
  readonly daemon: number;
  /** When a change that nobody ordered first left; null for the others. */
  readonly automaticMs: number | null;
  /** A human chose the site. */
  readonly isOrder: boolean;
  readonly from: SmallZone;
  readonly to: Values;
  readonly marker: Marker;
  /** A human had this daemon take the record over from the other owner. */
  readonly adopted: boolean;
  /** Why nobody waits for it any more, once that is so. */
  readonly fate: 'late' | 'copy' | 'crash' | 'crash without its last save' | null;
}

/** What the world itself remembers of one daemon, to judge it by. */
export interface Known {
  readonly seen: Readonly<
    Record<
      SiteName,
      { readonly passed: boolean; readonly fails: number; readonly sinceMs: number; readonly atMs: number }
    >
  >;
  readonly held: boolean;
  readonly pin: string | null;
  /** Where an order put the record, until it moves by itself: the first way home from there counts for nothing. */
  readonly ordered: string | null;
  /** A human had it take the record over, and it has not written since. */
  readonly adopted: boolean;
  /** First departure of each automatic generation, and whether it took effect. */
  readonly automatic: readonly { readonly generation: number; readonly atMs: number; readonly landed: boolean }[];
}

/** One daemon: its decision, its disk, and as much of `control` as stands between the two and the zone. */
export interface Small {
  readonly state: State;
  readonly disk: Durable | null;
  /** What the disk held before the last save. */
  readonly before: Durable | null;
  /** Generation of the attempt that is scheduled. */
  readonly due: number | null;
  readonly flight: Sent | null;
  /** A reading on its way; `generation` is the change it is for, null on the beat. */
  readonly reading: { readonly generation: number | null; readonly zone: SmallZone } | null;
  readonly verify: number | null;
  readonly known: Known;
}

/** What may still go wrong from here on. */
export interface Left {
  readonly hands: number;
  readonly orders: number;
  readonly crashes: number;
  readonly faults: number;
}

export interface World {
  readonly nowMs: number;
  readonly daemons: readonly Small[];
  readonly zone: SmallZone;
  /** Requests nobody waits for any more, which may still land. */
  readonly strays: readonly Sent[];
  readonly left: Left;
  /** Newest generation one of our writes brought into the zone. */
  readonly newest: number;
  readonly history: History;
}

/** What happened on the way here, to be told; nothing follows from it. */
export interface History {
  /** Writes that took effect and moved the record. */
  readonly switches: number;
  readonly generation: number;
  readonly owners: readonly string[];
}

export interface Setup {
  readonly policies: readonly Policy[];
  /** The zone compares and swaps. */
  readonly swaps: boolean;
  readonly left: Left;
  readonly step: typeof step;
  /**
   * `cold`: nobody has read or seen anything, and each site is seen by itself. `warm`: every daemon has read the zone, which carries the marker
   * of the first one's owner, and has seen both sites serve; both are seen in one breath. `unmarked`: the same without a marker.
   */
  readonly start: 'cold' | 'warm' | 'unmarked';
  /** How many events deep it is walked. */
  readonly depth: number;
}

const address = { a: '203.0.113.10', b: '198.51.100.7', x: '192.0.2.99' } as const;

export const smallPolicy: Policy = {
  record: 'www.example.test',
  sites: siteNames.map((name) => ({ name, sets: [{ type: 'A', ttl: 60, values: [address[name]] }] })),
  owner: 'sre',
  vantage: 'here',
  domain: 'here',
  quorum: 1,
  ttlMs: 0,
  intervalMs: 5_000,
  timeoutMs: 5_000,
  fall: 1,
  rise: 1,
  sustainMs: 0,
  confirmIntervalMs: 1_000,
  window: 0,
  downRatio: 0.4,
  upRatio: 0.1,
  failback: 'auto',
  failbackAfterMs: 0,
  dampingHalfLifeMs: stepMs,
  dampingCapMs: 0,
  maxSwitches: { count: 2, windowMs: 2 * stepMs },
  canaries: [],
  create: false,
  owned: false,
  dryRun: false,
  switchCap: 5,
  selftest: null,
  commonCauseMs: stepMs,
};

const nothing = { passed: false, fails: 0, sinceMs: 0, atMs: Number.NEGATIVE_INFINITY };
export const nothingSeen: Known['seen'] = { a: nothing, b: nothing };

export function started(disk: Durable | null, known: Known): Small {
  return { state: initial(disk), disk, before: disk, due: null, flight: null, reading: null, verify: null, known };
}

/** What a provider answers for this zone. */
export function foundIn({ values, marker, foreign }: SmallZone): Found {
  const sets = values === 'nothing' ? [] : [{ type: 'A', ttl: 60, values: [address[values]] } as const];
  return { sets, marker, foreignMarker: foreign ? 'heritage=other' : null, obstacles: [], atomic: true };
}

export function sameZone(left: SmallZone, right: SmallZone): boolean {
  return left.values === right.values && left.foreign === right.foreign && sameMarker(left.marker, right.marker);
}

function sameMarker(left: Marker | null, right: Marker | null): boolean {
  if (left === null || right === null) return left === right;
  return left.owner === right.owner && left.generation === right.generation && left.site === right.site;
}
