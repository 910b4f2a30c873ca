import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canary } from '../canary';
import { openReceiver, type Received, type Reply } from '../notify/receiver';
import { canaries } from '../providers/route53-subject';
import { failoverd } from './command';
import { openWorld, until } from './harness';
import { zoneServer } from './zone-server';

/** A provider's API that refuses everything, and repeats in its words, one after the other, the credentials that it was sent. */

type Env = Readonly<Record<string, string>>;

interface Peer {
  env(url: string, directory: string): Env;
  /** As the vendor reports an error, with this text. */
  error(text: string): Reply;
  /** How many of the credentials travel in a request. */
  readonly sends: number;
}

const json = (status: number, body: object): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const peers: Readonly<Record<string, Peer>> = {
  route53: {
    env: (url) => ({ AWS_ENDPOINT_URL_ROUTE_53: url, ...canaries, AWS_EC2_METADATA_DISABLED: 'true' }),
    error: (text) => ({
      status: 403,
      headers: { 'content-type': 'text/xml' },
      body: `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${text}</Message></Error></ErrorResponse>`,
    }),
    sends: 2,
  },
  cloudflare: {
    env: (url) => ({ CLOUDFLARE_BASE_URL: url, CLOUDFLARE_API_TOKEN: `${canary}-cloudflare-0123456789abcdefghijk` }),
    error: (message) => json(400, { success: false, result: null, messages: [], errors: [{ code: 1004, message }] }),
    sends: 1,
  },
  powerdns: {
    env: (url) => ({ POWERDNS_API_URL: url, POWERDNS_API_KEY: `${canary}-powerdns-0123` }),
    error: (error) => json(422, { error }),
    sends: 1,
  },
  dnspod: {
    env: (url) => ({
      DNSPOD_ENDPOINT: url,
      TENCENTCLOUD_SECRET_ID: `AKID${canary}id0123456789`,
      TENCENTCLOUD_SECRET_KEY: `${canary}key0123456789`,
      TENCENTCLOUD_TOKEN: `${canary}token0123456789`,
    }),
    error: (Message) => json(200, { Response: { Error: { Code: 'InvalidParameter', Message }, RequestId: 'r-1' } }),
    sends: 2,
  },
  alidns: {
    env: (url) => ({
      ALIDNS_ENDPOINT: url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: `LTAI${canary}id0123456789`,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: `${canary}secret0123456789`,
      ALIBABA_CLOUD_SECURITY_TOKEN: `${canary}token0123456789`,
    }),
    error: (Message) => json(400, { Code: 'InvalidParameter', Message, RequestId: 'r-1' }),
    sends: 2,
  },
  exec: {
    env(_, directory) {
      const path = join(directory, 'program');
      writeFileSync(path, '#!/bin/sh\necho "repeated $EXEC_PROVIDER_TOKEN" >&2\nexit 3\n');
      chmodSync(path, 0o700);
      return { EXEC_PROVIDER_COMMAND: path, EXEC_PROVIDER_TOKEN: `${canary}-exec-0123` };
    },
    error: () => ({ status: 500 }),
    sends: 0,
  },
};

/** What of a request has the canary: the words of its headers, its query and its body. */
function credentialsIn({ path, headers, body }: Received): readonly string[] {
  const words = [path, ...Object.values(headers).map(String), body].join(' ').split(/[^\w.~%+-]+/);
  return words.filter((word) => word.includes(canary));
}

for (const [index, [name, peer]] of Object.entries(peers).entries()) {
  test.concurrent(`${name}: what the API repeats is told without the credentials`, async () => {
    const sent = new Set<string>();
    const receiver = await openReceiver((received) => {
      for (const one of credentialsIn(received)) sent.add(one);
      const all = [...sent];
      return peer.error(`repeated ${all[receiver.received.length % all.length]}`);
    });
    const servers = await zoneServer(() => []);
    const world = await openWorld(100 + index);
    try {
      const env = {
        ...world.env,
        ...peer.env(receiver.url, mkdtempSync(join(world.stateDir, 'peer-'))),
        FAILOVERD_PROVIDER: name,
        FAILOVERD_ZONE: 'example.test',
        FAILOVERD_NAMESERVERS: `127.0.0.1:${servers.port}`,
        FAILOVERD_TTL: '60s',
        FAILOVERD_LOG_LEVEL: 'debug',
      };
      const daemon = world.startWith(env);
      const tells = async (): Promise<boolean> =>
        JSON.stringify(daemon.log).includes('repeated ') &&
        (await daemon.shown()).some(([where, text]) => where !== 'log' && text.includes('repeated '));
      // A page is due after half a minute.
      expect(await until(60_000, tells, 100)).toBe(true);
      for (const words of [['check'], ['check', '--json'], ['status'], ['why'], ['history']])
        await failoverd(words, env, 60_000);
      expect((await failoverd(['check'], env, 60_000)).text).toContain('repeated ');
      expect(sent.size).toBe(peer.sends);
    } finally {
      await world.close();
      await servers.close();
      await receiver.close();
    }
  }, 240_000);
}
