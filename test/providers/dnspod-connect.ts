import { create } from '../../providers/dnspod/dnspod';
import type { Provider, ProviderInput } from '../../providers/provider';
import type { DnspodFake } from './dnspod-fake';

/** What the adapter is made from when it is to talk to that fake. */
export function inputFor(fake: DnspodFake, over: Partial<ProviderInput> = {}): ProviderInput {
  const { secretId, secretKey, url } = fake;
  return {
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env: { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey, DNSPOD_ENDPOINT: url },
    directory: '/nonexistent',
    mixedFamilies: false,
    ...over,
  };
}

export async function connect(fake: DnspodFake, over: Partial<ProviderInput> = {}): Promise<Provider> {
  const created = await create(inputFor(fake, over));
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}
