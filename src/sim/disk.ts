import type { Saved } from '../control/ports';
import type { Durable } from '../domain/state';
import { readState, sealState } from '../store/rows';

/** `lost`: says it is saved, and a crash shows that it was not; `torn`: a crash leaves half of it. */
export type DiskFault = 'full' | 'lost' | 'torn';

/** The disk of one host, as far as one service has its state on it. */
export interface Disk {
  save(clockMs: number, durable: Durable): Saved;
  load(): Durable | null;
  /** What was not safe is gone. */
  crash(): void;
  /** It is lost with all that was on it. */
  wipe(): void;
  /** Whether anything was ever lost that was said to be saved. */
  forgot(): boolean;
}

export function createDisk(fault: () => DiskFault | 'ok'): Disk {
  let json: string | null = null;
  let safe: string | null = null;
  let torn = false;
  let forgot = false;
  return {
    save(clockMs, durable) {
      const how = fault();
      if (how === 'full') return { ok: false, code: 'full', why: 'injected: no space left' };
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
      forgot = true;
    },
    wipe() {
      json = null;
      safe = null;
      forgot = true;
    },
    forgot: () => forgot,
  };
}
