import { spawn } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import { mustNotShow } from '../canary';
import { withServers } from '../servers/installed';
import { main } from './command';
import { openWorld, ready, record, until, type World } from './harness';

/** `status --watch` on a real pseudo-terminal, beside a real daemon that goes away and comes back. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

withServers('status --watch on a pseudo-terminal', ['script', 'stty'], () => {
  test('shows the daemon, its absence and its return, and leaves the terminal as it was', async () => {
    world = await openWorld(87);
    const daemon = world.start();
    expect(await until(30_000, ready(daemon, 'a'))).toBe(true);
    const line = `stty cols 90 rows 30; exec ${process.execPath} ${main} status --watch`;
    const pty = spawn('script', ['-qec', line, '/dev/null'], {
      env: { ...world.env, TERM: 'xterm', SHELL: '/bin/sh' },
    });
    let seen = '';
    let all = '';
    pty.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      all += text;
    });
    const code = new Promise((resolve) => pty.once('exit', resolve));
    expect(await until(30_000, () => seen.includes(record) && seen.includes('ready to fail over'))).toBe(true);
    expect(seen).toContain('●');
    expect(seen).not.toContain('not reachable');

    daemon.signal('SIGTERM');
    expect(await until(30_000, () => seen.includes('daemon not reachable'))).toBe(true);
    expect(await daemon.exited).toBe(0);
    const second = world.start();
    expect(await until(30_000, ready(second, 'a'))).toBe(true);
    seen = '';
    const back = () => seen.lastIndexOf('ready to fail over') > seen.lastIndexOf('not reachable');
    expect(await until(30_000, back)).toBe(true);

    pty.stdin.write('\u0003');
    expect(await code).toBe(0);
    expect(seen.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    mustNotShow([['status --watch', all]]);
  }, 240_000);
});
