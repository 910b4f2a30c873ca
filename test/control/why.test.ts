import { describe, expect, test } from '@jest/globals';
import { switchOf, type WhySwitch } from '../../src/control/chain';
import { type Stood, type WhyThen, whyThen } from '../../src/control/then';
import type { Policy } from '../../src/domain/types';
import { utcText } from '../../src/domain/wall';
import { a, b, c, policyOf } from '../domain/fixtures';
import { calm, historyOf, suffers, type World } from './world';

const minuteMs = 60_000;

function switchIn(world: World, generation: number | 'last' = 'last'): WhySwitch {
  const chain = switchOf((filter) => historyOf(world, filter), world.policy.record, generation);
  if (chain === null) throw new Error('no such switch');
  return chain;
}

/** What stood so many milliseconds after the world began. */
function momentIn(world: World, sinceMs: number): WhyThen {
  const atMs = world.time.wallMs() - world.nowMs() + sinceMs;
  const observed = (_record: string, limit: number, untilMs: number) =>
    world.probes
      .filter((row) => row.wallMs <= untilMs)
      .toReversed()
      .slice(0, limit);
  return whyThen({ history: (filter) => historyOf(world, filter), observed }, world.policy, atMs);
}

/** Calm, then the first site fails until the record has moved. */
async function failedOver(
  changes: Partial<Policy> = {},
): Promise<{ readonly world: World; readonly failedMs: number }> {
  const world = await calm(policyOf(changes));
  const failedMs = world.nowMs();
  suffers(world, a, 'status');
  await world.time.until(() => world.tell('switched').length > 0, 2 * minuteMs);
  return { world, failedMs };
}

