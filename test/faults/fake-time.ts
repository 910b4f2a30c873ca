import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The wall clock of one process, in our hands. */
export interface FakeTime {
  /** For that process. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets its wall clock against the real one, as faketime(1) writes it: `-12y`, `+1h`. */
  set(offset: string): void;
}

/** faketime(1), told through a file in that directory; null: it is not installed. Clocks that only count on are left alone. */
export function fakeTime(): ((directory: string) => FakeTime) | null {
  const folders = ['/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))];
  const library = folders.map((folder) => join(folder, 'faketime/libfaketimeMT.so.1')).find((path) => existsSync(path));
  if (library === undefined) return null;
  return (directory) => {
    const file = join(directory, 'faketime');
    const set = (offset: string): void => writeFileSync(file, `${offset}\n`);
    set('+0');
    const env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    return { env, set };
  };
}
