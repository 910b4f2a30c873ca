import type { CreateProvider, Outcome, Provider, Reading, SettingsProblems } from '../provider';
import { takeLock } from './lock';
import { look } from './look';
import { preflight } from './preflight';
import { putBack } from './put';
import { replace } from './replace';
import { readSettings, type Settings } from './settings';

export const problemsOf: SettingsProblems = (input) => {
  const read = readSettings(input);
  return read.ok ? [] : read.problems;
};

/** The adapter for an nginx on this machine whose upstream is the record: it writes the server lines, tests, reloads and asks nginx what it runs. */
export const create: CreateProvider = async (input) => {
  const read = readSettings(input);
  return read.ok ? { ok: true, provider: provider(read.settings) } : read;
};

function provider(settings: Settings): Provider {
  return {
    name: 'nginx',
    guarantees: {
      atomic: true,
      compareAndSwap: true,
      note:
        'on this machine: writers exclude each other by flock(2), the file is renamed into place and nginx takes it whole at a reload; ' +
        'requests that are under way end where they began, and a person’s edit in the instant of the rename is overwritten (it cannot hold the lock)',
    },
    async read(signal): Promise<Reading> {
      const seen = await read(settings, signal);
      if (seen.kind === 'failed') return { ok: false, code: seen.code, why: seen.why };
      const found =
        seen.kind === 'absent' ? { sets: [], marker: null, foreignMarker: null, obstacles: [] } : seen.running.found;
      return { ok: true, found, proof: 'read' };
    },
    replace: (replacement, signal): Promise<Outcome> => replace(settings, replacement, signal),
    nameservers: async () => [],
    preflight: (signal) => preflight(settings, signal),
    close: async () => undefined,
  };
}

/** What nginx runs. If a write was interrupted, what nginx runs is put back into the file first; users notice nothing of that. */
async function read(settings: Settings, signal: AbortSignal): ReturnType<typeof look> {
  const seen = await look(settings, signal);
  if (seen.kind !== 'runs' || !seen.pending) return seen;
  const lock = await takeLock(settings.paths.lock, signal);
  // Busy: the write is still under way.
  if (!lock.ok) return lock.code === 'conflict' ? seen : { kind: 'failed', code: lock.code, why: lock.why };
  try {
    const again = await look(settings, signal);
    if (again.kind !== 'runs' || !again.pending || signal.aborted) return again;
    const back = await putBack(settings.paths, again, again.file);
    if (back.ok) return again;
    const why = `a write was interrupted, and what nginx runs cannot be put back into ${settings.paths.servers}: ${back.why}`;
    return { kind: 'failed', code: back.code, why };
  } finally {
    await lock.release();
  }
}
