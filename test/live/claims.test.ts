import { afterEach, expect, test } from '@jest/globals';
import { type Authoritative, switcher } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { dig, seed } from '../servers/zone-tools';
import { failoverd } from './command';
import { openWorld, record, until, type World } from './harness';

/** A record that external-dns says is its own, on a real BIND; then a human takes it over with the real command. */

function adopt(env: Readonly<Record<string, string>>) {
  return failoverd(['adopt', '--reason', 'moved from external-dns'], env);
}

function onBind({ port }: Authoritative) {
  return {
    FAILOVERD_PROVIDER: 'rfc2136',
    FAILOVERD_NAMESERVERS: `127.0.0.1:${port}`,
    RFC2136_SERVER: `127.0.0.1:${port}`,
    RFC2136_TSIG_NAME: switcher.name,
    RFC2136_TSIG_SECRET: switcher.secret,
  };
}

withServers('the record of another tool', bindPrograms, () => {
  let world: World | null = null;
  let bind: Authoritative | null = null;
  afterEach(async () => {
    await world?.close();
    await bind?.close();
  });

  test('is refused by name, adopted by order, and then failed over like any other', async () => {
    bind = await startBind({});
    world = await openWorld(87);
    const [a, b] = world.sites;
    const claim = 'heritage=external-dns,external-dns/owner=k8s';
    await seed(bind.port, [
      { name: record, type: 'A', ttl: 60, values: [a?.address ?? ''] },
      { name: `a-${record}`, type: 'TXT', ttl: 60, values: [claim] },
    ]);
    const daemon = world.start(onBind(bind));
    expect(await until(20_000, async () => (await daemon.status())?.hold?.by === 'foreign')).toBe(true);
    expect((await daemon.status())?.hold?.why).toContain(`external-dns (owner k8s), which says so at a-${record}`);
    expect(await adopt(world.env)).toMatchObject({ code: 0, text: expect.stringContaining('adopted') });
    expect(await until(20_000, async () => (await daemon.status())?.ready === true)).toBe(true);
    a?.signal('SIGKILL');
    const { port } = bind;
    expect(await until(20_000, async () => (await dig(port, [record, 'A', '+short'])).trim() === b?.address)).toBe(
      true,
    );
    expect(await dig(port, [`a-${record}`, 'TXT', '+short'])).toContain(claim);
    expect(await adopt(world.env)).toMatchObject({ code: 1, text: expect.stringContaining('nobody else claims') });
  }, 240_000);

  test('is shown by check, by name, as is that of another failoverd', async () => {
    bind = await startBind({});
    world = await openWorld(88);
    await seed(bind.port, [
      { name: record, type: 'A', ttl: 60, values: [world.sites[0]?.address ?? ''] },
      { name: `_owner.a.${record}`, type: 'TXT', ttl: 60, values: ['*octodns*'] },
    ]);
    const env = { ...world.env, ...onBind(bind) };
    const tool = await failoverd(['check'], env);
    expect(tool).toMatchObject({
      code: 0,
      text: expect.stringContaining(`octodns, which says so at _owner.a.${record}`),
    });
    const marker = 'heritage=failoverd,owner=somebody,generation=7,site=a';
    await seed(bind.port, [{ name: `_failoverd.${record}`, type: 'TXT', ttl: 60, values: [marker] }]);
    const other = await failoverd(['check'], env);
    expect(other).toMatchObject({ code: 1, text: expect.stringContaining('owner "somebody", this one is "live"') });
    expect(other.text).toContain('failoverd adopt');
  }, 240_000);
});
