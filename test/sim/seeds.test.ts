import { describe, expect, test } from '@jest/globals';
import type { Fault, HandDoes, ServerFault } from '../../src/sim/faults';
import { type Plan, plainPlanOf, planOf } from '../../src/sim/plan';
import { play } from '../../src/sim/play';

/** A short run of the simulator, and the seeds that once found something. `npm run sim` plays thousands. */

async function broken(plan: Plan) {
  return (await play(plan)).violations;
}

describe('the first seeds', () => {
  test.each(Array.from({ length: 6 }, (_, index) => 1 + 4 * index))(
    'four from %i: every promise holds',
    async (from) => {
      for (let seed = from; seed < from + 4; seed++) expect([seed, await broken(planOf(seed))]).toEqual([seed, []]);
    },
    240_000,
  );
});

describe('plain seeds that found something', () => {
  test.each([
    [
      13,
      'a provider that says "applied" and does nothing left the change unverified for years: now it is written again',
    ],
    [216, 'a marker taken away by hand, and counted anew'],
    [
      1655,
      'without compare-and-swap a request delivered twice brings an older generation back: held as drift, never taken for a hand',
    ],
    [10559, 'a slow failure that began before a pass is old news'],
    [200000, 'a self-test after a hand moved the record: the marker stays as the last change wrote it'],
    [200001, 'two hosts with one owner, both testing the write path'],
  ])('%i: %s', async (seed) => expect(await broken(plainPlanOf(seed))).toEqual([]), 240_000);
});

describe('seeds that found something', () => {
  test.each([
    [
      1109,
      'two hosts of one owner, no compare-and-swap, readings of 13 s ago: the one cannot see what the other wrote',
    ],
    [
      5052,
      'two hosts of one owner each win at another of two providers: one writer a generation holds at each of them',
    ],
    [119, 'a self-test that was on its way when its site got another address: it lands on what was ours'],
    [5116, 'a site that passes again, fewer than RISE times, is down all the same: that is the evidence against it'],
    [591, 'a host that knew it was cut off, and then did not: sites it could not ask were taken to answer still'],
    [762, 'a way home while a common cause forbids to flee: the journal says which guard, with its numbers'],
    [1000119, 'an answer that was asked for in the dark and came in the light counts'],
    [
      1000324,
      'a switch that was decided some milliseconds before it left counted from its decision: one too many in the hour',
    ],
    [1000419, 'at one of two providers somebody else took the record in the middle of our change: not written over'],
    [213, 'a flight to a site of which an isolation had made us forget that it failed: other vantages called it up'],
    [20000233, 'an order was done, its save lost, and a crash: the pin of before did not undo it'],
    [20002001, 'the same, where only one of two providers had been written'],
    [20001280, 'an order that could not be saved, and a restart: forgotten, as its answer said'],
    [30000046, 'a flapping site and a provider that is down: dropped and decided anew, with one backoff for all of it'],
    [30000285, 'two providers, one of which lies: its rest and its repetition share one backoff'],
    [3000533, 'an empty record and a provider that lies: made, fled from, made again, ten times in a second'],
    [4000219, 'a hand moved the record, then one of two providers missed our switch from there: behind, not diverged'],
    [5000547, 'a failback decided with the news that a self-test failed once more: its evidence is in the journal'],
    [6000024, 'a broken disk, and a crash between the requests to two providers that left together'],
    [
      7000832,
      'pinned to a site that a reload took out, and the record removed: not decided and dropped forty times a second',
    ],
    [6000947, 'down by the ratio of the ring, whatever was looked at in between'],
    [30001965, 'two providers, the one lies, the other fails: a rest of what nobody holds is no rest'],
    [30002695, 'the records taken away by hand under the marker of another host of our owner'],
    [
      20002043,
      'two hosts, no compare-and-swap: a late test brought the older generation back, and the newer one is written anew',
    ],
    [20002298, 'after a start every site failed alike, one of them once in the light: a common cause all the same'],
    [100045, 'a crash after the marker and before the values of a change: no switch, since nobody has moved'],
    [700035, "another tool's mark that is gone, and holds until it is asked for again"],
    [700163, 'the same with two providers, a broken disk and a hand meanwhile'],
  ])('%i: %s', async (seed) => expect(await broken(planOf(seed))).toEqual([]), 240_000);
});

