import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { filesOf, mustNotShow } from '../canary';
import { failoverd } from './command';
import { openWorld, ready, record, until, type World } from './harness';

/** The commands as an operator runs them: output, exit codes, and what a wrong setting says. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const path = { PATH: process.env['PATH'] ?? '' };

test('nothing configured: every missing setting at once, with its remedy, and 78', async () => {
  const ended = await failoverd([], path);
  expect(ended.code).toBe(78);
  for (const name of ['FAILOVERD_RECORD', 'FAILOVERD_SITES', 'FAILOVERD_CHECK']) expect(ended.err).toContain(name);
});

test('a typo is named with what was meant', async () => {
  const ended = await failoverd(['check'], { ...path, FAILOVERD_RECROD: 'www.example.test' });
  expect(ended.code).toBe(78);
  expect(ended.err).toContain('FAILOVERD_RECROD');
  expect(ended.err).toContain('did you mean FAILOVERD_RECORD');
});

test.each([['run'], ['check'], ['rto'], ['probe']])(
  '%s: a wrong setting and a wrong variable of the adapter are told at once, and 78',
  async (command) => {
    const env = {
      ...path,
      FAILOVERD_RECORD: 'www.example.test',
      FAILOVERD_SITES: 'a=203.0.113.10,b=198.51.100.7',
      FAILOVERD_CHECK: 'https:///health',
      FAILOVERD_LISTEN: 'off',
      BUILTIN_DNS_LISTEN: 'foo',
    };
    expect(await failoverd([command], env)).toMatchObject({ code: 78, err: expect.stringContaining('1 problem ') });
    const both = await failoverd([command], { ...env, FAILOVERD_FALL: 'zero' });
    expect(both).toMatchObject({ code: 78, err: expect.stringContaining('2 problems ') });
    expect(both.err).toContain('FAILOVERD_FALL=zero\n');
    expect(both.err).toContain('BUILTIN_DNS_LISTEN=foo\n');
  },
);

test.each([
  [['--help'], 0, 'usage'],
  [['--version'], 0, '0.'],
  [['nonsense'], 2, 'no command "nonsense"'],
  [['status', '--nonsense'], 2, 'nonsense'],
  [['status', '--limit', '0'], 2, '--limit'],
])('failoverd %j exits %i', async (args, code, text) => {
  const ended = await failoverd(args, path);
  expect(ended.code).toBe(code);
  expect(ended.out + ended.err).toContain(text);
});

test.each([['/nonexistent/state'], [' /nonexistent/state ']])(
  'no daemon in %j: 69, and where it was looked for',
  async (at) => {
    const ended = await failoverd(['status'], { ...path, FAILOVERD_STATE_DIR: at });
    expect(ended.code).toBe(69);
    expect(ended.err).toContain('no daemon at /nonexistent/state/failoverd.sock');
  },
);

test('a port in use ends it with 1, to be tried again, and names it', async () => {
  world = await openWorld(80);
  const first = world.start();
  expect(await until(20_000, ready(first, 'a'))).toBe(true);
  const other = mkdtempSync(join(tmpdir(), 'failoverd-other-'));
  const ended = await failoverd([], { ...world.env, FAILOVERD_STATE_DIR: other });
  mustNotShow(filesOf(other));
  rmSync(other, { recursive: true });
  expect(ended.code).toBe(1);
  expect(ended.out).toContain(`127.0.0.1:${world.dnsPort}`);
});

describe('beside a running daemon', () => {
  test('status, history, check, probe and rto print for people and for programs', async () => {
    world = await openWorld(81);
    const daemon = world.start();
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    const { env } = world;

    const status = await failoverd(['status'], env);
    expect(status).toMatchObject({ code: 0, err: '' });
    expect(status.out).toContain(`${record} → a`);
    expect(status.out).toContain('ready to fail over');
    const parsed = JSON.parse((await failoverd(['status', '--json'], env)).out);
    // The moments in a status are on the clock that `nowMs` tells the time of.
    const { atMs, agoMs } = parsed.services[0].lastSwitch;
    expect(Math.abs(parsed.nowMs - atMs - agoMs)).toBeLessThan(1_000);
    expect(parsed).toMatchObject({
      services: [
        {
          record,
          active: 'a',
          wanted: 'a',
          write: 'settled',
          generation: 1,
          hold: null,
          sites: [{ name: 'a', verdict: 'up' }, { name: 'b' }],
        },
      ],
    });

    const history = await failoverd(['history'], env);
    expect(history.code).toBe(0);
    expect(history.out).toContain('create verified');

    for (const command of ['status', 'history', 'check', 'probe', 'rto']) {
      const none = await failoverd([command, '--record', 'other.test'], env);
      expect(none).toMatchObject({ code: 1, err: `no service "other.test"; there are: ${record}\n` });
    }

    const check = await failoverd(['check'], env);
    expect(check.code).toBe(0);
    expect(check.out).toContain('worst case');
    expect(check.out).toContain('the daemon is running');

    const probe = await failoverd(['probe', '--json'], env);
    expect(probe.code).toBe(0);
    expect(JSON.parse(probe.out)).toMatchObject({
      results: [{ site: 'a', observation: { result: 'pass' } }, { site: 'b' }],
    });
    await world.sites[1]?.say('sick');
    const failing = await failoverd(['probe'], env);
    expect(failing.code).toBe(1);
    expect(failing.out).toContain('status 503');

    const missed = { ...env, FAILOVERD_RTO: '5s' };
    const rto = await failoverd(['rto'], missed);
    // 1.1 + 2.2 + 4 + 1.2 + 1 s and what the built-in server takes.
    expect(rto).toMatchObject({ code: 1, err: '' });
    const [, worst = '', by = ''] = /worst case (.*)s, promised .* is missed by (.*)s$/s.exec(rto.out.trim()) ?? [];
    expect(Number(worst) - 5).toBeCloseTo(Number(by));
    const checked = await failoverd(['check'], missed);
    expect(checked.code).toBe(1);
    expect(checked.out).toContain(
      `ERROR FAILOVERD_RTO: these settings may take ${worst}s to recover, ${by}s longer than the promised 5s; shorten TTL (1s)`,
    );
    const refused = await failoverd(['run'], missed);
    expect(refused.code).toBe(78);
    expect(refused.err).toContain(`FAILOVERD_RTO=5s\n    these settings may take ${worst}s to recover`);
    expect((await failoverd(['rto', '--json'], env)).out).toContain('"verifiedMs"');
  }, 240_000);

  test('SIGHUP takes a good services file, and refuses a bad one whole', async () => {
    world = await openWorld(82);
    const file = join(world.stateDir, 'services.yaml');
    const { FAILOVERD_RECORD: _record, FAILOVERD_SITES: sites = '', FAILOVERD_CHECK: check = '', ...rest } = world.env;
    const entry = (name: string, fall: string): string =>
      `  - record: ${name}\n    sites: "${sites}"\n    check: "${check.replace(record, name)}"\n    fall: ${fall}\n`;
    writeFileSync(file, `services:\n${entry(record, '3')}`);
    const env = { ...rest, FAILOVERD_SERVICES_FILE: file };
    const second = world.startWith(env);
    expect(await until(20_000, ready(second, 'a'))).toBe(true);

    writeFileSync(file, `services:\n${entry(record, '3')}    fal: 4\n`);
    second.signal('SIGHUP');
    expect(
      await until(20_000, () =>
        second.log.some((line) => line['msg'] === 'new configuration refused, the old one goes on'),
      ),
    ).toBe(true);
    expect(await ready(second, 'a')()).toBe(true);

    writeFileSync(file, `services:\n${entry(record, '3')}${entry('api.example.test', '4')}`);
    second.signal('SIGHUP');
    expect(await until(20_000, () => second.log.some((line) => line['msg'] === 'configuration reloaded'))).toBe(true);
    const both = JSON.parse((await failoverd(['status', '--json'], env)).out);
    expect(both.services.map((service: { readonly record: string }) => service.record).sort()).toEqual([
      'api.example.test',
      record,
    ]);
  }, 240_000);

  test('SIGHUPs on each other’s heels leave one service per record', async () => {
    world = await openWorld(83);
    const file = join(world.stateDir, 'services.yaml');
    const { FAILOVERD_RECORD: _record, FAILOVERD_SITES: sites = '', FAILOVERD_CHECK: check = '', ...rest } = world.env;
    const entry = (fall: number): string =>
      `services:\n  - record: ${record}\n    sites: "${sites}"\n    check: "${check}"\n    fall: ${fall}\n`;
    writeFileSync(file, entry(3));
    const daemon = world.startWith({ ...rest, FAILOVERD_SERVICES_FILE: file });
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);

    for (let fall = 4; fall <= 8; fall += 1) {
      writeFileSync(file, entry(fall));
      daemon.signal('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    await world.sites[0]?.say('sick');
    expect(await until(20_000, async () => (await daemon.status())?.active === 'b')).toBe(true);
    const decided = daemon.log.filter((line) => line['code'] === 'decided' && line['kind'] === 'failover');
    expect(decided).toHaveLength(1);
  }, 240_000);

  test('canaries follow the pace of the services a SIGHUP brought', async () => {
    world = await openWorld(84);
    const file = join(world.stateDir, 'services.yaml');
    const { FAILOVERD_RECORD: _record, FAILOVERD_SITES: sites = '', FAILOVERD_CHECK: check = '', ...rest } = world.env;
    const entry = (interval: string): string =>
      `services:\n  - record: ${record}\n    sites: "${sites}"\n    check: "${check}"\n    interval: ${interval}\n`;
    writeFileSync(file, entry('60s'));
    const [site] = world.sites;
    const daemon = world.startWith({
      ...rest,
      FAILOVERD_SERVICES_FILE: file,
      FAILOVERD_CANARIES: `tcp://${site?.address}:${site?.port}`,
    });
    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    writeFileSync(file, entry('1s'));
    daemon.signal('SIGHUP');
    // By then a canary asked once a minute has nothing to say to a service that looks every second.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await site?.say('sick');
    expect(await until(20_000, async () => (await daemon.status())?.active === 'b')).toBe(true);
  }, 240_000);
});

test('a signal given twice ends the daemon as one does', async () => {
  world = await openWorld(85);
  const daemon = world.start();
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  daemon.signal('SIGINT');
  daemon.signal('SIGTERM');
  daemon.signal('SIGINT');
  daemon.signal('SIGTERM');
  expect(await daemon.exited).toBe(0);
}, 240_000);

test('npm start passes SIGTERM on to the daemon', async () => {
  world = await openWorld(86);
  const npm = spawn('npm', ['--silent', 'start'], {
    cwd: join(__dirname, '..', '..', '..'),
    env: world.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const exited = new Promise((resolve) => npm.once('close', resolve));
  const socket = join(world.stateDir, 'failoverd.sock');
  expect(await until(20_000, () => existsSync(socket))).toBe(true);
  npm.kill('SIGTERM');
  expect(await until(20_000, () => !existsSync(socket))).toBe(true);
  await exited;
  expect(printed).toContain('stopping');
  mustNotShow([['npm start', printed]]);
}, 240_000);

test('the SDKs of providers that are not in use are not loaded', async () => {
  const script = `require(${JSON.stringify(join(__dirname, '../../src/run.js'))}); require(${JSON.stringify(join(__dirname, '../../providers/index.js'))});
    console.log(JSON.stringify(Object.keys(require.cache).filter((file) => /node_modules.(@aws-sdk|@smithy|cloudflare|yaml)./.test(file))))`;
  const out = await new Promise<string>((resolve) =>
    execFile(process.execPath, ['-e', script], (_error, stdout) => resolve(stdout)),
  );
  expect(JSON.parse(out)).toEqual([]);
});
