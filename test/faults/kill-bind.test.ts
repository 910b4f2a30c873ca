import { expect, test } from '@jest/globals';
import { openWorld, ready, record, until } from '../live/harness';
import { isWrite, startProxy } from '../providers/rfc2136-proxy';
import { switcher } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { dig, seed, serial } from '../servers/zone-tools';
import { failpoint, type Step } from './failpoint';

/** The steps that involve the zone once more, with a real BIND: its serial counts the changes. */

type Moment = Extract<Step, 'recheck' | 'ack'> | 'sent, and lost' | 'sent, and carried out';

const rows: readonly { readonly killed: Moment; readonly landed: boolean }[] = [
  { killed: 'recheck', landed: false },
  { killed: 'sent, and lost', landed: false },
  { killed: 'sent, and carried out', landed: true },
  { killed: 'ack', landed: true },
];

async function tell(net: number, killed: Moment, landed: boolean, closing: (() => Promise<void>)[]): Promise<void> {
  const bind = await startBind();
  closing.push(bind.close);
  const proxy = await startProxy(bind.port);
  closing.push(proxy.close);
  const world = await openWorld(net);
  closing.push(world.close);
  const [from, to] = world.sites.map((site) => site.address);
  await seed(bind.port, [{ name: record, type: 'A', ttl: 60, values: [from ?? ''] }]);
  const env = {
    FAILOVERD_PROVIDER: 'rfc2136',
    FAILOVERD_NAMESERVERS: `127.0.0.1:${bind.port}`,
    RFC2136_SERVER: `127.0.0.1:${proxy.port}`,
    RFC2136_TSIG_NAME: switcher.name,
    RFC2136_TSIG_SECRET: switcher.secret,
  };
  const first = world.start({ ...env, ...(killed === 'recheck' || killed === 'ack' ? failpoint(killed) : {}) });
  expect(await until(30_000, ready(first, 'a'))).toBe(true);
  if (killed.startsWith('sent')) {
    const request = (message: Buffer): Buffer | null => {
      if (!isWrite(message)) return message;
      first.signal('SIGKILL');
      return killed === 'sent, and lost' ? null : message;
    };
    proxy.behave({ request });
  }
  const before = await serial(bind.port);
  await world.sites[0]?.say('sick');
  expect(await first.exited).toBe('SIGKILL');
  const changes = async (): Promise<number> => (await serial(bind.port)) - before;
  // What was on its way arrives a moment after the death.
  expect(await until(20_000, async () => (await changes()) === (landed ? 1 : 0))).toBe(true);
  proxy.behave(null);

  const second = world.start(env);
  const settled = async (): Promise<boolean> => {
    const status = await second.status();
    return status?.write === 'settled' && status.active === 'b' && status.sites[0]?.verdict === 'down';
  };
  expect(await until(30_000, settled)).toBe(true);
  expect(await changes()).toBe(1);
  expect((await dig(bind.port, [record, 'A', '+short'])).trim()).toBe(to);
  const marker = await dig(bind.port, [`_failoverd.${record}`, 'TXT', '+short']);
  expect(marker.trim()).toBe(`"heritage=failoverd,owner=live,generation=${landed ? 1 : 2},site=b"`);
  expect((await second.status())?.budget.spent).toBe(1);
}

withServers('killed while a real BIND is written', bindPrograms, () => {
  for (const [index, { killed, landed }] of rows.entries())
    test.concurrent(`BIND, ${killed}: one change of the zone in all`, async () => {
      const closing: (() => Promise<void>)[] = [];
      try {
        await tell(226 + index, killed, landed, closing);
      } finally {
        for (const close of closing.reverse()) await close();
      }
    }, 240_000);
});
