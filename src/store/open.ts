import { join } from 'node:path';
import type { Machine } from './boot';
import { secureDirectory, secureFile } from './directory';
import { openFile } from './file';
import { load } from './load';
import { takeLock } from './lock';
import { type OpenStore, sqliteStore } from './store';
import { StateFile } from './transactions';

export interface StoreOptions extends Machine {
  readonly directory: string;
  readonly uid: number;
  readonly pid: number;
  /** The database never grows beyond this; history gives way before it. */
  readonly limitBytes?: number;
}

export type Opened =
  | { readonly ok: true; readonly store: OpenStore; readonly notes: readonly string[] }
  | {
      readonly ok: false;
      readonly code: 'insecure' | 'misplaced' | 'newer' | 'locked' | 'unusable';
      readonly why: string;
    };

const defaultLimitBytes = 2 ** 30;

/**
 * Opens the state directory for this process alone and reads everything that must survive a restart. What is damaged is set
 * aside and noted; what somebody else could have written is refused. Never throws.
 */
export function openStore(options: StoreOptions): Opened {
  const secured = secureDirectory(options.directory, options.uid);
  if (!secured.ok) return secured;
  const directory = secured.path;
  const lockPath = join(directory, 'failoverd.lock');
  const lockFile = secureFile(lockPath, options.uid);
  if (!lockFile.ok) return lockFile;
  const lock = takeLock(lockPath, options.pid);
  if (!lock.ok) return lock;
  const place = {
    directory,
    path: join(directory, 'failoverd.db'),
    uid: options.uid,
    limitBytes: options.limitBytes ?? defaultLimitBytes,
  };
  const opened = openFile(place, true, null);
  if (!opened.ok) {
    lock.release();
    return opened;
  }
  const loaded = load(directory, opened);
  if (!loaded.ok) {
    new StateFile(place, opened, []).close();
    lock.release();
    return loaded;
  }
  const store = sqliteStore(new StateFile(place, opened, loaded.rows), options, loaded, lock.release);
  return {
    ok: true,
    store,
    notes: [...secured.notes, ...lockFile.notes, ...lock.notes, ...opened.notes, ...loaded.notes],
  };
}
