import { afterAll } from '@jest/globals';
import { withServers } from '../servers/installed';
import { type Pdns, pdnsPrograms, startPdns } from '../servers/pdns';
import { conformance, faults } from './conformance';
import { openPdnsWorld } from './powerdns-world';

withServers('the PowerDNS adapter on a real server', pdnsPrograms, () => {
  let server: Promise<Pdns> | null = null;
  afterAll(async () => (await server)?.stop());
  conformance(
    'powerdns',
    async () => {
      server ??= startPdns();
      const pdns = await server;
      const world = await openPdnsWorld(pdns);
      return {
        connect: () => world.connect(),
        seed: world.seed,
        truth: world.truth,
        faults: Object.fromEntries(faults.map((fault) => [fault, () => world.proxy.inject(fault)])),
        heal: world.proxy.heal,
        secrets: [pdns.key],
        writes: world.writes,
        close: world.close,
      };
    },
    'a real PowerDNS',
  );
});
