import { create } from '../../providers/cloudflare/cloudflare';
import type { Provider, ProviderInput } from '../../providers/provider';
import { startCloudflareFake } from './cloudflare-fake';
import { conformance, faults } from './conformance';

conformance('cloudflare', async () => {
  const fake = await startCloudflareFake();
  const input: ProviderInput = {
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env: { CLOUDFLARE_API_TOKEN: fake.token, CLOUDFLARE_BASE_URL: fake.url },
    directory: '/nonexistent',
    mixedFamilies: false,
  };
  return {
    async connect(): Promise<Provider> {
      const created = await create(input);
      if (!created.ok) throw new Error(JSON.stringify(created.problems));
      return created.provider;
    },
    seed: async (records) => fake.seed(records),
    truth: async () => fake.truth(),
    faults: Object.fromEntries(faults.map((fault) => [fault, () => fake.inject(fault)])),
    heal: () => fake.heal(),
    secrets: [fake.token],
    writes: () => fake.writes(),
    close: () => fake.close(),
  };
});
