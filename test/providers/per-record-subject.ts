import type { Provider } from '../../providers/provider';
import { type Fault, faults, type Subject } from './conformance';
import type { FakeServer } from './per-record-server';
import type { FakeZone } from './per-record-zone';

/**
 * The conformance suite's view of such a fake. Its switch from A to B takes six calls: lock, marker, two updates, one create, unlock.
 * So "applied, then lost" is the answer to the fifth, with which the name holds B, and "lost" is the request of the second, with which
 * a change begins.
 */
export function subject(
  fake: FakeServer & { readonly zone: FakeZone },
  secrets: readonly string[],
  connect: () => Promise<Provider>,
): Subject {
  const inject = (fault: Fault) => {
    if (fault === 'applied-then-lost') fake.tamper((write) => (write >= 4 ? 'lose-answer' : 'carry-out'));
    else if (fault === 'lost') fake.tamper((write) => (write >= 1 ? 'lose-request' : 'carry-out'));
    else fake.inject(fault);
  };
  return {
    connect,
    seed: async (records) => fake.zone.seed(records),
    truth: async () => fake.zone.truth(),
    faults: Object.fromEntries(faults.map((fault) => [fault, () => inject(fault)])),
    heal: () => fake.heal(),
    secrets,
    writes: () => fake.writes(),
    close: () => fake.close(),
  };
}
