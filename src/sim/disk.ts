import type { JournalLine, Saved } from '../control/ports';
import type { Durable } from '../domain/state';
import { readState, sealState } from '../store/rows';

/** `broken`: nothing can be written; `lost`: says it is saved, and a crash shows that it was not; `torn`: a crash leaves half of it. */
export type DiskFault = 'full' | 'broken' | 'lost' | 'torn';

/** The disk of one host, as far as one service has its state on it. */
export interface Disk {
  save(clockMs: number, durable: Durable, lines: readonly JournalLine[]): Saved;
  /** Journal lines without state. */
  journal(lines: readonly JournalLine[]): Saved;
  load(): Durable | null;
  /** What the journal holds, oldest first; bounded. */
  lines(): readonly JournalLine[];
  /** What was not safe is gone. */
  crash(): void;
  /** It is lost with all that was on it. */
  wipe(): void;
  /** How often anything was lost that was said to be saved. */
  forgot(): number;
}

const keptLines = 1_000;

export function createDisk(fault: () => DiskFault | 'ok'): Disk {
  let json: string | null = null;
  let safe: string | null = null;
  let torn = false;
  let forgot = 0;
  const lines: JournalLine[] = [];
  /** So many of the newest lines a crash would take. */
  let unsafe = 0;

  function append(added: readonly JournalLine[], how: DiskFault | 'ok'): void {
    lines.push(...added);
    unsafe = how === 'ok' ? 0 : unsafe + added.length;
    if (lines.length > 2 * keptLines) lines.splice(0, lines.length - keptLines);
  }

  return {
    save(clockMs, durable, added) {
      const how = fault();
      const refused = refusal(how);
      if (refused !== null) return refused;
      const sealed = sealState({ clockMs, durable });
      if (sealed === null) return { ok: false, code: 'failed', why: 'the state cannot be sealed' };
      json = sealed.json;
      torn = how === 'torn';
      if (how === 'ok') safe = json;
      append(added, how);
      return { ok: true };
    },
    journal(added) {
      const how = fault();
      const refused = refusal(how);
      if (refused !== null) return refused;
      append(added, how);
      return { ok: true };
    },
    lines: () => lines,
    load: () => (json === null ? null : (readState(json)?.durable ?? null)),
    crash() {
      lines.splice(Math.max(0, lines.length - unsafe));
      unsafe = 0;
      if (json === safe) return;
      // A torn row does not match its seal, and counts as none.
      json = torn ? null : safe;
      safe = json;
      forgot += 1;
    },
    wipe() {
      json = null;
      safe = null;
      lines.length = 0;
      unsafe = 0;
      forgot += 1;
    },
    forgot: () => forgot,
  };
}

function refusal(how: DiskFault | 'ok'): Saved | null {
  if (how === 'full') return { ok: false, code: 'full', why: 'injected: no space left' };
  return how === 'broken' ? { ok: false, code: 'failed', why: 'injected: EIO: i/o error, write' } : null;
}
