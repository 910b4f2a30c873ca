import type { Provider, ProviderInput } from '../../providers/provider';
import { create } from '../../providers/route53/route53';
import { canary } from '../canary';
import { faults, type Subject } from './conformance';
import { type Route53Fake, startRoute53Fake } from './route53-fake';

/** Credentials of the usual shape that no output may show. */
export const canaries = {
  AWS_ACCESS_KEY_ID: `AKIA${canary}EXAMPLE00`,
  AWS_SECRET_ACCESS_KEY: `${canary}/secret/canary/secret/canar/40chr`,
  AWS_SESSION_TOKEN: `${canary}-token-0123456789`,
};

/** Makes the SDK's real chain find the canaries and nothing of this machine. */
export function useCanaries(): void {
  const nothing = {
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  Object.assign(process.env, canaries, nothing);
}

export const record = 'www.example.test';

/** An adapter on the fake, for `www.example.test` unless told otherwise. */
export async function connectTo(fake: Route53Fake, input: Partial<ProviderInput> = {}): Promise<Provider> {
  const env = { AWS_ENDPOINT_URL_ROUTE_53: fake.url, ...input.env };
  const defaults = { record, zone: null, ttl: 60, directory: '/nonexistent', mixedFamilies: false };
  const created = await create({ ...defaults, ...input, env });
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}

/** A fresh fake with zone Z0EXAMPLE `example.test`, for the conformance suite. */
export async function openRoute53(env: Readonly<Record<string, string>> = {}): Promise<Subject> {
  const fake = await startRoute53Fake();
  fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
  return {
    connect: () => connectTo(fake, { env }),
    seed: async (records) => fake.seed('Z0EXAMPLE', records),
    truth: async () => fake.truth('Z0EXAMPLE'),
    faults: Object.fromEntries(faults.map((fault) => [fault, () => fake.inject(fault)])),
    delayed: {
      hold: () => fake.inject('delayed'),
      deliver: async () => fake.deliver().length,
    },
    heal: fake.heal,
    secrets: Object.values(canaries),
    writes: fake.writes,
    close: fake.close,
  };
}
