import type { Guarantees, Provider, ProviderInput } from '../provider';
import type { Api, Zone } from './api';
import { openLock } from './lock';
import { openName } from './managed-name';
import { findings } from './preflight';
import { replace } from './replace';

export interface PerRecord {
  readonly name: string;
  /** What a key should belong to, as the vendor calls it. */
  readonly user: string;
  /** The variable that holds the token of temporary credentials; null: they are lasting. */
  readonly temporary: string | null;
  readonly api: Api;
  readonly input: ProviderInput;
  /** The greatest TTL the service takes, in seconds. */
  readonly ttlCeiling: number;
  /** A clock that only moves forward. */
  readonly nowMs: () => number;
}

const guarantees: Guarantees = {
  atomic: false,
  compareAndSwap: false,
  note:
    'Every record is changed by a call of its own: one address for another is one call and no mixture, several are seen one after the other. ' +
    'failoverd writers exclude each other by a lock record, but what a human edits between our look and our call (two round trips) ' +
    'is overwritten, and a call that the network delivers late takes effect late.',
};

/** The provider on top of an API that changes one record per call. */
export function perRecord({ name: provider, user, temporary, api, input, ttlCeiling, nowMs }: PerRecord): Provider {
  const lock = openLock(api, input.record, nowMs);
  const name = openName(api, lock, input.record, input.zone);
  const ttlIn = (zone: Zone, ttl: number): number => Math.min(Math.max(ttl, zone.ttlFloor ?? 1), ttlCeiling);
  const { note } = guarantees;
  const checked = { api, name, ttl: input.ttl, ttlIn, note, words: { provider, user }, temporary };
  return {
    name: provider,
    guarantees,
    async read(signal) {
      const looked = await name.look(signal);
      if (looked.ok) return { ok: true, found: looked.value.seen.found, proof: 'dns' };
      const { code, why } = looked;
      const failure = code === 'no-zone' ? 'denied' : code === 'exists' || code === 'gone' ? 'unknown' : code;
      return { ok: false, code: failure, why };
    },
    replace: (wanted, signal) => replace({ api, name, lock, ttlIn }, wanted, signal),
    async nameservers(signal) {
      const located = await name.locate(signal);
      return located.ok ? located.value.nameServers : [];
    },
    preflight: (signal, thorough = false) => findings(checked, signal, thorough),
    close: async () => {},
  };
}
