import { describe, expect, test } from '@jest/globals';
import { explain } from '../../src/domain/explain';
import { factsOf } from '../../src/notifying';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

/** What stands under a page: where the record points, and of each site what made its verdict. */
describe('the evidence of an alert', () => {
  test('a site that fails one check in three says so, although its streak is short', () => {
    const bench = benchOf(policyOf({ maxSwitches: { count: 0, windowMs: 1 } }));
    bench.post({ type: 'found', found: foundAt(a, 7) });
    bench.allUp(a, b, c);
    for (let round = 0; round < 4; round++) {
      bench.allUp(b, c);
      bench.see(a, fail());
      bench.wait(10_000);
    }
    bench.see(a, { result: 'pass', latencyMs: 1 });
    bench.see(a, fail());
    bench.wait(1);
    const { active, evidence } = factsOf(explain(bench.view()), `down:${a}`) ?? { active: false, evidence: [] };
    expect(active).toBe(true);
    expect(evidence.slice(0, 2)).toEqual([
      `www.example.test points at ${a} (generation 7); no change is under way`,
      `${a} (active): down for 20s, 1 failed check in a row, 5 of the last 12 checks failed, last failure just now: status: injected status`,
    ]);
    expect(evidence[2]).toMatch(
      /^europe-west1: up for \S+, \d+ passed checks in a row, 0 of the last \d+ checks failed$/,
    );
  });

  test('a change that is under way says where to, and how far it has come', () => {
    const bench = benchOf(policyOf());
    bench.post({ type: 'found', found: foundAt(a) });
    bench.allUp(a, b, c);
    bench.post({ type: 'ordered', order: { order: 'switch', site: b }, actor: 'ada', why: 'x', forMs: null });
    const line = () => factsOf(explain(bench.view()), 'x')?.evidence[0];
    expect(line()).toMatch(/points at asia-east1 \(generation \d\); a change to europe-west1 is decided$/);
    bench.post({ type: 'sending', generation: 1 });
    expect(line()).toMatch(/; a change to europe-west1 is on its way to the provider$/);
  });

  test('of a record that nobody manages there is none', () => {
    expect(factsOf(null, 'x')).toBeNull();
  });
});
