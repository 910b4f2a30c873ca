import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Policy } from '../../src/domain/types';
import { serviceOf } from '../config/fake-input';
import { a, b, benchOf, c, fail, foundAt, pass, policyOf } from './fixtures';

/** The same traces in every run; `SEED=…` tries others. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 1) });

/** `check interval=3000 rise=2 fall=3 timeout=1000`, as failoverd says it. The canary stands for everything else that answers. */
const policy: Policy = policyOf({
  intervalMs: 3_000,
  timeoutMs: 1_000,
  fall: 3,
  rise: 2,
  sustainMs: 0,
  window: 0,
  confirmIntervalMs: 3_000,
  failbackAfterMs: 0,
  ttlMs: 0,
  dampingCapMs: 0,
  maxSwitches: { count: 1_000_000, windowMs: 1 },
  canaries: ['canary'],
  commonCauseMs: 0,
});

/** The same line in variables, as the configuration accepts them: what it leaves is one second of TTL and the minute after a common failure. */
const { record, sites, owner, vantage, domain, canaries } = policy;
const accepted: Policy = {
  ...serviceOf({
    ...{ FAILOVERD_INTERVAL: '3s', FAILOVERD_TIMEOUT: '1s', FAILOVERD_RISE: '2', FAILOVERD_FALL: '3' },
    ...{ FAILOVERD_SUSTAIN: '0s', FAILOVERD_WINDOW: '0', FAILOVERD_CONFIRM_INTERVAL: '3s', FAILOVERD_TTL: '1s' },
    ...{ FAILOVERD_FAILBACK_AFTER: '2s', FAILOVERD_DAMPING_CAP: '2s', FAILOVERD_MAX_SWITCHES: '100/1m' },
  }).policy,
  ...{ record, sites, owner, vantage, domain, canaries },
};

/** The counter of nginx's upstream check, written down from its description: `down` changes on the rise-th success or fall-th failure in a row. */
class NginxPeer {
  down = true;
  private successes = 0;
  private failures = 0;

  check(ok: boolean): void {
    if (ok) {
      this.successes += 1;
      this.failures = 0;
      if (this.down && this.successes >= 2) this.down = false;
    } else {
      this.failures += 1;
      this.successes = 0;
      if (!this.down && this.failures >= 3) this.down = true;
    }
  }

  get failing(): boolean {
    return this.failures > 0;
  }
}

/** Long stretches as well as single blips: what makes counters differ. */
const stretch = fc.tuple(fc.boolean(), fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 })));
const trace = fc
  .array(stretch, { minLength: 1, maxLength: 8 })
  .map((stretches) => stretches.flatMap(([ok, length]) => Array.from({ length }, () => ok)));

/** What both say after each probe of one site. */
function compared(
  results: readonly boolean[],
  settings: Policy,
): {
  readonly ours: readonly string[];
  readonly nginx: readonly string[];
} {
  const bench = benchOf(settings);
  const peer = new NginxPeer();
  const ours: string[] = [];
  const nginx: string[] = [];
  for (const [index, ok] of results.entries()) {
    bench.wait(3_000);
    if (index % 3 === 0) bench.post({ type: 'canary', name: 'canary', ok: true });
    bench.see(a, ok ? pass : fail('timeout'));
    peer.check(ok);
    ours.push(bench.state.standings[a]?.verdict ?? 'unknown');
    nginx.push(peer.down ? 'down' : 'up');
  }
  return { ours, nginx };
}

/** nginx begins with `down` where we say that we do not know. */
function withoutBeginning(said: readonly string[], ours: readonly string[]): readonly string[] {
  const first = ours.findIndex((verdict) => verdict !== 'unknown');
  return first === -1 ? [] : said.slice(first);
}

const order: readonly string[] = [a, b, c];