test('the same seed is the same story', async () => {
  const [one, two] = [await play(planOf(42)), await play(planOf(42))];
  expect(one.story).toEqual(two.story);
  expect(one.story.length).toBeGreaterThan(20);
});

describe('what a few hundred seeds have in them', () => {
  const plans = Array.from({ length: 400 }, (_, index) => planOf(1 + index));
  const rows: readonly [what: string, has: (plan: Plan) => boolean][] = [
    ['one provider with compare-and-swap', ({ providers }) => providers?.join() === 'swaps'],
    ['one that changes one record per call', ({ providers }) => providers?.join() === 'per-record'],
    ['two providers that write differently', ({ providers }) => new Set(providers).size === 2],
    ['a fault of one of two', ({ acts }) => faultsOf(acts).some((fault) => fault.kind === 'provider' && 'at' in fault)],
    ['several records', ({ services = 1 }) => services > 1],
    ['other vantages', ({ peers = 0 }) => peers > 0],
    ['nothing but restarts', ({ quiet }) => quiet === 'restarts'],
    ['nothing at all', ({ quiet }) => quiet === 'nothing'],
    [
      'an hour in which every site breaks under the load',
      ({ acts, policy }) => acts.at(-1)?.episodes.length === policy.sites.length + 1 && policy.maxSwitches.count === 2,
    ],
    ['two hosts', ({ hosts }) => hosts === 2],
    ['a second host of somebody else', ({ second }) => second === 'owner'],
    ['a second host with the sites in another order', ({ second }) => second === 'order'],
    ['an alias at the name', hasHand('alias')],
    ['a foreign marker', hasHand('stranger')],
    ['an alias or a foreign marker that is taken away again', hasHand('clears')],
    ["another tool's mark", has((fault) => fault.kind === 'claims' && fault.claims !== null)],
    ['nobody tells of marks', has((fault) => fault.kind === 'claims' && fault.claims === null)],
    ['a path that loses packets', has((fault) => fault.kind === 'path' && fault.what?.how === 'lossy')],
    ['a slow path', has((fault) => fault.kind === 'path' && fault.what?.how === 'slow')],
    ['a path of another vantage', (plan) => has((fault) => fault.kind === 'path' && fault.daemon >= plan.hosts)(plan)],
    [
      'another vantage cut off',
      (plan) => has((fault) => fault.kind === 'isolated' && fault.daemon >= plan.hosts)(plan),
    ],
    ['a crash between two calls of a change', has((fault) => fault.kind === 'crash' && fault.amid === true)],
    ['a name server that denies the name', hasServer('denies')],
    ['one that shows nothing', hasServer('empty')],
    ['one without authority', hasServer('lame')],
    ["one that shows another site's values", hasServer('misleads')],
    ['a disk that cannot write', has((fault) => fault.kind === 'disk' && fault.how === 'broken')],
  ];
  test.each(rows)('%s', (_what, has) => expect(plans.filter(has).length).toBeGreaterThan(0));

  test('every kind of fault', () => {
    const kinds = new Set(plans.flatMap(({ acts }) => faultsOf(acts).map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      ...['all-sites', 'claims', 'crash', 'disk', 'hand', 'isolated', 'order', 'path', 'provider', 'reload'],
      ...['restart', 'server', 'sick', 'site', 'stall', 'stuck', 'votes', 'wall'],
    ]);
  });
});

function has(which: (fault: Fault) => boolean): (plan: Plan) => boolean {
  return ({ acts }) => faultsOf(acts).some(which);
}

function hasHand(does: HandDoes) {
  return has((fault) => fault.kind === 'hand' && fault.does === does);
}

function hasServer(how: ServerFault['how']) {
  return has((fault) => fault.kind === 'server' && fault.what.how === how);
}

function faultsOf(acts: Plan['acts']) {
  return acts.flatMap(({ episodes }) => episodes.map(({ fault }) => fault));
}
