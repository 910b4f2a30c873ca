import { execFile, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type Daemon, openWorld, ready, until, type World } from '../live/harness';
import { passOver } from '../servers/installed';
import { after, ownNamespace } from './namespace';

/** The real daemon on a machine that fails it: its disk, its log, its file descriptors, its network. */

/** The stories mostly wait: they are told at once, each in a world of its own. */
function story(name: string, net: number, tell: (world: World) => Promise<void>): void {
  test.concurrent(name, async () => {
    const world = await openWorld(net);
    try {
      await tell(world);
    } finally {
      await world.close();
    }
  }, 240_000);
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
          expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
          const fillers = fillUp(daemon.stateDir, bytes);
          world.sites[0]?.signal('SIGKILL');
          expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);
          expect(await world.answer()).toBe(world.sites[1]?.address);
          expect(await until(20_000, async () => (await alertsOf(daemon)).includes('unsaved') === !saved)).toBe(true);
          for (const filler of fillers) rmSync(filler);
          expect(await until(20_000, async () => !(await alertsOf(daemon)).includes('unsaved'))).toBe(true);
          const history = await daemon.history();
          expect(history.filter((row) => row.code === 'switched').map((row) => row.data['to'])).toEqual(['a', 'b']);
          daemon.signal('SIGTERM');
          expect(await daemon.exited).toBe(0);
        },
      );
    }
  });
}

/** A file system of its own on a file: what `remount,abort` makes read-only while files on it are open, as ext4 does after an error. */
const disk = 'mount -o loop "$0/disk" "$0" && chmod 700 "$0"';
const madeDisk = `truncate -s 16M "$0/disk" && mkfs.ext4 -q "$0/disk" && ${disk}`;
if (mounting !== null && turnsReadOnly(mounting)) {
  story(
    'S03 a disk that turns read-only: switches are made, a page says so, the old state is whole',
    165,
    async (world) => {
      const [home, standby] = world.sites;
      const before = world.startWith(world.env, after(mounting, madeDisk, world.stateDir));
      expect(await until(20_000, ready(before, 'a'))).toBe(true);
      const abort = ['--mount', `--target=${before.pid}`, 'mount', '-o', 'remount,abort', world.stateDir];
      expect(spawnSync('nsenter', abort).status).toBe(0);
      home?.signal('SIGKILL');
      expect(await until(20_000, settledAt(before, 'b'))).toBe(true);
      expect(await world.answer()).toBe(standby?.address);
      expect(await until(20_000, async () => (await alertsOf(before)).includes('unsaved'))).toBe(true);
      await home?.revive();
      expect(await until(20_000, ready(before, 'b'))).toBe(true);
      await standby?.say('sick');
      expect(await until(20_000, settledAt(before, 'a'))).toBe(true);
      expect(await world.answer()).toBe(home?.address);
      before.signal('SIGTERM');
      expect(await before.exited).toBe(0);

      const daemon = world.startWith(world.env, after(mounting, disk, world.stateDir));
      expect(await until(20_000, async () => (await daemon.status())?.active === 'a')).toBe(true);
      expect(JSON.stringify(daemon.log)).not.toMatch(/damaged|corrupt/);
      expect((await daemon.status())?.generation).toBe(1);
      const history = await daemon.history();
      expect(history.filter((row) => row.code === 'switched').map((row) => row.data['to'])).toEqual(['a']);
    },
  );
}

/** Mounts the same disk once more, with room again. */
const emptied = `${disk} && rm -f "$0"/filler-*`;
if (mounting !== null && turnsReadOnly(mounting)) {
  const full: readonly (readonly [what: string, net: number, bytes: number])[] = [
    ['S01 no room', 166, 4_096],
    ['S08 no inodes', 167, 0],
  ];
  for (const [what, net, bytes] of full)
    story(`${what}: the failover outlives kill -9, though the disk had no room for it`, net, async (world) => {
      const [home, standby] = world.sites;
      const before = world.startWith(world.env, after(mounting, madeDisk, world.stateDir));
      expect(await until(20_000, ready(before, 'a'))).toBe(true);
      fillUp(before.stateDir, bytes);
      await home?.say('sick');
      expect(await until(20_000, settledAt(before, 'b'))).toBe(true);
      before.signal('SIGKILL');
      await before.exited;
      const daemon = world.startWith(world.env, after(mounting, emptied, world.stateDir));
      expect(await until(20_000, async () => (await daemon.status())?.active === 'b')).toBe(true);
      expect(await world.answer()).toBe(standby?.address);
      expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);
      expect((await daemon.status())?.generation).toBe(2);
      expect(await alertsOf(daemon)).not.toContain('drift');
    });
}

