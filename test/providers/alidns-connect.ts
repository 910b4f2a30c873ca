import { create } from '../../providers/alidns/alidns';
import type { Provider, ProviderInput } from '../../providers/provider';
import type { AlidnsFake } from './alidns-fake';

/** What the adapter is made from when it is to talk to that fake. */
export function inputFor(fake: AlidnsFake, over: Partial<ProviderInput> = {}): ProviderInput {
  const { accessKeyId, accessKeySecret, url } = fake;
  return {
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env: {
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      ALIDNS_ENDPOINT: url,
    },
    directory: '/nonexistent',
    mixedFamilies: false,
    ...over,
  };
}

export async function connect(fake: AlidnsFake, over: Partial<ProviderInput> = {}): Promise<Provider> {
  const created = await create(inputFor(fake, over));
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}
