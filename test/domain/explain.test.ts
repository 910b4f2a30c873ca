import { describe, expect, test } from '@jest/globals';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import type { OutcomeCode } from '../../src/domain/state';
import type { Policy } from '../../src/domain/types';
import { a, type Bench, b, benchOf, c, fail, foundAt, policyOf } from './fixtures';

const fast = policyOf({ fall: 2, rise: 2, sustainMs: 0, window: 10 });

function calm(changes: Partial<Policy> = {}): Bench {
  const bench = benchOf({ ...fast, ...changes });
  bench.post({ type: 'found', found: foundAt(a, 4) });
  bench.allUp(a, b, c);
  return bench;
}

function statusOf(bench: Bench): ServiceStatus {
  return explain(bench.view());
}

function switchTo(bench: Bench, site: string, ...outcomes: readonly OutcomeCode[]): Bench {
  bench.post({ type: 'ordered', order: { order: 'switch', site }, actor: 'ada', why: 'x', forMs: null });
  for (const outcome of outcomes) {
    bench.post({ type: 'sending', generation: 5 });
    bench.post({ type: 'wrote', generation: 5, outcome, why: 'x', requestId: null, retryAfterMs: null });
  }
  return bench;
}

describe('the state of the write', () => {
  const rows: readonly [write: string, wanted: string, make: () => Bench][] = [
    ['settled', a, calm],
    ['wanted', b, () => switchTo(calm(), b)],
    ['writing', b, () => sending(switchTo(calm(), b))],
    ['unsure', b, () => switchTo(calm(), b, 'unknown')],
    ['stuck', b, () => switchTo(calm(), b, 'throttled')],
    ['verifying', b, () => switchTo(calm(), b, 'applied')],
    ['partial', b, () => partial(switchTo(calm(), b, 'applied'))],
  ];
  test.each(rows)('%s', (write, wanted, make) => {
    expect(statusOf(make())).toMatchObject({ record: 'www.example.test', write, wanted });
  });

  test('after a fence began, what is wanted is what there is', () => {
    const bench = switchTo(calm(), b, 'unknown');
    bench.post({ type: 'ordered', order: { order: 'resume' }, actor: 'ada', why: 'x', forMs: null });
    expect(statusOf(bench)).toMatchObject({ wanted: a, change: { kind: 'fence' } });
  });
});

describe('could we fail over now?', () => {
  const rows: readonly [name: string, policy: Partial<Policy>, spoil: (bench: Bench) => void, why: RegExp][] = [
    ['the zone cannot be read', {}, readFails, /cannot be read/],
    [
      'something foreign',
      {},
      (bench) => bench.post({ type: 'found', found: { ...foundAt(a), sets: [] } }),
      /no record/,
    ],
    ['held', {}, (bench) => order(bench), /held by ada/],
    ['pinned', {}, (bench) => switchTo(bench, a), /pinned to asia-east1/],
    ['sick', {}, (bench) => bench.post({ type: 'sick', why: 'stalled' }), /stalled/],
    ['dry run', { dryRun: true }, () => undefined, /DRY_RUN/],
    ['no standby', { sites: fast.sites.slice(0, 2) }, (bench) => bench.see(b, fail()), /no standby/],
    ['budget', { maxSwitches: { count: 0, windowMs: 1 } }, () => undefined, /0 of 0/],
    ['stuck', {}, (bench) => switchTo(bench, b, 'denied'), /a write is stuck/],
  ];
  test.each(rows)('%s', (_name, policy, spoil, why) => {
    const bench = calm(policy);
    spoil(bench);
    const status = statusOf(bench);
    expect(status.ready).toBe(false);
    expect(status.readyWhy.join('\n')).toMatch(why);
  });

  test('yes when calm, no before anything is known', () => {
    expect(statusOf(calm())).toMatchObject({ ready: true, readyWhy: [] });
    expect(statusOf(benchOf(fast)).readyWhy).toEqual([
      'the zone was not read yet',
      'no standby is up',
      'no site answers: this node may be the one that is cut off',
    ]);
  });
});

test('each site with what is known of it', () => {
  const bench = calm();
  bench.wait(2_000);
  bench.see(b, fail('tls'));
  bench.wait(1_000);
  expect(statusOf(bench).sites[1]).toEqual({
    name: b,
    addresses: ['198.51.100.7'],
    verdict: 'up',
    disputed: false,
    forMs: 3_000,
    health: { vote: 'up', passes: 0, fails: 1, since: 1_000, failRatio: 1 / 3, ring: 'ppf', inDoubt: true },
    last: fail('tls'),
    lastFail: { agoMs: 1_000, class: 'tls', why: 'injected tls' },
    gates: [],
  });
});

test('holds and pins show how long they last yet; the last switch how long ago it was', () => {
  const bench = switchTo(calm(), b);
  bench.settle();
  order(bench, 60_000);
  bench.wait(1_000);
  const status = statusOf(bench);
  expect(status).toMatchObject({
    hold: { by: 'order', actor: 'ada', until: 59_000 },
    pin: { site: b, until: null },
    lastSwitch: { to: b, agoMs: 1_000 },
  });
  bench.post({ type: 'ordered', order: { order: 'switch', site: b }, actor: 'ada', why: 'x', forMs: 5_000 });
  bench.wait(2_000);
  expect(statusOf(bench).pin).toMatchObject({ until: 3_000 });
  expect(status).toMatchObject({ generation: 5, budget: { spent: 0, count: 4 }, penalty: 0, failbackWaitMs: 300_000 });
});

function sending(bench: Bench): Bench {
  bench.post({ type: 'sending', generation: 5 });
  return bench;
}

function partial(bench: Bench): Bench {
  bench.post({ type: 'verified', generation: 5, laggards: ['ns2'] });
  return bench;
}

function readFails(bench: Bench): void {
  bench.post({ type: 'read-failed', why: 'x', code: 'unavailable', generation: null, retryAfterMs: null });
}

function order(bench: Bench, forMs: number | null = null): void {
  bench.post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs });
}
