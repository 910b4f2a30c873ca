import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { freePort } from '../free-port';
import { switcher } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { dig, seed } from '../servers/zone-tools';
import { openWorld, ready, record, until } from './harness';

/** The real daemon tests its write path on a real BIND, whose administrator takes the permission away and gives it back. */

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

withServers('the self-test on BIND', bindPrograms, () => {
  test('it passes; without the permission: not ready, measured, one page; ready again once it is back', async () => {
    const primary = await startBind();
    closing.push(primary.close);
    const world = await openWorld(88);
    closing.push(world.close);
    const address = world.sites[0]?.address ?? '';
    await seed(primary.port, [{ name: record, type: 'A', ttl: 60, values: [address] }]);
    const apiPort = await freePort();
    const daemon = world.start({
      FAILOVERD_PROVIDER: 'rfc2136',
      FAILOVERD_SELFTEST: '1m',
      FAILOVERD_LISTEN: `127.0.0.1:${apiPort}`,
      FAILOVERD_NAMESERVERS: `127.0.0.1:${primary.port}`,
      RFC2136_SERVER: `127.0.0.1:${primary.port}`,
      RFC2136_TSIG_NAME: switcher.name,
      RFC2136_TSIG_SECRET: switcher.secret,
    });
    const get = (path: string) =>
      axios.get<unknown>(`http://127.0.0.1:${apiPort}${path}`, { proxy: false, validateStatus: () => true });
    const tested = async (result: string): Promise<boolean> => (await daemon.status())?.selftest?.result === result;

    expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
    expect(await until(30_000, () => tested('ok'))).toBe(true);
    const text = await dig(primary.port, [`_failoverd.${record}`, 'TXT', '+short']);
    expect(text.trim()).toMatch(
      /^"heritage=failoverd,owner=live,generation=0,site=a,tested=20\d\d-\d\d-\d\dT[\d:]+Z"$/,
    );
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/metrics')).data).toContain(`failoverd_selftest_ok{record="${record}"} 1`);

    const path = join(primary.directory, 'named.conf');
    const allowed = readFileSync(path, 'utf8');
    writeFileSync(path, allowed.replaceAll(`grant ${switcher.name} name`, `deny ${switcher.name} name`));
    await primary.stop();
    await primary.start();
    const pages = () => daemon.log.filter((line) => line['code'] === 'alert' && line['page'] === true);
    // One period.
    expect(await until(60_000, () => pages().some((line) => line['alert'] === 'write-path'), 100)).toBe(true);
    const answer = await get('/readyz');
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer.data)).toContain('the self-test of the write path fails at step ');
    expect(JSON.stringify(answer.data)).toContain('REFUSED');
    expect((await get('/metrics')).data).toContain(`failoverd_selftest_ok{record="${record}"} 0`);
    expect(await dig(primary.port, [record, 'A', '+short'])).toContain(address);

    writeFileSync(path, allowed);
    await primary.stop();
    await primary.start();
    expect(await until(100_000, async () => (await get('/readyz')).status === 200, 100)).toBe(true);
    expect(pages().filter((line) => line['alert'] === 'write-path')).toHaveLength(1);
    const history = await daemon.history();
    expect(history.filter((row) => row.code === 'decided')).toEqual([]);
    expect(JSON.stringify([daemon.log, history])).not.toContain(switcher.secret);
  }, 240_000);
});
