import { markerName } from '../../src/domain/records';
import type { Answer, Api, Row, Zone } from './api';
import { lockText } from './snapshot';

/**
 * Keeps failoverd writers of one name apart. Without compare-and-swap two of them would mix their calls; but both services refuse a
 * second record with the same name, type and value, so whoever makes the lock record holds it, and removes it when done.
 *
 * A writer that died leaves its lock. Our own, of an attempt that broke off, is removed at once; another's when it has stood for
 * longer than a write may take. Only one of several can remove it, by its id.
 */
export interface Lock {
  /** Tells which locks a listing showed: the patience with another's lock counts from its first sight. */
  seen(locks: readonly Row[]): void;
  /** `exists`: another writer holds it. */
  take(zone: Zone, ttl: number, signal: AbortSignal): Promise<Answer<null>>;
  /** Tries once; what is left is removed by the next `take`. */
  release(zone: Zone, signal: AbortSignal): Promise<void>;
}

/** Longer than control lets a replacement run (15 s), in which every call of it has ended or was given up. */
export const patienceMs = 20_000;

/** `nowMs` is a clock that only moves forward. */
export function openLock(api: Api, record: string, nowMs: () => number): Lock {
  const name = markerName(record);
  let own: string | null = null;
  let other: { readonly id: string; readonly sinceMs: number } | null = null;

  function seen(locks: readonly Row[]): void {
    const [first] = locks.filter(({ id }) => id !== own);
    if (first === undefined) other = null;
    else if (other?.id !== first.id) other = { id: first.id, sinceMs: nowMs() };
  }

  async function remove(zone: Zone, id: string, signal: AbortSignal): Promise<Answer<null>> {
    const answer = await api.remove(zone, id, signal);
    return !answer.ok && answer.code === 'gone' ? { ok: true, value: null } : answer;
  }

  async function make(zone: Zone, ttl: number, signal: AbortSignal): Promise<Answer<null>> {
    const made = await api.create(zone, name, { type: 'TXT', value: lockText, ttl }, signal);
    if (!made.ok) return made;
    own = made.value;
    other = null;
    return { ok: true, value: null };
  }

  return {
    seen,
    async take(zone, ttl, signal) {
      if (own !== null) {
        const removed = await remove(zone, own, signal);
        if (!removed.ok) return removed;
        own = null;
      }
      const made = await make(zone, ttl, signal);
      if (made.ok || made.code !== 'exists') return made;
      const listed = await api.list(zone, name, signal);
      if (!listed.ok) return listed;
      seen(listed.value.filter(({ type, value }) => type === 'TXT' && value.includes(lockText)));
      if (other === null) return { ok: false, code: 'exists', why: `${made.why}; the lock was taken this moment` };
      const heldMs = nowMs() - other.sinceMs;
      if (heldMs < patienceMs) {
        const why = `another writer holds the lock at ${name}, for ${Math.round(heldMs / 1_000)} s that we know of; after ${patienceMs / 1_000} s it is taken over`;
        return { ok: false, code: 'exists', why };
      }
      const removed = await remove(zone, other.id, signal);
      return removed.ok ? make(zone, ttl, signal) : removed;
    },
    async release(zone, signal) {
      if (own === null) return;
      const removed = await remove(zone, own, signal);
      if (removed.ok) own = null;
    },
  };
}
