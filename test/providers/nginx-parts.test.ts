import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { run, said } from '../../providers/nginx/command';
import { parseServers } from '../../providers/nginx/document';
import { putText, readText } from '../../providers/nginx/files';
import { takeLock } from '../../providers/nginx/lock';
import { putBack, putForward } from '../../providers/nginx/put';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'failoverd-nginx-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string): string => join(directory, name);
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

describe('a program', () => {
  const script = (text: string): readonly string[] => {
    writeFileSync(at('script'), `#!/bin/sh\n${text}\n`);
    chmodSync(at('script'), 0o755);
    return [at('script')];
  };

  test.each<readonly [string, readonly string[], object]>([
    ['ends', ['true'], { kind: 'ended', status: 0 }],
    ['fails and says why', ['ls', '/proc/0'], { kind: 'ended', status: 2 }],
    ['is not there', ['/proc/0/nginx', '-t'], { kind: 'not-started' }],
    ['lies below a file', ['/etc/passwd/nginx', '-t'], { kind: 'not-started' }],
    ['may not be run', ['/etc/passwd'], { kind: 'not-started' }],
  ])('%s', async (_, command, expected) => {
    expect(await run(command, soon())).toMatchObject(expected);
  });

  test('gets no shell and no environment of ours', async () => {
    process.env['NGINX_CANARY'] = 'canary-secret';
    const ran = await run(['env', '$HOME', ';', 'id'], soon());
    expect(ran).toMatchObject({ kind: 'ended', status: 127 });
    expect(await run(['env'], soon())).not.toMatchObject({ output: expect.stringContaining('canary-secret') });
  });

  test('is killed at the abort, promptly', async () => {
    const command = script('echo $$ > pid; exec sleep 60'.replace('pid', at('pid')));
    const startedMs = performance.now();
    expect(await run(command, AbortSignal.timeout(300))).toMatchObject({ kind: 'killed' });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const pid = Number(readFileSync(at('pid'), 'utf8'));
    const alive = (): boolean => {
      try {
        // A zombie is dead: its parent is us, who reap it in a moment.
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    };
    for (let round = 0; round < 100 && alive(); round++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(alive()).toBe(false);
  });

  test('is not waited for when a child of its own holds the output open', async () => {
    const startedMs = performance.now();
    expect(await run(script('sleep 5 & exit 3'), soon())).toMatchObject({ kind: 'ended', status: 3 });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test('may write without end: the rest is thrown away', async () => {
    const ran = await run(script('head -c 3000000 /dev/zero; exit 1'), soon());
    expect(ran.kind === 'ended' && ran.output.length).toBe(16 * 1024);
  });

  test('what it said is one line, cut and escaped', () => {
    expect(said('nginx: \u001b[31mbad\n\n  line 2\n')).toBe('nginx: \\x1b[31mbad; line 2');
    expect(said('x'.repeat(1_000))).toHaveLength(200);
    expect(said('')).toBe('it said nothing');
  });

  test('of nginx’s messages the warnings do not hide the error', () => {
    const warnings = 'nginx: [warn] the "user" directive makes sense only if the master process runs as root\n'.repeat(
      5,
    );
    const text = `${warnings}nginx: [emerg] unexpected "}"\nnginx: configuration file nginx.conf test failed\n`;
    expect(said(text)).toBe('nginx: [emerg] unexpected "}"');
  });
});

describe('a file', () => {
  test('absent only where its folder is', async () => {
    expect(await readText(at('none'))).toEqual({ kind: 'absent' });
    expect(await readText(at('unmounted/none'))).toMatchObject({ kind: 'failed' });
  });

  test.each<readonly [string, () => void]>([
    ['a symbolic link', () => symlinkSync(at('real'), at('x'))],
    ['a folder', () => mkdirSync(at('x'))],
    ['more than 64 KiB', () => writeFileSync(at('x'), 'x'.repeat(65_537))],
  ])('%s is not read', async (_, make) => {
    make();
    expect(await readText(at('x'))).toMatchObject({ kind: 'failed', code: 'denied' });
  });

  test('is replaced, never written into, for all to read, and nothing is left beside it', async () => {
    writeFileSync(at('x'), 'old');
    linkSync(at('x'), at('witness'));
    expect(await putText(at('x'), 'new')).toEqual({ ok: true });
    expect([readFileSync(at('x'), 'utf8'), readFileSync(at('witness'), 'utf8')]).toEqual(['new', 'old']);
    expect(readdirSync(directory).sort()).toEqual(['witness', 'x']);
  });

  test('what stands in its place is a value', async () => {
    mkdirSync(at('x'));
    expect(await putText(at('x'), 'new')).toMatchObject({ ok: false });
    expect(readdirSync(directory)).toEqual(['x']);
  });
});

describe('the lock', () => {
  test('is one writer’s, and free again', async () => {
    const first = await takeLock(at('lock'), soon());
    expect(await takeLock(at('lock'), soon())).toMatchObject({ ok: false, code: 'conflict' });
    if (first.ok) await first.release();
    const third = await takeLock(at('lock'), soon());
    expect(third.ok && third.held()).toBe(true);
    if (third.ok) await third.release();
    expect(third.ok && third.held()).toBe(false);
  });

  test('ends with its owner, however that ends', async () => {
    const owner = fork(join(__dirname, 'nginx-writer.js'), ['lock', at('lock')]);
    await once(owner, 'message');
    expect(await takeLock(at('lock'), soon())).toMatchObject({ ok: false, code: 'conflict' });
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    for (let round = 0; round < 200; round++) {
      const taken = await takeLock(at('lock'), soon());
      if (taken.ok) return taken.release();
    }
    throw new Error('the lock outlived its owner');
  });

  test('that cannot be had is a value with its reason', async () => {
    const refused = await takeLock(at('unmounted/lock'), soon());
    expect(refused).toMatchObject({ ok: false, code: 'denied' });
    expect(JSON.stringify(refused)).toContain('No such file');
    expect(await takeLock(at('lock'), AbortSignal.abort())).toMatchObject({ ok: false });
  });
});

describe('an edit by a person during a write', () => {
  const name = { record: 'www.example.com', port: 8080, ttl: 60 };
  const lines = (statement: string, address: string) =>
    parseServers(`# www.example.com ${statement}\nserver ${address}:8080;\n`, name);
  const paths = () => ({
    directory,
    servers: at('s'),
    marker: at('s.marker'),
    previous: at('.s.previous'),
    kept: at('.s.kept'),
    lock: at('.s.lock'),
  });
  const old = lines('none', '192.0.2.1');
  const next = lines('heritage=failoverd,owner=o,generation=1,site=b', '192.0.2.2');

  test('before the rename is a conflict, and stays', async () => {
    writeFileSync(at('s'), 'server 192.0.2.7:8080;\n');
    const outcome = await putForward(paths(), { kind: 'runs', running: old, file: old, pending: false }, next);
    expect(outcome).toMatchObject({ code: 'conflict' });
    expect(readFileSync(at('s'), 'utf8')).toBe('server 192.0.2.7:8080;\n');
    expect(readFileSync(at('s.marker'), 'utf8')).toBe('default "www.example.com none";\n');
  });

  test('before an absent file is made, likewise', async () => {
    writeFileSync(at('s'), 'server 192.0.2.7:8080;\n');
    expect(await putForward(paths(), { kind: 'absent', marker: null }, next)).toMatchObject({ code: 'conflict' });
    expect(readdirSync(directory)).toEqual(['s']);
  });

  test('before the old lines are put back, likewise', async () => {
    writeFileSync(at('s'), 'server 192.0.2.7:8080;\n');
    expect(await putBack(paths(), { kind: 'runs', running: old, file: old, pending: false }, next)).toMatchObject({
      ok: false,
    });
    expect(readFileSync(at('s'), 'utf8')).toBe('server 192.0.2.7:8080;\n');
  });
});
