import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../../providers/nginx/command';
import { takeLock } from '../../providers/nginx/lock';
import type { Provider } from '../../providers/provider';
import { ownUid } from '../../providers/rights';
import type { Site } from '../../src/domain/types';
import { freePort } from '../free-port';
import { withServers } from '../servers/installed';
import { configurationOf, nginxPrograms } from '../servers/nginx';
import { a, b, held, marker, move, one, read, scene, waits } from './nginx-scene';
import { connectTo, inputOn, putFiles, record } from './nginx-subject';

withServers('the writes to nginx', nginxPrograms, () => {
  const { nginx, files, running } = scene();

  describe('a refusal changes nothing, and says why', () => {
    test('by the test: somebody else’s file is wrong', async () => {
      const provider = await running();
      const before = files();
      nginx().spoil(true);
      const outcome = await move(provider, b, 8);
      expect(outcome).toMatchObject({ code: 'denied', why: expect.stringContaining('no_such_directive') });
      expect(files()).toEqual(before);
      expect(nginx().reloaded()).toBe(0);
      nginx().spoil(false);
      await nginx().reload();
      expect(await read(provider)).toEqual(held);
      expect(await move(provider, b, 9)).toMatchObject({ code: 'applied' });
    });

    test('by the reload, escaped and cut', async () => {
      const provider = await running();
      const before = files();
      nginx().reloads('refused');
      const outcome = await move(provider, b, 8);
      expect(outcome).toMatchObject({
        code: 'denied',
        why: expect.stringContaining('no permission \\x1b[31mto reload'),
      });
      expect(files()).toEqual(before);
      expect(await read(provider)).toEqual(held);
    });

    test.each<readonly [string, Readonly<Record<string, string>>, string]>([
      ['no program to test with', { NGINX_TEST_COMMAND: '/etc/passwd/nginx -t' }, 'denied'],
      ['no program to reload with', { NGINX_RELOAD_COMMAND: '/proc/0/nginx -s reload' }, 'denied'],
      ['a test that hangs', { NGINX_TEST_COMMAND: 'sleep 60' }, 'unavailable'],
    ])('by %s', async (_, env, code) => {
      const provider = await running(env);
      const before = files();
      const startedMs = performance.now();
      expect((await move(provider, b, 8, waits)).code).toBe(code);
      expect(performance.now() - startedMs).toBeLessThan(waits + 5_000);
      expect(files()).toEqual(before);
      expect(await nginx().statement()).toContain('generation=7');
    });

    test('of the first file: it is gone again', async () => {
      await nginx().start();
      nginx().spoil(true);
      const provider = await connectTo(inputOn(nginx()));
      expect(await move(provider, b, 1)).toMatchObject({ code: 'denied' });
      expect(readdirSync(nginx().folder).filter((name) => !name.startsWith('.'))).toEqual([]);
    });

    test('a reload that hangs is unknown, and is put back by the next reading', async () => {
      const provider = await running({ NGINX_RELOAD_COMMAND: 'sleep 60' });
      const before = files();
      expect((await move(provider, b, 8, waits)).code).toBe('unknown');
      expect(files()).not.toEqual(before);
      expect(await read(provider)).toEqual(held);
      expect(files()).toEqual(before);
    });
  });

  describe('what a person did', () => {
    test('servers exchanged by hand and loaded: read as they are, the marker too', async () => {
      const provider = await running();
      writeFileSync(nginx().file, readFileSync(nginx().file, 'utf8').replace('203.0.113.10', '198.51.100.7'));
      await nginx().reload();
      expect(await read(provider)).toEqual({ ...held, sets: b });
    });

    test.each([
      ['a weight', 'server 203.0.113.11:8080 weight=2;'],
      ['a remark', '# not on Mondays'],
    ])('%s is an obstacle and stays', async (_, line) => {
      const provider = await running();
      writeFileSync(nginx().file, `${readFileSync(nginx().file, 'utf8')}${line}\n`);
      const before = files();
      const from = await read(provider);
      expect(from.obstacles.join()).toContain(line);
      const outcome = await provider.replace({ from, to: b, marker: marker(8) }, AbortSignal.timeout(5_000));
      expect(outcome).toMatchObject({ code: 'denied', why: expect.stringContaining(line) });
      expect(files()).toEqual(before);
    });

    test('lines of somebody else that nginx has not loaded: not overwritten, and not called absent', async () => {
      const provider = await running();
      expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
      writeFileSync(nginx().file, 'server 203.0.113.10:8080;\n');
      const reading = await provider.read(AbortSignal.timeout(5_000));
      expect(reading).toMatchObject({ ok: false, why: expect.stringContaining('reload nginx') });
      expect(readFileSync(nginx().file, 'utf8')).toBe('server 203.0.113.10:8080;\n');
      writeFileSync(`${nginx().file}.marker`, `default "${record} none";\n`);
      await nginx().reload();
      expect(await read(provider)).toEqual({ ...held, sets: a, marker: null });
    });

    test('the previous file put back by hand, as the manual says', async () => {
      const provider = await running();
      expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
      copyFileSync(join(nginx().folder, '.www.servers.previous'), nginx().file);
      await nginx().reload();
      expect(await read(provider)).toEqual(held);
    });

    test('the file removed while nginx runs it is no absent record; a folder that is not there neither', async () => {
      const provider = await running();
      rmSync(nginx().file);
      expect(await provider.read(AbortSignal.timeout(5_000))).toMatchObject({ ok: false, code: 'denied' });
      renameSync(nginx().folder, `${nginx().folder}.away`);
      expect(await provider.read(AbortSignal.timeout(5_000))).toMatchObject({ ok: false, code: 'denied' });
    });

    test('nginx stopped: no reading and no write', async () => {
      const provider = await running();
      const from = await read(provider);
      await nginx().stop();
      const before = files();
      expect(await provider.read(AbortSignal.timeout(5_000))).toMatchObject({ ok: false, code: 'unavailable' });
      const outcome = await provider.replace({ from, to: b, marker: marker(8) }, AbortSignal.timeout(5_000));
      expect(outcome).toMatchObject({ code: 'unavailable' });
      expect(files()).toEqual(before);
    });
  });

  const sites: readonly Site[] = [
    { name: 'a', sets: a },
    { name: 'b', sets: b },
    { name: 'c', sets: one('192.0.2.9') },
  ];

  test('while another writer holds the lock nothing is written, and readings go on', async () => {
    const provider = await running();
    const before = files();
    const lock = await takeLock(join(nginx().folder, '.www.servers.lock'), AbortSignal.timeout(5_000));
    expect(await move(provider, b, 8)).toMatchObject({ code: 'conflict' });
    expect(files()).toEqual(before);
    expect(nginx().reloaded()).toBe(0);
    if (lock.ok) await lock.release();
    expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
  });

  test('the standbys are backups of the active site', async () => {
    await running();
    const provider = await connectTo({ ...inputOn(nginx()), sites });
    expect(await move(provider, b, 8)).toMatchObject({ code: 'applied' });
    expect(readFileSync(nginx().file, 'utf8').split('\n').slice(2)).toEqual([
      'server 198.51.100.7:8080;',
      'server 203.0.113.10:8080 backup;',
      'server 192.0.2.9:8080 backup;',
      '',
    ]);
    expect((await read(provider)).sets).toEqual(b);
  });

  test('deploy/nginx/nginx.conf is taken by nginx, with the files in place', async () => {
    await running();
    const { directory, folder, testCommand } = nginx();
    const sample = readFileSync(join(__dirname, '../../../deploy/nginx/nginx.conf'), 'utf8')
      .replaceAll('/etc/nginx/failoverd/www.example.com.servers', join(folder, 'www.servers'))
      .replace('listen 80;', `listen 127.0.0.1:${await freePort()};`)
      .replace('127.0.0.1:8054', `127.0.0.1:${await freePort()}`);
    const path = join(directory, 'sample.conf');
    writeFileSync(path, configurationOf(directory, sample));
    const command = testCommand.split(' ').map((word) => (word.endsWith('/nginx.conf') ? path : word));
    expect(await run(command, AbortSignal.timeout(5_000))).toMatchObject({ kind: 'ended', status: 0 });
  });

  test('in their blocks the files can say nothing else', async () => {
    const provider = await running();
    const [lines = '', mark = ''] = files();
    const attempts: readonly (readonly [string, string])[] = [
      [nginx().file, `${lines}}\nserver { listen 127.0.0.1:1; }\nupstream more { server 127.0.0.1:1;\n`],
      [nginx().file, `${lines}access_log /tmp/x;\n`],
      [`${nginx().file}.marker`, `${mark}}\naccess_log /tmp/x;\nmap "" $more {\n`],
    ];
    for (const [path, text] of attempts) {
      const before = readFileSync(path, 'utf8');
      writeFileSync(path, text);
      const [finding] = (await provider.preflight(AbortSignal.timeout(5_000))).filter((one) =>
        one.text.includes('-t -q'),
      );
      expect(finding?.level).toBe('error');
      writeFileSync(path, before);
    }
  });

  describe('preflight', () => {
    const levels = async (provider: Provider): Promise<readonly string[]> =>
      (await provider.preflight(AbortSignal.timeout(5_000))).map(({ level, text }) => `${level} ${text}`);

    test('all well: the folder, the test, the include, what runs; and it leaves no trace', async () => {
      const provider = await running();
      const told = await levels(provider);
      const asRoot = told.filter((line) => line.startsWith('warn failoverd runs as root'));
      expect(asRoot).toHaveLength(ownUid() === 0 ? 1 : 0);
      expect(told.filter((line) => !line.startsWith('ok'))).toEqual(asRoot);
      expect(told.filter((line) => line.startsWith('ok'))).toHaveLength(4);
      expect(told.join('\n')).toContain('nginx runs 203.0.113.10, no backup');
      expect(readdirSync(nginx().folder).sort()).toEqual(['www.servers', 'www.servers.marker']);
    });

    test.each([
      ['the server lines', '', 0o664],
      ['the marker', '.marker', 0o666],
      ['the folder', '/..', 0o777],
    ])('others may write %s', async (_, where, mode) => {
      const provider = await running();
      const path = where === '/..' ? nginx().folder : `${nginx().file}${where}`;
      chmodSync(path, mode);
      const open = (await levels(provider)).filter((line) => line.includes('may be written by others'));
      expect(open).toEqual([
        expect.stringMatching(`^warn ${path} may be written .*mode 0${mode.toString(8)}.*traffic$`),
      ]);
    });

    test('asked in clear text over the network', async () => {
      await running();
      const provider = await connectTo(inputOn(nginx(), { NGINX_PROXY_URL: 'http://192.0.2.1:8054/' }));
      const told = (await provider.preflight(AbortSignal.timeout(300))).map(({ level, text }) => `${level} ${text}`);
      expect(told.join('\n')).toMatch(/^warn http:\/\/192\.0\.2\.1:8054 is asked in clear text/m);
    });

    test('files that nginx does not include', async () => {
      await running();
      const elsewhere = join(nginx().folder, 'other.servers');
      putFiles(elsewhere, `${record} none`, ['server 203.0.113.10:8080;']);
      const told = await levels(await connectTo(inputOn(nginx(), { NGINX_UPSTREAM_FILE: elsewhere })));
      expect(told.join('\n')).toContain(`error nginx does not include ${elsewhere} and ${elsewhere}.marker`);
    });

    test('no files yet, a wrong configuration, no folder', async () => {
      await nginx().start();
      nginx().spoil(true);
      const told = (await levels(await connectTo(inputOn(nginx())))).join('\n');
      expect(told).toMatch(/error ".* -t -q" ends with status 1: .*no_such_directive/);
      expect(told).toContain('FAILOVERD_CREATE=true');
      const none = join(nginx().directory, 'none');
      const lost = await connectTo(inputOn(nginx(), { NGINX_UPSTREAM_FILE: join(none, 'x.servers') }));
      expect((await levels(lost)).join('\n')).toContain(`error ${none} is not a folder`);
      expect(existsSync(none)).toBe(false);
    });

    test('backups that the configuration no longer has', async () => {
      await running();
      const told = await levels(await connectTo({ ...inputOn(nginx()), sites }));
      expect(told.join('\n')).toContain('warn the backup servers should be 198.51.100.7, 192.0.2.9');
    });

    test('a write that nginx has not loaded is told and left as it is', async () => {
      const provider = await running();
      nginx().reloads('lost');
      await move(provider, b, 8, waits);
      const before = files();
      expect((await levels(provider)).join('\n')).toContain('holds a write that nginx has not loaded');
      expect(files()).toEqual(before);
      expect(existsSync(join(nginx().folder, '.www.servers.previous'))).toBe(true);
    });
  });
});