describe('a past switch', () => {
  test('from the first failed probe to every server, with the seconds of each stage as they were told', async () => {
    const { world } = await failedOver();
    const chain = switchIn(world);
    const told = world.tell('switched')[0]?.fields ?? {};
    expect(chain).toMatchObject({ code: 'switched', generation: 1, kind: 'failover', from: a, to: b, requestId: 'r0' });
    const { detectMs, decideMs, writeMs, verifyMs, tookMs } = told;
    expect(chain.stages).toEqual({ detectMs, decideMs, writeMs, verifyMs, tookMs });
    expect(told['requestId']).toBe('r0');
    const parts = [detectMs, decideMs, writeMs, verifyMs].map(Number);
    expect(parts.every((ms) => ms > 0)).toBe(true);
    expect(parts.reduce((sum, ms) => sum + ms, 0)).toBe(tookMs);
    expect(chain.answer).toMatch(
      /^www\.example\.test moved from asia-east1 to europe-west1 \(failover, generation 1\), on every server 2\d(\.\d)?s after the first failed probe \(detect 2.*, decide .*, write .*, verify .*\); because asia-east1 is down: /,
    );
    expect(chain.steps.map(({ text }) => text)).toEqual([
      'the first failed probe of asia-east1',
      'decided: failover from asia-east1 to europe-west1',
      'a request leaves for the provider',
      'the provider: applied (request r0)',
      'the provider took generation 1: europe-west1',
      '2 of 2 servers answer the new set',
      expect.stringMatching(/^failover verified: europe-west1 answers on every server/),
    ]);
    expect(chain.steps[0]?.afterMs).toBe(-Number(detectMs));
    expect(chain.servers).toMatchObject([
      { server: 'ns1', agrees: true },
      { server: 'ns2', agrees: true },
    ]);
    expect(chain.evidence?.sites[0]).toMatchObject({ name: a, verdict: 'down', lastFail: { class: 'status' } });
    expect(JSON.parse(JSON.stringify(chain))).toEqual(chain);
  });

  test('every attempt with its outcome, and the servers that came late', async () => {
    const world = await calm(policyOf());
    world.zone.treat = (request) => (request === 0 ? { how: 'refused', code: 'throttled' } : { how: 'normal' });
    for (const server of Object.values(world.zone.servers)) server.lagMs = 3_000;
    suffers(world, a, 'status');
    await world.time.until(() => world.tell('switched').length > 0, 2 * minuteMs);
    const { steps, stages, servers } = switchIn(world);
    const texts = steps.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith('the provider: '))).toEqual([
      expect.stringMatching(/^the provider: throttled/),
      'the provider: applied (request r1)',
    ]);
    expect(texts.filter((text) => text === 'a request leaves for the provider')).toHaveLength(2);
    expect(texts.some((text) => text.startsWith('0 of 2 servers answer the new set; ns1: '))).toBe(true);
    expect(servers.every(({ agrees }) => agrees)).toBe(true);
    expect(stages.writeMs).toBeGreaterThanOrEqual(500);
    expect(world.tell('switched')[0]?.fields['writeMs']).toBe(stages.writeMs);
    expect(stages.verifyMs).toBeGreaterThanOrEqual(2_900);
  });

  test('what a hold kept from being acted on counts from the end of the hold', async () => {
    const world = await calm(policyOf());
    world.service().order({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'x', forMs: null });
    suffers(world, a, 'status');
    await world.time.run(2 * minuteMs);
    world.service().order({ type: 'ordered', order: { order: 'resume' }, actor: 'ada', why: 'x', forMs: null });
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    const chain = switchIn(world);
    expect(chain).toMatchObject({ released: true, stages: { detectMs: 0 } });
    expect(chain.stages.tookMs).toBeLessThan(10_000);
    expect(chain.stages.tookMs).toBe(world.tell('switched')[0]?.fields['tookMs']);
    expect(chain.answer).toMatch(/on every server \S+ after the hold or pin ended \(detect 0ms, decide/);
    expect(chain.steps[0]?.text).toBe('the hold or pin ended');
  });

  test('an order has no detection; who ordered it is in the evidence', async () => {
    const world = await calm(policyOf());
    world.order(c);
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    const chain = switchIn(world, 1);
    expect(chain).toMatchObject({ kind: 'order', to: c, why: 'because', evidence: { actor: 'ada' } });
    expect(chain.stages.detectMs).toBeNull();
    expect(chain.answer).toContain('after the decision (decide ');
  });

  test('one that began while an older request might still land keeps its evidence too', async () => {
    const world = await calm(policyOf());
    world.zone.treat = () => ({ how: 'unanswered', landsMs: null });
    world.order(b);
    await world.time.run(20_000);
    world.zone.treat = () => ({ how: 'normal' });
    world.order(c);
    await world.time.until(() => world.tell('switched').length > 0, minuteMs);
    expect(switchIn(world)).toMatchObject({ to: c, evidence: { actor: 'ada' }, code: 'switched' });
    const fence = switchIn(world, 2);
    expect(fence).toMatchObject({ code: 'superseded', kind: 'fence', to: a });
    expect(fence.answer).toMatch(
      /did not move at asia-east1 .*: a newer decision took its place before it took effect/,
    );
  });

  test('one that is dropped, and one under way', async () => {
    const world = await calm(policyOf());
    world.zone.treat = () => ({ how: 'refused', code: 'unavailable' });
    suffers(world, a, 'status', 25_000);
    await world.time.until(() => world.tell('decided').length > 0, minuteMs);
    await world.time.run(1_000);
    expect(switchIn(world)).toMatchObject({ code: 'underway', stages: { tookMs: null, verifyMs: null } });
    await world.time.until(() => world.tell('dropped').length > 0, minuteMs);
    const dropped = switchIn(world, 1);
    expect(dropped).toMatchObject({ code: 'dropped' });
    expect(dropped.steps.at(-1)?.text).toMatch(/^dropped: failover to europe-west1 is not justified any more/);
  });

  test('none of that generation', async () => {
    const { world } = await failedOver();
    expect(switchOf((filter) => historyOf(world, filter), world.policy.record, 7)).toBeNull();
  });
});

test('now: the last five failures of each site, newest first, none after the restart of what saw them', async () => {
  const world = await calm(policyOf());
  suffers(world, a, 'status');
  await world.time.run(10_000);
  const failures = () =>
    world
      .service()
      .why()
      .sites.map(({ lastFailures }) => lastFailures);
  const [first = [], ...others] = failures();
  expect(first).toHaveLength(5);
  expect(first[0]).toMatchObject({ class: 'status', why: 'injected status' });
  expect(first.map(({ agoMs }) => agoMs)).toEqual(first.map(({ agoMs }) => agoMs).toSorted((one, two) => one - two));
  expect(others).toEqual([[], []]);
  world.crash();
  world.start();
  expect(failures()).toEqual([[], [], []]);
});

