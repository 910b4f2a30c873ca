import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { startDeadline } from '../../src/probe/deadline';
import { probeTcp } from '../../src/probe/tcp';
import { freePort } from '../free-port';
import { badServer } from './bad-servers';
import { context, verdict, why } from './setup';

const shared = context();

async function ask(port: number, timeoutMs = 2_000, address = '127.0.0.1') {
  const deadline = startDeadline(timeoutMs);
  const observation = await probeTcp({ address, port, name: 'www.example.test' }, shared, deadline);
  const tookMs = performance.now() - deadline.startedMs;
  deadline.cancel();
  return { observation, tookMs };
}

describe('a TCP probe', () => {
  test('passes on a connection, and lets go of it', async () => {
    const server = await badServer(() => {});
    expect(verdict((await ask(server.port)).observation)).toBe('pass');
    for (let turn = 0; turn < 100 && server.open() > 0; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(server.open()).toBe(0);
    await server.close();
  });

  test('P01 connection refused', async () => {
    expect(verdict((await ask(await freePort())).observation)).toBe('connect');
  });

  test("a port that is none is our mistake, not the site's", async () => {
    expect(verdict((await ask(70_000)).observation)).toBe('unknown');
  });

  test('P02 SYN black hole: timeout at the timeout', async () => {
    const hole = await blackHole();
    const before = handshakes(hole.port);
    const { observation, tookMs } = await ask(hole.port, 300);
    const after = handshakes(hole.port);
    await hole.close();
    expect(after).toBe(before);
    expect(verdict(observation)).toBe('timeout');
    expect(why(observation)).toMatch(/300 ms, connecting/);
    expect(tookMs).toBeGreaterThanOrEqual(299);
    expect(tookMs).toBeLessThan(5_000);
  });
});

/** Connections of this machine to a port whose first packet is not answered yet (proc(5): state 02 is SYN_SENT); 0 without Linux. */
function handshakes(port: number): number {
  if (!existsSync('/proc/net/tcp')) return 0;
  const at = `:${port.toString(16).toUpperCase().padStart(4, '0')} 02`;
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .filter((line) => line.includes(at)).length;
}

/** A port whose accept queue is full: the kernel drops every further SYN, as a dead host's network does. */
async function blackHole(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const fillers: Socket[] = [];
  for (let full = false; !full && fillers.length < 20; ) {
    const filler = connect({ host: '127.0.0.1', port });
    filler.on('error', () => {});
    fillers.push(filler);
    full = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, 150, true);
      filler.once('connect', () => {
        clearTimeout(timer);
        resolve(false);
      });
    });
  }
  return {
    port,
    async close() {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
