import { expect, test } from '@jest/globals';
import { eventText } from '../../src/control/event-text';
import type { Event } from '../../src/control/ports';
import { initial } from '../../src/domain/step';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';
import { calm, suffers } from './world';

const state = initial(null);

test.each<[Event, string]>([
  [
    { type: 'observed', site: a, startedMs: 0, paced: true, observation: fail('status') },
    'asia-east1 fails (status): injected status',
  ],
  [
    { type: 'ordered', order: { order: 'switch', site: b }, actor: 'ada', why: 'maintenance', forMs: 3_600_000 },
    'switch to europe-west1 by ada for 1h: maintenance',
  ],
  [
    { type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'maintenance', forMs: null },
    'hold by ada: maintenance',
  ],
  [{ type: 'sending', generation: 7 }, 'a request of generation 7 leaves for the provider'],
  [{ type: 'waits', generation: 7, why: 'the zone shows x' }, 'generation 7 is not written now: the zone shows x'],
  [
    { type: 'wrote', generation: 7, outcome: 'applied', why: '', requestId: 'r0', retryAfterMs: null },
    'the provider to generation 7: applied (request r0)',
  ],
  [{ type: 'verified', generation: 7, laggards: ['ns1: old'] }, 'servers that lack generation 7: ns1: old'],
  [{ type: 'sick', why: 'no memory' }, 'this node does not trust itself: no memory'],
])('%j is %s', (event, text) => {
  expect(eventText(state, state, event)).toBe(text);
});

test('what it changed comes after it', () => {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  const before = bench.view().state;
  bench.allUp(a, b, c);
  const event: Event = {
    type: 'observed',
    site: a,
    startedMs: 0,
    paced: true,
    observation: { result: 'pass', latencyMs: 1 },
  };
  expect(eventText(before, bench.view().state, event)).toMatch(/^asia-east1 passes; asia-east1 unknown → up; /);
});

test('no line of a failover, an order and its end says only its own name', async () => {
  const world = await calm(policyOf());
  world.order(c, 60_000);
  await world.time.run(120_000);
  suffers(world, c, 'status');
  await world.time.run(120_000);
  const lines = world.lines.filter(({ kind }) => kind !== 'tell');
  const codes = ['found', 'observed', 'ordered', 'sending', 'wrote', 'verified', 'ticked', 'point', 'verify'];
  expect(lines.map(({ code }) => code)).toEqual(expect.arrayContaining(codes));
  expect(lines.filter(({ code, text }) => text === code || text === 'by the clock')).toEqual([]);
});
