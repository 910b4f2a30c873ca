import { expect, test } from '@jest/globals';
import type { Proof } from '../../providers/provider';
import { createVerifying } from '../../src/control/verify';
import { initial } from '../../src/domain/step';
import type { Observation } from '../../src/domain/types';
import { createTime } from '../../src/sim/time';
import { foundAt, policyOf } from '../domain/fixtures';

const policy = policyOf();
const [first, second] = policy.sites.map((site) => site.name);

/** Asks once, in steady state, whether `first` is what users get. */
async function laggards(
  proof: Proof,
  holds: string,
  through: Observation['result'],
  servers: boolean,
): Promise<readonly string[] | null> {
  const time = createTime(0);
  const state = initial(null);
  let told: readonly string[] | null = null;
  const verifying = createVerifying(
    {
      policy,
      view: () => ({
        state: { ...state, durable: { ...state.durable, active: first ?? null } },
        policy,
        moment: { nowMs: 0, failbackOpen: true, elsewhere: 0 },
      }),
      post: (event) => {
        if (event.type === 'verified') told = event.laggards;
      },
    },
    {
      clock: time,
      random: () => 0,
      verifier: { verify: async () => ({ ok: true, answers: [{ server: 'ns1', agrees: servers, why: 'x' }] }) },
      provider: {
        name: 'fake',
        guarantees: { atomic: true, compareAndSwap: true, note: '' },
        read: async () => ({ ok: true, found: foundAt(holds), proof }),
        replace: async () => ({ code: 'denied', why: 'not here' }),
        nameservers: async () => [],
        preflight: async () => [],
        close: async () => undefined,
      },
      prober: {
        probe: async () => ({ result: 'pass', latencyMs: 1 }),
        through: async () =>
          through === 'pass' ? { result: 'pass', latencyMs: 1 } : { result: 'unknown', why: 'no way through' },
        close: () => undefined,
      },
    },
    () => [proof],
  );
  const [site] = policy.sites;
  if (site !== undefined) await verifying.compare(site, 1);
  return told;
}

test.each([
  ['dns', second, 'unknown', true, []],
  ['dns', first, 'pass', false, ['ns1: x']],
  ['api', first, 'pass', false, []],
  ['api', second, 'pass', true, ["the provider's API does not show the new set"]],
  ['api', first, 'unknown', true, ['the service through the record: no way through']],
  ['read', first, 'unknown', false, []],
  ['read', second, 'pass', true, ["the provider's API does not show the new set"]],
] as const)(
  'proof %s, the provider holds %s, through the record %s, servers agree %s: %j',
  async (proof, holds, through, servers, expected) => {
    expect(await laggards(proof, holds ?? '', through, servers)).toEqual(expected);
  },
);
