import type { Saved } from '../control/ports';
import type { Durable } from '../domain/state';
import { readState, sealState } from '../store/rows';

/** `broken`: nothing can be written; `lost`: says it is saved, and a crash shows that it was not; `torn`: a crash leaves half of it. */
export type DiskFault = 'full' | 'broken' | 'lost' | 'torn';

/** The disk of one host, as far as one service has its state on it. */
export interface Disk {
  save(clockMs: number, durable: Durable): Saved;
  load(): Durable | null;
  /** What was not safe is gone. */
  crash(): void;
  /** It is lost with all that was on it. */
  wipe(): void;
  /** How often anything was lost that was said to be saved. */
  forgot(): number;
}

export function createDisk(fault: () => DiskFault | 'ok'): Disk {
  let json: string | null = null;
  let safe: string | null = null;
  let torn = false;
  let forgot = 0;
  return {
    save(clockMs, durable) {
      const how = fault();
      if (how === 'full') return { ok: false, code: 'full', why: 'injected: no space left' };
      if (how === 'broken') return { ok: false, code: 'failed', why: 'injected: EIO: i/o error, write' };
      const sealed = sealState({ clockMs, durable });
      if (sealed === null) return { ok: false, code: 'failed', why: 'the state cannot be sealed' };
      json = sealed.json;
      torn = how === 'torn';
      if (how === 'ok') safe = json;
      return { ok: true };
    },
    load: () => (json === null ? null : (readState(json)?.durable ?? null)),
    crash() {
      if (json === safe) return;
      // A torn row does not match its seal, and counts as none.
      json = torn ? null : safe;
      safe = json;
      forgot += 1;
    },
    wipe() {
      json = null;
      safe = null;
      forgot += 1;
    },
    forgot: () => forgot,
  };
}
