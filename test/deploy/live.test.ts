import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseZone } from '../../providers/builtin/document';
import type { ZoneRecord } from '../../providers/builtin/zone';
import { mustNotShow } from '../canary';
import { record, startFlags, until } from '../live/harness';
import { boot, lacking, type Machine } from './machine';
import { install, type Service, secret, watchdogMs } from './service';

const programs = ['systemctl', 'systemd-notify', 'journalctl', 'unshare', 'nsenter', 'setpriv', 'npm', 'node'];
const remedy = lacking(programs, true);

if (remedy === null) describe('the unit under a real systemd', underSystemd);
else
  test('systemd can be booted', () => {
    process.stdout.write(`not run: the unit under a real systemd; to run it: ${remedy}\n`);
    const { FAILOVERD_TEST_REQUIRE_SERVERS: required } = process.env;
    expect(required).not.toBe('1');
  });

/** One life of the service, test by test: each begins where the one before it ended. */
function underSystemd(): void {
  const mounts = mountPoints();
  let machine: Machine;
  let service: Service;
  let booted = false;

  beforeAll(async () => {
    machine = await boot();
    booted = true;
    service = await install(machine);
  }, 240_000);
  afterAll(async () => {
    if (booted) await machine.close();
  }, 240_000);

  const read = (path: string) => readFileSync(join(machine.root, path), 'utf8');

  /** The record's own sets as the zone's newest file has them; the marker beside it is the self-test's to rewrite. */
  function sets(): readonly ZoneRecord[] {
    const copies = ['1', '2'].flatMap((number) => {
      const text = read(`var/lib/private/failoverd/builtin/example.test@${number}.json`);
      const document = parseZone(text, 'example.test');
      return document.kind === 'good' ? [document.zone] : [];
    });
    const [newest] = copies.sort((one, other) => other.serial - one.serial);
    return newest?.records.filter(({ name }) => name === record) ?? [];
  }

  test('npm starts it, and node tells systemd that it is ready', async () => {
    const startedMs = performance.now();
    await service.systemctl('start');
    const readyMs = Math.round(performance.now() - startedMs);
    expect(readyMs).toBeLessThan(25_000);
    expect(await service.show('ActiveState')).toBe('active');
    const main = await service.show('MainPID');
    const commands = new Map(service.processes().map(({ pid, command }) => [pid, command]));
    expect(commands.get(main)).toBe(`node ${startFlags().join(' ')} dist/src/main.js`);
    expect([...commands.values()]).toContain('npm start');
    await service.becomesReady();
    expect(await service.status()).toMatchObject({ active: 'a', generation: 1 });
    const tasks = service.processes().reduce((sum, { threads }) => sum + threads, 0);
    const resident = service.processes().map(({ command, residentBytes }) => `${command} ${megabytes(residentBytes)}`);
    process.stdout.write(
      `measured: ready after ${readyMs} ms, ${tasks} of 64 tasks, resident: ${resident.join(', ')}\n`,
    );
  }, 240_000);

  test('stays within half of its limits', async () => {
    const tasks = service.processes().reduce((sum, { threads }) => sum + threads, 0);
    const resident = service.processes().reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    expect(await service.show('TasksMax')).toBe('64');
    expect(tasks).toBeLessThan(40);
    expect(resident).toBeLessThan(256 * 2 ** 20);
  });

  test('it has no privilege, no network but loopback, and its secret in a file', async () => {
    const of = `proc/${await service.show('MainPID')}`;
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(read(`${of}/status`))?.[1];
    expect(Number(field('Uid'))).toBeGreaterThanOrEqual(61_184); // The dynamic users of systemd.exec(5), DynamicUser=
    expect(field('NoNewPrivs')).toBe('1');
    expect(field('Seccomp')).toBe('2');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(field(set)).toMatch(/^0+$/);
    expect(read(`${of}/net/dev`).match(/\S+(?=:)/g)).toEqual(['lo']);
    expect(read(`${of}/environ`)).toContain('CREDENTIALS_DIRECTORY=/run/credentials/failoverd.service\0');
    expect(read(`${of}/environ`)).not.toContain(secret);
    expect(await service.journal()).not.toContain(secret);
  });

  test('a reload keeps the process and comes back to ready', async () => {
    const main = await service.show('MainPID');
    await service.systemctl('reload');
    const reloaded = async () => (await service.journal()).includes('"configuration reloaded"');
    expect(await until(20_000, reloaded, 100)).toBe(true);
    expect(await until(20_000, async () => (await service.show('SubState')) === 'running', 100)).toBe(true);
    expect(await service.show('MainPID')).toBe(main);
  }, 240_000);

  test.each([
    ['killed', 'SIGKILL', 5_000],
    ['stopped until the watchdog barks', 'SIGSTOP', watchdogMs],
  ])(
    '%s, it is started again and writes nothing',
    async (_, signal, limitMs) => {
      const main = await service.show('MainPID');
      const restarts = Number(await service.show('NRestarts'));
      const before = sets();
      expect(before).toEqual([{ name: record, type: 'A', ttl: 1, values: ['127.0.1.1'] }]);
      await machine.run('kill', '-s', signal.slice(3), main);
      const ended = async () => (await service.show('SubState')) === 'auto-restart';
      expect(await until(limitMs + 10_000, ended, 100)).toBe(true);
      const again = async () => Number(await service.show('NRestarts')) === restarts + 1 && (await service.ready());
      expect(await until(40_000, again, 100)).toBe(true);
      expect(await service.show('MainPID')).not.toBe(main);
      expect(await service.status()).toMatchObject({ active: 'a', generation: 1 });
      expect((await service.history()).filter((row) => row.code === 'sending')).toHaveLength(1);
      expect(sets()).toEqual(before);
    },
    240_000,
  );

  test('its lasting clock went on over the restarts, as fast as the wall clock', async () => {
    const rows = await service.history();
    const ahead = rows.map((row) => row.wallMs - row.atMs);
    expect(ahead.length).toBeGreaterThan(3);
    expect(Math.max(...ahead) - Math.min(...ahead)).toBeLessThan(500);
  });

  test('it can write its state and temporary files, and nothing else', async () => {
    await service.addToUnit('ExecStartPost=sh /opt/failoverd/test/deploy/sandbox.sh');
    await service.systemctl('restart');
    const expected = ['wrote to /tmp', 'wrote to /var/tmp', 'wrote to /var/lib/failoverd', 'done', ''];
    expect(read('var/lib/private/failoverd/sandbox').split('\n')).toEqual(expected);
  }, 240_000);

  test('it shows its secrets nowhere', async () => {
    await service.becomesReady();
    const shown = await service.shown();
    expect(shown.filter(([, text]) => text.length > 100).length).toBeGreaterThan(8);
    mustNotShow(shown);
  }, 240_000);

  test('a stop ends it in good order, in less than five seconds, with nothing left', async () => {
    await service.becomesReady();
    const startedMs = performance.now();
    await service.systemctl('stop');
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await service.show('ActiveState')).toBe('inactive');
    expect(await service.show('Result')).toBe('success');
    expect(service.processes()).toEqual([]);
    expect(existsSync(join(machine.root, 'var/lib/private/failoverd/failoverd.sock'))).toBe(false);
    expect(await service.journal()).not.toContain('systemd was not told');
  }, 240_000);

  test('a wrong setting is told and not tried again', async () => {
    service.addSetting('FAILOVERD_FALL=many');
    await expect(service.systemctl('start')).rejects.toThrow();
    expect(await service.show('ExecMainStatus')).toBe('78');
    // To be tried again it would be activating.
    expect(await service.show('ActiveState')).toBe('failed');
    expect(await until(20_000, async () => (await service.journal()).includes('FAILOVERD_FALL=many'), 100)).toBe(true);
  }, 240_000);

  test('the machine leaves nothing behind', async () => {
    mustNotShow(await service.shown());
    booted = false;
    await machine.close();
    expect(existsSync(machine.root)).toBe(false);
    expect(mountPoints()).toEqual(mounts);
  }, 240_000);
}

/** Those of this machine where boot.sh mounts something in its own. */
function mountPoints(): readonly string[] {
  const own = [
    '/opt',
    '/opt/failoverd',
    '/run',
    '/etc',
    '/var/lib',
    '/tmp',
    '/var/tmp',
    '/var/log',
    '/dev',
    '/proc/sys',
  ];
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((point) => own.includes(point));
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