/** Whether a file system of our own can be made and struck here. */
function turnsReadOnly(command: readonly string[]): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-disk-'));
  const [program = '', ...args] = after(command, madeDisk, directory);
  const { status } = spawnSync(program, [...args, 'mount', '-o', 'remount,abort', directory]);
  rmSync(directory, { recursive: true });
  if (status !== 0) passOver('a disk that turns read-only', 'root, loop devices and apt-get install e2fsprogs');
  return status === 0;
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

story('S04 the database is lost: DNS says where we are, nothing is moved, generations go on', 162, async (world) => {
  const before = world.start();
  expect(await until(20_000, ready(before, 'a'))).toBe(true);
  await world.sites[0]?.say('sick');
  expect(await until(20_000, settledAt(before, 'b'))).toBe(true);
  expect((await before.status())?.generation).toBe(2);
  before.signal('SIGKILL');
  await before.exited;
  writeFileSync(join(world.stateDir, 'failoverd.db'), 'not a database '.repeat(1_000));
  const [copy = ''] = readdirSync(join(world.stateDir, 'builtin')).filter((name) => name.endsWith('@1.json'));
  writeFileSync(join(world.stateDir, 'builtin', copy), 'garbage');
  await world.sites[0]?.say('well');

  const daemon = world.start();
  expect(await until(20_000, ready(daemon, 'b'))).toBe(true);
  expect(JSON.stringify(daemon.log)).toMatch(/was damaged .* kept as .*failoverd\.db\.corrupt-1/);
  expect(JSON.stringify(daemon.log)).toMatch(/found at the start.*@1\.json: not JSON; set aside as /);
  expect(await daemon.status()).toMatchObject({ active: 'b', generation: 2, hold: null, alerts: [] });
  expect((await daemon.history()).filter((row) => row.code === 'sending')).toEqual([]);
  await world.sites[1]?.say('sick');
  expect(await until(20_000, settledAt(daemon, 'a'))).toBe(true);
  expect((await daemon.status())?.generation).toBe(3);
});

story('S09 a log that takes nothing: decisions go on, and the history has them', 163, async (world) => {
  const daemon = world.startWith(world.env, ['sh', '-c', 'exec "$@" >/dev/full', 'sh']);
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  expect(daemon.log).toEqual([]);
  world.sites[0]?.signal('SIGKILL');
  expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);
  expect((await daemon.history()).some((row) => row.code === 'switched' && row.data['to'] === 'b')).toBe(true);
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
});

/** Sets how many files a running process may open; those it has stay open. */
function limitFiles(pid: number, count: number): boolean {
  return spawnSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`]).status === 0;
}

story('P19 no file descriptor left: every probe is unknown, nothing is moved; then it is', 164, async (world) => {
  const daemon = world.start();
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  if (!limitFiles(daemon.pid, 3)) {
    passOver('a daemon without file descriptors', 'apt-get install util-linux');
    return;
  }
  const told = (word: string) => daemon.log.some((line) => line['code'] === 'alert' && line['alert'] === word);
  world.sites[0]?.signal('SIGKILL');
  expect(await until(20_000, () => told('sick'))).toBe(true);
  // Twice SUSTAIN: a daemon that took its own trouble for the site's would have decided by now.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(daemon.log.filter((line) => line['code'] === 'decided').map((line) => line['kind'])).toEqual(['create']);
  expect(limitFiles(daemon.pid, 1_024)).toBe(true);
  expect(await until(20_000, settledAt(daemon, 'b'))).toBe(true);
});

const networking = ownNamespace('net');
if (networking !== null) {
  const run = promisify(execFile);
  const [unshare = '', ...how] = networking;
  const inside = async (script: string, ...args: readonly string[]): Promise<unknown> => {
    const command = [...how, process.execPath, join(__dirname, script), ...args];
    const { stdout } = await run(unshare, command, { timeout: 110_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  };

  for (const [name, cut] of [
    ['P21 no route to anywhere', 'no route'],
    ['P21 all packets vanish', 'vanish'],
  ] as const) {
    test.concurrent(`${name}: paged, nothing moved, and seen again when it is back`, async () => {
      expect(await inside('cut-off.js', cut)).toEqual({
        before: true,
        paged: true,
        active: 'a',
        pages: expect.arrayContaining([expect.stringMatching(/^(isolated|blind:a|no-standby|common-cause)$/)]),
        after: true,
        decided: ['create'],
      });
    }, 240_000);
  }

  test.concurrent('P19 no ephemeral port left: unknown, not a failure of the site', async () => {
    expect(await inside('no-ports.js')).toEqual({
      before: 'pass',
      without: 'unknown',
      why: expect.stringContaining('EADDRNOTAVAIL'),
    });
  });
}
