import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BadServer, badServer, drips, floods, gzipBomb, type Misbehave, ok, says } from './bad-servers';

const run = promisify(execFile);
const child = join(__dirname, 'prober-child.js');
const head = 'HTTP/1.1 200 OK\r\n';

const bombs: readonly Misbehave[] = [
  floods(`${head}\r\n`, Buffer.alloc(256 * 1024, 'x')),
  floods(`${head}Transfer-Encoding: chunked\r\n\r\n`, `1000\r\n${'x'.repeat(4096)}\r\n`),
  says(`${head}Content-Length: 10737418240\r\n\r\n`, true),
  says(Buffer.concat([Buffer.from(`${head}Content-Encoding: gzip\r\n\r\n`), gzipBomb()])),
  says(`${head}${'X-A: b\r\n'.repeat(10_000)}\r\n`),
  floods(`${head}X-A: `, 'a'.repeat(4096)),
  says('\x00\xff garbage'),
  (socket) => socket.resetAndDestroy(),
  says(`${head}Content-Length: 99\r\n\r\nxx`),
  ok(),
];
const slow: readonly Misbehave[] = [() => {}, drips(`${head}\r\n`, 'x', 20)];

describe('limits of the process', () => {
  const servers: BadServer[] = [];
  beforeAll(async () => {
    for (const misbehave of [...bombs, ...slow]) servers.push(await badServer(misbehave));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  const ports = (): string[] => servers.map((server) => String(server.port));

  test('P09 1,000 probes of bombs: nothing is left open, RSS grows by less than 5 MB', async () => {
    const args = [
      '--expose-gc',
      '--max-semi-space-size=1',
      child,
      'leak',
      '100',
      '20000',
      ...ports().slice(0, bombs.length),
    ];
    const { stdout } = await run(process.execPath, args, { timeout: 230_000 });
    const result = JSON.parse(stdout);
    expect(result.verdicts).toEqual({ oversize: 1500, body: 300, protocol: 300, reset: 600, pass: 300 });
    expect(result.left).toEqual([]);
    expect(result.grownBytes).toBeLessThan(5 * 1024 * 1024);
    await expectNothingOpen(servers);
  });

  test('P08 probes that time out leave nothing open', async () => {
    const { stdout } = await run(process.execPath, [child, 'leak', '2', '1000', ...ports().slice(bombs.length)], {
      timeout: 230_000,
    });
    const result = JSON.parse(stdout);
    expect(result.verdicts).toEqual({ timeout: 12 });
    expect(result.left).toEqual([]);
    await expectNothingOpen(servers);
  });

  test('P19 no file descriptors left: unknown, and this process calls itself sick', async () => {
    const port = ports()[bombs.length - 1] ?? '';
    const script = `ulimit -n 60; exec "${process.execPath}" "${child}" exhaust ${port}`;
    const { stdout } = await run('/bin/sh', ['-c', script], { timeout: 230_000 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ before: 'pass', verdict: 'unknown' });
    expect(result.why).toMatch(/our side: .*\(EMFILE\)/);
    expect(result.sick).toMatch(/\(EMFILE\)/);
  });
});

async function expectNothingOpen(servers: readonly BadServer[]): Promise<void> {
  const open = (): number => servers.reduce((sum, server) => sum + server.open(), 0);
  for (let turn = 0; turn < 200 && open() > 0; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(open()).toBe(0);
}
