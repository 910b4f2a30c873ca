import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import axios from 'axios';
import { type Daemon, openWorld, until } from '../live/harness';
import { badServer, drips, floods, gzipBomb, type Misbehave, ok, says } from '../probe/bad-servers';

/** The whole daemon among sites that do everything to it but answer. */

const head = 'HTTP/1.1 200 OK\r\n';
const hostile: Readonly<Record<string, Misbehave>> = {
  flood: floods(`${head}\r\n`, Buffer.alloc(256 * 1024, 'x')),
  chunks: floods(`${head}Transfer-Encoding: chunked\r\n\r\n`, `1000\r\n${'x'.repeat(4096)}\r\n`),
  gzip: says(Buffer.concat([Buffer.from(`${head}Content-Encoding: gzip\r\n\r\n`), gzipBomb()])),
  headers: says(`${head}${'X-A: b\r\n'.repeat(10_000)}\r\n`),
  frozen: () => undefined,
  drips: drips(`${head}\r\n`, 'x', 20),
  dripping: drips(`${head}X-A: `, 'x', 20),
};
const watchMs = 12_000;
const grownLimitBytes = 24 * 2 ** 20;
const limitBytes = 192 * 2 ** 20;

/** What the process holds in memory now. */
function residentBytes({ pid }: Daemon): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

/** How often each site was probed since the start. */
async function probes(daemon: Daemon): Promise<Readonly<Record<string, number>>> {
  const socketPath = join(daemon.stateDir, 'failoverd.sock');
  const { data } = await axios.get<string>('http://localhost/metrics', { socketPath, proxy: false, timeout: 5_000 });
  const counts: Record<string, number> = {};
  for (const [, labels = '', count] of data.matchAll(/^failoverd_probe_duration_seconds_count\{([^}]*)\} (\d+)$/gm)) {
    const site = /site="([^"]+)"/.exec(labels)?.[1] ?? '';
    counts[site] = (counts[site] ?? 0) + Number(count);
  }
  return counts;
}

test('P08, P09: seven hostile sites and one that answers: it is found, kept its pace, and the memory stays flat; then it freezes too', async () => {
  const world = await openWorld(250, 2);
  let last: Misbehave = ok();
  const misbehaves = { ...hostile, well: ((socket) => last(socket)) satisfies Misbehave };
  const servers = await Promise.all(
    Object.entries(misbehaves).map(async ([name, misbehave], index) => {
      const address = `127.0.251.${index + 1}`;
      return { name, address, server: await badServer(misbehave, undefined, address) };
    }),
  );
  try {
    const { FAILOVERD_CHECK: _, ...env } = world.env;
    const daemon = world.startWith({
      ...env,
      FAILOVERD_SITES: servers.map(({ name, address }) => `${name}=${address}`).join(','),
      FAILOVERD_CHECK: 'http://www.example.test/health',
      FAILOVERD_EXPECT_BODY: 'ok',
      ...Object.fromEntries(
        servers.map(({ name, server }) => [
          `FAILOVERD_CHECK_${name.toUpperCase()}`,
          `http://www.example.test:${server.port}/health`,
        ]),
      ),
    });
    expect(await until(30_000, async () => (await daemon.status())?.active === 'well')).toBe(true);
    // Warm: the code is compiled and the heap has its size.
    await new Promise((resolve) => setTimeout(resolve, watchMs / 2));
    const before = { bytes: residentBytes(daemon), probes: await probes(daemon) };
    await new Promise((resolve) => setTimeout(resolve, watchMs));
    const after = { bytes: residentBytes(daemon), probes: await probes(daemon) };
    process.stdout.write(
      `measured: RSS ${Math.round(before.bytes / 2 ** 20)} MB, ${watchMs / 1_000} s later ${Math.round(after.bytes / 2 ** 20)} MB; probes ${JSON.stringify(before.probes)} ${JSON.stringify(after.probes)}\n`,
    );
    expect(after.bytes - before.bytes).toBeLessThan(grownLimitBytes);
    expect(after.bytes).toBeLessThan(limitBytes);
    for (const { name } of servers) {
      const count = (after.probes[name] ?? 0) - (before.probes[name] ?? 0);
      expect([name, count >= (0.6 * watchMs) / 1_000]).toEqual([name, true]);
    }
    expect((await daemon.status())?.sites.filter((site) => site.verdict !== 'down').map((site) => site.name)).toEqual([
      'well',
    ]);

    last = () => undefined;
    const decided = daemon.log.filter((line) => line['code'] === 'decided').length;
    const paged = async () => (await daemon.status())?.alerts.some((alert) => alert.page) === true;
    expect(await until(20_000, paged)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(daemon.log.filter((line) => line['code'] === 'decided').length).toBe(decided);
    expect((await daemon.status())?.active).toBe('well');
  } finally {
    await world.close();
    for (const { server } of servers) await server.close();
  }
}, 240_000);
