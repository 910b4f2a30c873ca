import { expect, test } from '@jest/globals';
import { linesOf } from '../../src/control/journal';
import type { Event } from '../../src/control/ports';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

/** Whatever event a decision falls in, its evidence is kept (S19). */
test.each<readonly [type: string, event: Event]>([
  [
    'tested',
    { type: 'tested', result: 'failed', step: 'write', why: 'x', certain: true, tookMs: 1, credentials: null },
  ],
  ['stored', { type: 'stored', why: null }],
  ['canary', { type: 'canary', name: 'canary', ok: true }],
  ['ticked', { type: 'ticked' }],
])('a decision that falls together with the event %s', (code, event) => {
  const bench = benchOf(policyOf({ sustainMs: 0 }));
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  const before = bench.state;
  for (let count = 0; count < 3; count++) bench.see(a, fail());
  const { change } = bench.state.durable;
  expect(change).toMatchObject({ from: a, to: b });
  const stood = { code: 'moving', answer: '', active: a } as const;
  const lines = linesOf(before, bench.state, event, [], 1, 2, () => stood);
  expect(lines).toMatchObject([{ kind: 'event', code, data: { change, stood } }]);
});
