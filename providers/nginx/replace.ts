import { markerText, recordSet, sameValues, valuesKey } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import type { Outcome, Replacement } from '../provider';
import { run, said } from './command';
import { parseServers, writable, writeServers } from './document';
import { takeLock } from './lock';
import { look } from './look';
import { putBack, putForward, putMarker, putMarkerBack } from './put';
import { askRunning, settled } from './running';
import type { Settings } from './settings';

/**
 * lock → look → compare → previous, marker, server lines into place → test → reload → nginx states the new marker.
 * Where the servers stay who they are, only the marker is put into place; the rest is the same.
 *
 * A refusal on the way puts the files back. Once the reload was asked for they stay: the outcome is unknown until nginx tells, and
 * the next reading puts back what did not take effect.
 */
export async function replace(settings: Settings, replacement: Replacement, signal: AbortSignal): Promise<Outcome> {
  const why = objection(replacement);
  if (why !== null) return { code: 'denied', why };
  const lock = await takeLock(settings.paths.lock, signal);
  if (!lock.ok) return lock;
  try {
    return await swap(settings, replacement, lock.held, signal);
  } finally {
    await lock.release();
  }
}

async function swap(
  settings: Settings,
  { from, to, marker }: Replacement,
  held: () => boolean,
  signal: AbortSignal,
): Promise<Outcome> {
  const { paths } = settings;
  const seen = await look(settings, signal);
  if (seen.kind === 'failed') return { code: seen.code === 'denied' ? 'denied' : 'unavailable', why: seen.why };
  const now = seen.kind === 'absent' ? nothing : seen.running.found;
  if (shown(now) !== shown(from))
    return { code: 'conflict', why: `${paths.servers} is no longer what was read: ${shown(now)}` };
  if (now.obstacles.length > 0) return { code: 'denied', why: `${paths.servers}: ${now.obstacles.join('; ')}` };
  if (now.foreignMarker !== null)
    return { code: 'denied', why: `${paths.servers} is somebody else's: ${now.foreignMarker}` };

  const next = parseServers(writeServers(settings, to, settings.backups(to), marker), settings);
  if (signal.aborted || !held())
    return { code: 'unavailable', why: 'the deadline passed, or the lock was lost, before anything was written' };
  // Lines that nginx has not loaded must not be loaded by the way.
  const alone = seen.kind === 'runs' && !seen.pending && sameValues(now.sets, to) ? seen : null;
  const stopped = alone === null ? await putForward(paths, seen, next) : await putMarker(paths, alone, next.statement);
  if (stopped !== null) return stopped;
  const undone = async (code: 'denied' | 'unavailable', why: string): Promise<Outcome> => {
    const back = alone === null ? await putBack(paths, seen, next) : await putMarkerBack(paths, alone, next.statement);
    return back.ok
      ? { code, why }
      : { code: 'unknown', why: `${why}; and the files could not be put back: ${back.why}` };
  };

  const tested = await run(settings.test, signal);
  if (tested.kind === 'killed') return undone('unavailable', tested.why);
  if (tested.kind === 'not-started') return undone(signal.aborted ? 'unavailable' : 'denied', tested.why);
  if (tested.status !== 0)
    return undone('denied', `nginx refuses the configuration: ${ending(settings.test, tested.status, tested.output)}`);

  const reloaded = await run(settings.reload, signal);
  if (reloaded.kind === 'not-started') return undone(signal.aborted ? 'unavailable' : 'denied', reloaded.why);
  if (reloaded.kind === 'ended' && reloaded.status !== 0) {
    const why = `nginx was not reloaded: ${ending(settings.reload, reloaded.status, reloaded.output)}`;
    const failed = await undone('denied', why);
    const asked = await askRunning(settings, signal);
    return asked.ok && asked.statement === next.statement ? { ...failed, code: 'unknown' } : failed;
  }
  const shows = await settled(settings, next.statement, signal);
  if (shows.ok) return { code: 'applied', why: `nginx runs ${markerText(marker)}` };
  const why = `nginx was told to reload, but is not seen to run the new servers: ${shows.why}; its error log says more`;
  return { code: 'unknown', why };
}

const nothing: Found = { sets: [], marker: null, foreignMarker: null, obstacles: [] };

/** Why those sets can never be written; null when they can. */
function objection({ to, marker }: Replacement): string | null {
  if (to.length === 0 || to.some((set) => set.values.length === 0)) return 'no server would be left: refused';
  if (to.some((set) => set.type === 'CNAME'))
    return 'nginx would resolve a host name once and keep it; give the site addresses';
  const normal = to.flatMap((set) => recordSet(set.type, set.ttl, set.values) ?? []);
  if (valuesKey(normal) !== valuesKey(to)) return `not in normal form: ${valuesKey(to).slice(0, 200)}`;
  return writable(marker) ? null : `a marker cannot hold ${markerText(marker).slice(0, 200)}`;
}

function ending(command: readonly string[], status: number, output: string): string {
  return `"${command.join(' ')}" ends with status ${status}: ${said(output)}`;
}

/** What was found, in one line; equal exactly when it is the same. TTLs are not in the file. */
function shown({ sets, marker, foreignMarker }: Found): string {
  const text = marker === null ? (foreignMarker ?? 'no marker') : markerText(marker);
  return `${valuesKey(sets) || 'no servers'}; ${text}`;
}
