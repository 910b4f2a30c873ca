import type { Durable } from '../domain/state';
import type { SavedClock } from './clock';
import { isDurable } from './durable';
import type { SealedRow } from './sealed';
import { fields, number, parsed, text } from './shape';

/** What stands in the sealed rows, from JSON and back. */

/** Largest state of one service, in characters of JSON. */
export const stateLimit = 1024 * 1024;

const savedClock = fields<SavedClock>({ bootId: text, uptimeMs: number, nowMs: number });

/** A service's state, and when it was saved on the lasting clock: from that the clock can be set again if its own row is lost. */
export interface SavedState {
  readonly clockMs: number;
  readonly durable: Durable;
}

const savedState = fields<SavedState>({ clockMs: number, durable: isDurable });

/** A state as it will be stored and as it will be loaded; null for one that could not be loaded again. Never throws. */
export function sealState(state: SavedState): { readonly json: string; readonly state: SavedState } | null {
  try {
    const json = JSON.stringify(state);
    const again = json.length <= stateLimit ? readState(json) : null;
    return again === null ? null : { json, state: again };
  } catch {
    return null;
  }
}

export function readState(json: string): SavedState | null {
  const value = parsed(json);
  return savedState(value) ? value : null;
}

export function clockRow(clock: SavedClock): SealedRow {
  return { table: 'meta', key: 'clock', json: JSON.stringify(clock) };
}

export function readClock(json: string): SavedClock | null {
  const value = parsed(json);
  return savedClock(value) && value.nowMs >= 0 ? value : null;
}

export function instanceRow(instance: string): SealedRow {
  return { table: 'meta', key: 'instance', json: JSON.stringify(instance) };
}

export function readInstance(json: string): string | null {
  const value = parsed(json);
  return text(value) && /^[0-9a-f-]{36}$/.test(value) ? value : null;
}
