import { connect } from './cloudflare-connect';
import { startCloudflareFake } from './cloudflare-fake';
import { conformance, faults } from './conformance';

conformance('cloudflare', async () => {
  const fake = await startCloudflareFake();
  return {
    connect: () => connect(fake),
    seed: async (records) => fake.seed(records),
    truth: async () => fake.truth(),
    faults: Object.fromEntries(faults.map((fault) => [fault, () => fake.inject(fault)])),
    heal: () => fake.heal(),
    secrets: [fake.token],
    writes: () => fake.writes(),
    close: () => fake.close(),
  };
});
