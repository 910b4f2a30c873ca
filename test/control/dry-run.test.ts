import { expect, test } from '@jest/globals';
import type { RecordSet } from '../../src/domain/records';
import { a, b, c, policyOf } from '../domain/fixtures';
import { calm, createWorld, type World } from './world';

/** FAILOVERD_DRY_RUN is set while a change of the run before is still open: from then on nothing is written, whatever it had come to. */

const minuteMs = 60_000;
const [v4, v6] = [
  { [a]: '203.0.113.10', [b]: '198.51.100.7', [c]: '192.0.2.5' } as const,
  { [a]: '2001:db8::a', [b]: '2001:db8::b', [c]: '2001:db8::c' } as const,
];
const setsOf = (at4: keyof typeof v4, at6: keyof typeof v6): readonly RecordSet[] => [
  { type: 'A', ttl: 60, values: [v4[at4]] },
  { type: 'AAAA', ttl: 60, values: [v6[at6]] },
];
const wet = policyOf({
  ...{ intervalMs: 1_000, timeoutMs: 1_000, rise: 2, sustainMs: 2_000, confirmIntervalMs: 200 },
  sites: [a, b, c].map((name) => ({ name, sets: setsOf(name, name) })),
});

test.each([
  ['taken, and then not there', (world: World) => world.zone.hand({ sets: setsOf(a, a), marker: null })],
  [
    'half made',
    (world: World) =>
      world.zone.hand({ sets: setsOf(b, a), marker: { owner: wet.owner, generation: issued(world), site: b } }),
  ],
  ['of unknown outcome', () => undefined],
])('a change that was %s', async (name, left) => {
  const before = await calm(wet);
  before.zone.treat = () => ({ how: name.startsWith('taken') ? 'normal' : 'unanswered', landsMs: null });
  for (const server of Object.values(before.zone.servers)) server.silent = true;
  before.order(b);
  await before.time.run(3_000);
  before.crash();
  left(before);
  const world = createWorld({ ...wet, dryRun: true }, { beside: before });
  world.disk.durable = before.disk.durable;
  world.zone.treat = () => ({ how: 'normal' });
  const sent = world.zone.requests.length;
  world.start();
  await world.time.run(5 * minuteMs);
  expect(world.zone.requests.slice(sent)).toEqual([]);
});

function issued(world: World): number {
  const { issued } = JSON.parse(world.disk.durable ?? '{}') as { readonly issued: number };
  return issued;
}
