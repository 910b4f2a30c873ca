import { conformance, faults } from './conformance';
import { connectWebhook } from './webhook-connect';
import { startWebhookFake } from './webhook-fake';

conformance('webhook', async () => {
  const fake = await startWebhookFake();
  return {
    connect: () => connectWebhook(fake),
    seed: async (records) => fake.seed(records),
    truth: async () => fake.truth(),
    faults: Object.fromEntries(faults.map((fault) => [fault, () => fake.http.inject(fault)])),
    heal: fake.http.heal,
    secrets: [],
    writes: fake.writes,
    close: fake.close,
  };
});
