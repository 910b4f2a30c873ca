import { withServers } from '../servers/installed';
import { conformance, faults } from './conformance';
import { openExecWorld } from './exec-world';

withServers("the manual's example of an exec provider", ['jq'], () => {
  conformance(
    'exec',
    async () => {
      const world = openExecWorld();
      return {
        connect: world.connect,
        seed: async (records) => world.seed(records),
        truth: async () => world.truth(),
        faults: Object.fromEntries(faults.map((fault) => [fault, () => world.inject(fault)])),
        heal: world.heal,
        secrets: [world.token],
        writes: world.writes,
        close: async () => world.close(),
      };
    },
    "the manual's example",
  );
});
