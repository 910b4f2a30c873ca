import type { Provider, ProviderInput } from '../../providers/provider';
import { create } from '../../providers/webhook/webhook';
import type { WebhookFake } from './webhook-fake';

export async function connectWebhook(fake: WebhookFake, over: Partial<ProviderInput> = {}): Promise<Provider> {
  const env = { WEBHOOK_PROVIDER_URL: fake.http.url };
  const defaults = { record: 'www.example.test', zone: null, ttl: 60, directory: '/nonexistent', mixedFamilies: false };
  const created = await create({ ...defaults, env, ...over });
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}
