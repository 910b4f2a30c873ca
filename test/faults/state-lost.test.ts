import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openFile } from '../../src/store/file';
import type { Sqlite } from '../../src/store/sqlite';
import { StateFile } from '../../src/store/transactions';
import { type Daemon, openWorld, ready, until, type World } from '../live/harness';
import { opened, place, record } from '../store/place';
import { after, ownNamespace } from './namespace';

/** Disks that fill up, break or lose the state, under the real daemon where that can be had. */

/** The stories mostly wait: they are told at once, each in a world of its own. */
function story(name: string, net: number, tell: (world: World) => Promise<void>): void {
  test.concurrent(name, async () => {
    const world = await openWorld(net);
    try {
      await tell(world);
    } finally {
      await world.close();
    }
  }, 60_000);
}

const settledAt = (daemon: Daemon, site: string) => async (): Promise<boolean> => {
  const status = await daemon.status();
  return status?.active === site && status.write === 'settled';
};
const alertsOf = async (daemon: Daemon): Promise<readonly string[]> =>
  (await daemon.status())?.alerts.filter((alert) => alert.page).map((alert) => alert.code) ?? [];

const mounting = ownNamespace('mount');
if (mounting !== null) {
  describe('a disk that fills up while all is well', () => {
    const fill: readonly (readonly [name: string, net: number, options: string, bytes: number, saved: boolean])[] = [
      ['S01 no room', 160, 'size=4m', 4_096, false],
      ['S08 no inodes', 161, 'size=4m,nr_inodes=20', 0, true],
    ];
    for (const [name, net, options, bytes, saved] of fill) {
      story(
        `${name}: the failover is made, what cannot be saved is paged, and saved once it can`,
        net,
        async (world) => {
          const mount = `mount -t tmpfs -o mode=700,${options} tmpfs "$0"`;
          const daemon = world.startWith(world.env, after(mounting, mount, world.stateDir));
          expect(await until(15_000, ready(daemon, 'a'))).toBe(true);
          const fillers = fillUp(daemon.stateDir, bytes);
          world.sites[0]?.signal('SIGKILL');
          expect(await until(15_000, settledAt(daemon, 'b'))).toBe(true);
          expect(await world.answer()).toBe(world.sites[1]?.address);
          expect(await until(3_000, async () => (await alertsOf(daemon)).includes('unsaved') === !saved)).toBe(true);
          for (const filler of fillers) rmSync(filler);
          expect(await until(5_000, async () => !(await alertsOf(daemon)).includes('unsaved'))).toBe(true);
          const history = await daemon.history();
          expect(history.filter((row) => row.code === 'switched').map((row) => row.data['to'])).toEqual(['a', 'b']);
          daemon.signal('SIGTERM');
          expect(await daemon.exited).toBe(0);
        },
      );
    }
  });
}

/** Takes every last byte, or with no bytes every last inode, of the disk a directory is on. */
function fillUp(directory: string, bytes: number): readonly string[] {
  const files: string[] = [];
  try {
    for (;;) {
      const path = join(directory, `filler-${files.length}`);
      const file = openSync(path, 'w');
      files.push(path);
      try {
        while (bytes > 0) writeSync(file, Buffer.alloc(bytes));
      } finally {
        closeSync(file);
      }
    }
  } catch {
    return files;
  }
}

test('S02 a commit that could not be synced is taken for lost: a fresh handle writes everything again', () => {
  const here = place();
  opened(here.options).store.close();
  const { directory, uid } = here.options;
  const at = { directory, path: join(directory, 'failoverd.db'), uid, limitBytes: 2 ** 30 };
  const first = openFile(at, true, null);
  if (!first.ok) throw new Error(first.why);
  const commits: string[] = [];
  const breaking: Sqlite = {
    ...first.sqlite,
    exec(sql) {
      if (sql === 'COMMIT') {
        commits.push(sql);
        throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
      }
      first.sqlite.exec(sql);
    },
  };
  const known = { table: 'state', key: 'known.example.test', json: '{}' } as const;
  const file = new StateFile(at, { ...first, sqlite: breaking }, [known]);
  const put = () => file.write((transaction) => transaction.put({ table: 'state', key: record, json: '{"n":1}' }));
  expect(put()).toMatchObject({ ok: false, code: 'failed', why: expect.stringContaining('SQLITE_IOERR_FSYNC') });
  expect(put()).toEqual({ ok: true });
  expect(commits).toHaveLength(1);
  const rows = file.read((sqlite) => sqlite.number('SELECT count(*) FROM state'), 0);
  expect(rows).toBe(2);
  file.close();
  here.remove();
});

story('S04 the database is lost: DNS says where we are, nothing is moved, generations go on', 162, async (world) => {
  const before = world.start();
  expect(await until(15_000, ready(before, 'a'))).toBe(true);
  await world.sites[0]?.say('sick');
  expect(await until(15_000, settledAt(before, 'b'))).toBe(true);
  expect((await before.status())?.generation).toBe(2);
  before.signal('SIGKILL');
  await before.exited;
  writeFileSync(join(world.stateDir, 'failoverd.db'), 'not a database '.repeat(1_000));
  await world.sites[0]?.say('well');

  const daemon = world.start();
  expect(await until(15_000, ready(daemon, 'b'))).toBe(true);
  expect(JSON.stringify(daemon.log)).toMatch(/was damaged .* kept as .*failoverd\.db\.corrupt-1/);
  expect(await daemon.status()).toMatchObject({ active: 'b', generation: 2, hold: null, alerts: [] });
  expect((await daemon.history()).filter((row) => row.code === 'sending')).toEqual([]);
  await world.sites[1]?.say('sick');
  expect(await until(15_000, settledAt(daemon, 'a'))).toBe(true);
  expect((await daemon.status())?.generation).toBe(3);
});

story('S09 a log that takes nothing: decisions go on, and the history has them', 163, async (world) => {
  const daemon = world.startWith(world.env, ['sh', '-c', 'exec "$@" >/dev/full', 'sh']);
  expect(await until(15_000, ready(daemon, 'a'))).toBe(true);
  expect(daemon.log).toEqual([]);
  world.sites[0]?.signal('SIGKILL');
  expect(await until(15_000, settledAt(daemon, 'b'))).toBe(true);
  expect((await daemon.history()).some((row) => row.code === 'switched' && row.data['to'] === 'b')).toBe(true);
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
});
