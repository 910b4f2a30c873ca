/** One place that a promise rests on, removed or turned round in the compiled code. */
export interface Mutant {
  /** What would be wrong then; the well-known mistakes begin with their name below. */
  readonly name: string;
  /** Below `dist/`. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly put: string;
  /** Test files below `test/` of which one must turn red; absent: the simulator must find it. */
  readonly tests?: readonly string[];
  /** Nobody can notice, because something else stands behind it: what that is. */
  readonly spare?: string;
}

/** Mistakes that tools of this kind were known for: each is made once more, by this name. */
export const classics = [
  'check-then-write without fence',
  'delete-then-create',
  'retry without re-justifying',
  'counting failures while isolated',
  'first probe decides',
  'wall clock in a cooldown',
  'verify through a resolver',
  'edge-triggered write',
  'budget kept in memory only',
  'failback damping applied to failover',
  'replaying a backlog after reconnection',
] as const;

/** So many seeds the simulator is given. */
export const maxSeeds = 60;