/** The record's way through the probes of a primary and two backups, by the decision and by nginx's counters. */
function moves(
  rounds: readonly (readonly boolean[])[],
  settings: Policy,
): {
  readonly ours: readonly string[];
  readonly nginx: readonly string[];
} {
  const bench = benchOf(settings);
  bench.post({ type: 'found', found: foundAt(a) });
  const peers = new Map(order.map((site) => [site, new NginxPeer()]));
  const decided = new Set<string>();
  const ours: string[] = [];
  const nginx: string[] = [];
  for (const round of rounds) {
    bench.wait(1_500);
    bench.post({ type: 'canary', name: 'canary', ok: true });
    for (const [index, site] of order.entries()) {
      const from = bench.state.durable.active ?? '';
      const ok = round[index] === true;
      bench.wait(500);
      bench.see(site, ok ? pass : fail('timeout'));
      peers.get(site)?.check(ok);
      if (bench.state.standings[site]?.verdict !== 'unknown') decided.add(site);
      const able = order.filter((name) => peers.get(name)?.down === false && peers.get(name)?.failing === false);
      const home = able.find((name) => order.indexOf(name) < order.indexOf(from));
      const away = decided.has(from) && peers.get(from)?.down === true ? able[0] : undefined;
      if (bench.state.durable.change !== null) bench.settle();
      const now = bench.state.durable.active ?? '';
      ours.push(now);
      // The way home is calmer than nginx's: later, and like it only to an earlier site that can serve.
      const calm = able.includes(now) && order.indexOf(now) < order.indexOf(from) ? now : from;
      nginx.push(away ?? (settings === accepted ? calm : (home ?? from)));
    }
  }
  return { ours, nginx };
}

describe('with its counting the decision falls on the very probe nginx decides on', () => {
  test.each([
    ['bare', policy],
    ['as the configuration accepts them', accepted],
  ])('one site, settings %s: up and down', (_how, settings) => {
    let flips = 0;
    fc.assert(
      fc.property(trace, (results) => {
        const { ours, nginx } = compared(results, settings);
        expect(withoutBeginning(ours, ours)).toEqual(withoutBeginning(nginx, ours));
        flips += ours.filter((verdict, index) => index > 0 && verdict !== ours[index - 1]).length;
      }),
      { numRuns: 2_000 },
    );
    expect(flips).toBeGreaterThan(2_000);
  });

  test('a primary and two backups: on the probe that takes the primary down, to the first backup that is up and passing', () => {
    let moved = 0;
    fc.assert(
      fc.property(trace, trace, trace, (first, second, third) => {
        const length = Math.min(first.length, second.length, third.length);
        const rounds = Array.from({ length }, (_, index) => [first, second, third].map((one) => one[index] === true));
        const { ours, nginx } = moves(rounds, policy);
        expect(ours).toEqual(nginx);
        moved += new Set(ours).size - 1;
      }),
      { numRuns: 500 },
    );
    expect(moved).toBeGreaterThan(150);
  });

  test('the same with accepted settings while one site answers, but that the way home is calm', () => {
    let moved = 0;
    fc.assert(
      fc.property(trace, trace, (first, second) => {
        const length = Math.min(first.length, second.length);
        const rounds = Array.from({ length }, (_, index) => [first[index] === true, second[index] === true, true]);
        const { ours, nginx } = moves(rounds, accepted);
        expect(ours).toEqual(nginx);
        moved += ours.filter((site, index) => index > 0 && site !== ours[index - 1]).length;
      }),
      { numRuns: 1_000 },
    );
    expect(moved).toBeGreaterThan(500);
  });

  test.each([
    ['bare', policy, 2],
    ['as the configuration accepts them', accepted, 6],
  ])('settings %s: the backups are taken in order', (_how, settings, calm) => {
    const up = [true, true, true];
    const lost = (...sites: readonly string[]) => order.map((site) => !sites.includes(site));
    const { ours } = moves(
      [
        up,
        up,
        ...Array(3).fill(lost(a)),
        ...Array(3).fill(lost(a, b)),
        ...Array(calm).fill(lost(a)),
        ...Array(calm).fill(up),
      ],
      settings,
    );
    expect(ours.filter((site, index) => site !== ours[index - 1])).toEqual([a, b, c, b, a]);
  });
});
