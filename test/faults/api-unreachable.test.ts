import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Provider } from '../../providers/provider';
import { type BadServer, badServer, ok } from '../probe/bad-servers';
import { pem } from '../probe/setup';
import { connect as connectCloudflare } from '../providers/cloudflare-connect';
import { type CloudflareFake, startCloudflareFake } from '../providers/cloudflare-fake';
import { type Route53Fake, startRoute53Fake } from '../providers/route53-fake';
import { connectTo, useCanaries } from '../providers/route53-subject';

/** The vendor's API behind a name, a certificate or an address family that does not work. */

useCanaries();

const www = { name: 'www.example.test', type: 'A', ttl: 60, values: ['192.0.2.1'] };
const from = {
  sets: [{ type: 'A', ttl: 60, values: ['192.0.2.1'] }],
  marker: null,
  foreignMarker: null,
  obstacles: [],
} as const;
const to = [{ type: 'A', ttl: 60, values: ['192.0.2.2'] }] as const;
const replacement = { from, to, marker: { owner: 'o', generation: 1, site: 'b' } };
const soon = () => AbortSignal.timeout(3_000);

let route53: Route53Fake;
let cloudflare: CloudflareFake;
let impostor: BadServer;
const doors: Server[] = [];
beforeAll(async () => {
  route53 = await startRoute53Fake();
  route53.addZone({ id: 'Z1', name: 'example.test' });
  route53.seed('Z1', [www]);
  cloudflare = await startCloudflareFake();
  cloudflare.seed([www]);
  impostor = await badServer(ok('{}'), { cert: pem('selfsigned.pem'), key: pem('selfsigned-test-only.key') });
});
afterAll(async () => {
  for (const door of doors) door.close();
  await Promise.all([route53.close(), cloudflare.close(), impostor.close()]);
});

interface Vendor {
  url(): string;
  connect(url: string): Promise<Provider>;
  writes(): number;
}

const vendors: Readonly<Record<string, Vendor>> = {
  route53: {
    url: () => route53.url,
    connect: (url) => connectTo(route53, { zone: 'Z1', env: { AWS_ENDPOINT_URL_ROUTE_53: url } }),
    writes: () => route53.writes(),
  },
  cloudflare: {
    url: () => cloudflare.url,
    connect: (url) =>
      connectCloudflare(cloudflare, { env: { CLOUDFLARE_API_TOKEN: cloudflare.token, CLOUDFLARE_BASE_URL: url } }),
    writes: () => cloudflare.writes(),
  },
};

/** The same API on an address of IPv6 only. */
async function onIpv6(url: string): Promise<string> {
  const door = createServer((socket) => {
    const inner = connect(Number(new URL(url).port), '127.0.0.1');
    for (const end of [socket, inner]) end.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
    socket.on('close', () => inner.destroy());
  });
  doors.push(door);
  await once(door.listen(0, '::1'), 'listening');
  const address = door.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return url.replace(/127\.0\.0\.1:\d+/, `[::1]:${address.port}`);
}

describe.each(Object.entries(vendors))('%s', (_, vendor) => {
  test.each([
    // A label of 64 letters is refused by the resolver itself: no question leaves this machine.
    ['a host name that does not resolve', () => `https://${'a'.repeat(64)}.invalid`],
    ['a certificate nobody vouches for', () => `https://127.0.0.1:${impostor.port}`],
  ])('%s: a failure that names it, nothing written, nothing said to the stranger', async (_name, url) => {
    const provider = await vendor.connect(url());
    const reading = await provider.read(soon());
    expect(reading).toMatchObject({ ok: false, why: expect.stringMatching(/ENOTFOUND|SELF_SIGNED|self-signed/) });
    // `unknown` is always safe: what follows is a reading.
    expect(['unavailable', 'unknown']).toContain(reading.ok ? 'ok' : reading.code);
    expect(['unavailable', 'unknown']).toContain((await provider.replace(replacement, soon())).code);
    expect([vendor.writes(), impostor.heard.join('')]).toEqual([0, '']);
    await provider.close();
  });

  test('an API with an address of IPv6 only is used like any other', async () => {
    const provider = await vendor.connect(await onIpv6(vendor.url()));
    expect(await provider.read(soon())).toMatchObject({ ok: true, found: { sets: from.sets } });
    expect(await provider.replace(replacement, soon())).toMatchObject({ code: 'applied' });
    await provider.close();
  });
});