describe('a past moment', () => {
  test('before, during and after a failover', async () => {
    const { world, failedMs } = await failedOver();
    await world.time.run(minuteMs);
    expect(momentIn(world, failedMs)).toMatchObject({ code: 'at-home', active: a, next: { code: 'decided' } });
    const during = momentIn(world, failedMs + 18_000);
    expect(during.code).toBe('not-down');
    expect(during.answer).toMatch(
      /Z: www\.example\.test stays at asia-east1: it fails, but for \S+ of the 20s \(SUSTAIN\)/,
    );
    expect(during.sites[0]).toMatchObject({ name: a, passes: 0, vote: 'up' });
    expect(during.sites[0]?.fails).toBeGreaterThan(3);
    expect(during.sites[0]?.lastFailures[0]).toMatchObject({ class: 'status', why: 'injected status' });
    expect(momentIn(world, world.nowMs())).toMatchObject({ active: b, code: 'not-up', next: null });
  });

  test('a blip that moved nothing: no line of the journal, but the probes know', async () => {
    const world = await calm(policyOf());
    const failedMs = world.nowMs();
    suffers(world, a, 'timeout', 15_000);
    await world.time.run(5 * minuteMs);
    expect(world.tell('decided')).toEqual([]);
    const then = momentIn(world, failedMs + 14_900);
    expect(then.code).toBe('not-down');
    expect(then.answer).toMatch(/it fails, but .* needed \(last timeout: injected timeout\)$/);
    expect(momentIn(world, failedMs + 2 * minuteMs).code).toBe('at-home');
  });

  const riddles: readonly [what: string, spoil: (world: World) => void, code: string, answer: RegExp][] = [
    [
      'held',
      (world) =>
        world.service().post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'sale', forMs: null }),
      'held',
      /held by ada: sale/,
    ],
    [
      'no standby',
      (world) => {
        suffers(world, b, 'tls');
        suffers(world, c, 'tls');
      },
      'no-standby',
      /no standby can serve/,
    ],
    [
      'isolated',
      (world) => {
        suffers(world, b, 'connect');
        suffers(world, c, 'connect');
        suffers(world, a, 'connect');
      },
      'isolated',
      /no site answers/,
    ],
  ];
  test.each(riddles)('%s while it failed', async (_what, spoil, code, answer) => {
    const world = await calm(policyOf());
    suffers(world, a, 'status');
    spoil(world);
    await world.time.run(3 * minuteMs);
    const then = momentIn(world, world.nowMs() - minuteMs);
    expect(then.code).toBe(code);
    expect(then.answer).toMatch(answer);
    expect(then.alerts.map((alert) => alert.code)).toContain(code);
    expect(then.before.length).toBeGreaterThan(0);
  });

  test('the budget, spent', async () => {
    const { world } = await failedOver({ maxSwitches: { count: 1, windowMs: 3_600_000 } });
    suffers(world, b, 'tls');
    await world.time.run(2 * minuteMs);
    expect(momentIn(world, world.nowMs())).toMatchObject({ code: 'budget', active: b });
  });

  test('an alert that lingers is not why, once its guard says otherwise', async () => {
    const world = await calm(
      policyOf({ sustainMs: 2_000, intervalMs: 1_000, timeoutMs: 1_000, confirmIntervalMs: 200 }),
    );
    suffers(world, a, 'status', 8_000);
    for (const site of [b, c]) suffers(world, site, 'timeout', 12_000);
    await world.time.run(30_000);
    expect(world.tell('alert').map(({ fields }) => fields['alert'])).toContain('no-standby');
    suffers(world, a, 'status', 1_500);
    await world.time.run(1_400);
    const then = momentIn(world, world.nowMs());
    expect(then.alerts.map(({ code }) => code)).toContain('no-standby');
    expect(then).toMatchObject({ code: 'not-down', answer: expect.stringContaining('it fails, but for') });
  });

  test('what stood when the process ended is not taken to stand in the next', async () => {
    const world = await calm(policyOf());
    for (const site of [a, b, c]) suffers(world, site, site === a ? 'status' : 'timeout', minuteMs);
    await world.time.run(minuteMs);
    expect(momentIn(world, world.nowMs()).alerts.map(({ code }) => code)).toContain('no-standby');
    world.crash();
    await world.time.run(minuteMs);
    const last = world.lines.at(-1);
    if (last === undefined) throw new Error('nothing was written');
    const started = { code: 'started', text: 'failoverd started', kind: 'event', data: { tookMs: 500 } } as const;
    world.lines.push({ ...last, id: last.id + 1, wallMs: world.time.wallMs(), ...started });
    world.start();
    await world.time.run(10_000);
    expect(momentIn(world, world.nowMs()).alerts).toEqual([]);
  });

  test('while all was well: where it was, not what an older moment would have done', async () => {
    const world = await calm(policyOf());
    expect(momentIn(world, world.nowMs()).answer).toMatch(/first in order and up( \(as of \S+ before\))?$/);
  });

  test('while no probe was made it says so', async () => {
    const { world } = await failedOver();
    world.crash();
    await world.time.run(10 * minuteMs);
    expect(momentIn(world, world.nowMs()).answer).toMatch(/no probe in the 10m.* before: the daemon may not have run$/);
    world.probes.length = 0;
    expect(momentIn(world, world.nowMs()).answer).toMatch(/; no probes of that time are kept$/);
  });

  test('every guard and the count of the votes are evidence, with the time they are of', async () => {
    const { world } = await failedOver();
    await world.time.run(minuteMs);
    const decided = world.lines.find(({ data }) => data['change'] !== undefined);
    const startMs = world.time.wallMs() - world.nowMs();
    const then = momentIn(world, (decided?.wallMs ?? 0) - startMs + 50);
    expect(then.judged?.at).toBe(utcText(decided?.wallMs ?? 0));
    expect(then.judged?.sites[0]).toEqual({
      name: a,
      verdict: 'down',
      arithmetic: '1 down, 0 up, 0 recovering of 1 fresh; 1 needed',
    });
    const said = then.judged?.guards.map(({ guard, verdict }) => `${guard} ${verdict}`) ?? [];
    expect(said).toEqual(expect.arrayContaining(['not-down passes', 'no-standby passes', 'budget passes']));
    expect(then.judged?.guards.find(({ guard }) => guard === 'not-down')?.why).toMatch(/\d/);
    expect(momentIn(world, -minuteMs).judged).toBeNull();
  });

  test('the same words again are not written again', async () => {
    const { world } = await failedOver();
    for (let round = 0; round < 20; round++) {
      world.order(b);
      await world.time.run(1_000);
    }
    const stood = world.lines.flatMap(({ data }) => (data['stood'] === undefined ? [] : [data['stood'] as Stood]));
    const written = stood.filter(({ judged }) => judged !== undefined);
    expect(stood.length).toBeGreaterThan(25);
    expect(written.length).toBeLessThan(15);
    expect(Math.max(...written.map(({ judged }) => JSON.stringify(judged).length))).toBeLessThan(6_000);
  });

  test('an answer that is older than the evidence tells what came after it', async () => {
    const world = await calm(policyOf());
    world.service().post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'sale', forMs: null });
    await world.time.run(minuteMs);
    suffers(world, a, 'tls', 15_000);
    await world.time.run(14_000);
    const then = momentIn(world, world.nowMs());
    expect(then.answer).toMatch(/held by ada: sale.* before\); after that asia-east1 failed \d+ times in a row$/);
    expect(Date.parse(then.answeredAt ?? '')).toBeLessThan(Date.parse(then.probedAt ?? ''));
  });

  test('before the journal began', async () => {
    const { world } = await failedOver();
    expect(momentIn(world, -minuteMs)).toMatchObject({
      code: 'unknown',
      active: null,
      answer: expect.stringMatching(/does not reach back/),
    });
  });
});
