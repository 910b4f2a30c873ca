import { chmodSync, chownSync, lchownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSqlite } from '../../src/store/sqlite';
import { canary, mustNotShow } from '../canary';
import { startDaemon } from '../live/harness';
import { opened, place } from '../store/place';
import { after, ownNamespace } from './namespace';

/** What a daemon must not start on: it ends with 78, which systemd does not repeat, and says what to do. */

let here = place();
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const isRoot = process.getuid?.() === 0;
const token = `${canary}-5e0d1a2b3c4f`;

interface Spoilt {
  readonly env?: Readonly<Record<string, string>>;
  /** A file that must be as it was afterwards. */
  readonly untouched?: string;
}

async function start({ env = {} }: Spoilt, inside: readonly string[] = []): Promise<{ code: unknown; said: string }> {
  const { directory } = here.options;
  const least = {
    PATH: process.env['PATH'] ?? '',
    FAILOVERD_RECORD: 'www.example.test',
    FAILOVERD_SITES: 'a=203.0.113.10,b=198.51.100.7',
    FAILOVERD_CHECK: `https:///health?token=${canary}check`,
    FAILOVERD_NOTIFY_SECRET: `${canary}-shared`,
    FAILOVERD_STATE_DIR: directory,
    FAILOVERD_LISTEN: 'off',
    BUILTIN_DNS_LISTEN: '127.0.0.1:0',
  };
  const daemon = startDaemon({ ...least, ...env }, directory, 0, inside);
  const timer = setTimeout(() => daemon.signal('SIGKILL'), 10_000);
  const code = await daemon.exited;
  clearTimeout(timer);
  const said = JSON.stringify(daemon.log);
  mustNotShow([['log', said]]);
  return { code, said };
}

function directoryOf(mode: number): void {
  mkdirSync(here.options.directory);
  chmodSync(here.options.directory, mode);
}

/** A state directory as a running daemon leaves it. */
function past(sql: string): string {
  opened(here.options).store.close();
  const path = join(here.options.directory, 'failoverd.db');
  const sqlite = openSqlite(path);
  sqlite.exec(sql);
  sqlite.close();
  return path;
}

const rows: readonly (readonly [name: string, says: RegExp, spoil: () => Spoilt])[] = [
  [
    'S07 a state directory that cannot be made',
    /\/proc\/nowhere\/state.*cannot be used/,
    () => ({ env: { FAILOVERD_STATE_DIR: '/proc/nowhere/state' } }),
  ],
  [
    'S07 a file in its place',
    /is not a directory: move it away/,
    () => {
      writeFileSync(here.options.directory, '');
      return {};
    },
  ],
  [
    'S07 one that others may write to',
    /mode 0777.*chmod 700/,
    () => {
      directoryOf(0o777);
      return {};
    },
  ],
  [
    "S07 somebody else's",
    /belongs to uid \d+, failoverd runs as uid \d+: chown/,
    () => {
      if (!isRoot) return { env: { FAILOVERD_STATE_DIR: '/usr' } };
      directoryOf(0o700);
      chownSync(here.options.directory, 12_345, 12_345);
      return {};
    },
  ],
  [
    'S07 a symlink where the database should be',
    /failoverd\.db is not a regular file/,
    () => {
      directoryOf(0o700);
      symlinkSync('/etc/passwd', join(here.options.directory, 'failoverd.db'));
      return { untouched: '/etc/passwd' };
    },
  ],
  [
    'S05 a state of a later version',
    /schema 9, this failoverd knows up to \d+: run the newer failoverd/,
    () => ({ untouched: past('PRAGMA user_version = 9') }),
  ],
  [
    'F10 a secret that others may read',
    /FAILOVERD_API_TOKEN_FILE.*mode 0644.*chmod 600/,
    () => {
      const path = join(here.outer, 'token');
      writeFileSync(path, token);
      chmodSync(path, 0o644);
      return { env: { FAILOVERD_API_TOKEN_FILE: path } };
    },
  ],
];

test.each(rows)('%s', async (_, says, spoil) => {
  const spoilt = spoil();
  const before = spoilt.untouched === undefined ? '' : readFileSync(spoilt.untouched, 'latin1');
  const { code, said } = await start(spoilt);
  expect(said).toMatch(says);
  expect(code).toBe(78);
  if (spoilt.untouched !== undefined) expect(readFileSync(spoilt.untouched, 'latin1')).toBe(before);
});

if (isRoot) {
  test("S07 somebody else's symlink to a directory of ours", async () => {
    mkdirSync(join(here.outer, 'real'), { mode: 0o700 });
    symlinkSync('real', here.options.directory);
    lchownSync(here.options.directory, 12_345, 12_345);
    const { code, said } = await start({});
    expect(said).toMatch(/symlink that belongs to uid 12345/);
    expect(code).toBe(78);
    rmSync(here.options.directory);
  });
}

const mounting = ownNamespace('mount');
if (mounting !== null) {
  const mounts: readonly (readonly [string, string, RegExp])[] = [
    ['S03 a read-only disk', 'ro,mode=700', /EROFS|read-only/],
    ['S08 a disk without a free inode', 'mode=700,nr_inodes=1', /ENOSPC/],
    ['S01 a disk without room', 'mode=700,size=4k', /SQLITE_FULL|SQLITE_IOERR|disk is full/],
  ];
  test.each(mounts)('%s', async (_, options, says) => {
    mkdirSync(here.options.directory, { mode: 0o700 });
    const inside = after(mounting, `mount -t tmpfs -o ${options} tmpfs "$0"`, here.options.directory);
    const { code, said } = await start({}, inside);
    expect(said).toMatch(says);
    // Not a setting: tried again, it may work.
    expect(code).toBe(1);
  });
}
