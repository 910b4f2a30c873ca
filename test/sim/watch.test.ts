import { describe, expect, test } from '@jest/globals';
import type { JournalLine } from '../../src/control/ports';
import type { Tell } from '../../src/domain/events';
import { recordSet } from '../../src/domain/records';
import type { Policy } from '../../src/domain/types';
import { createJudge, type Judge } from '../../src/sim/judge';
import { planOf } from '../../src/sim/plan';
import type { Host } from '../../src/sim/process';
import { createTime } from '../../src/sim/time';
import { createWatch, type Watch } from '../../src/sim/watch';
import { createWorld, foundAt } from '../../src/sim/world';
import type { Request, Version, Zone } from '../../src/sim/zone';

/** That each check of the watch can fail: what is right, and one thing wrong with it. */

const policy: Policy = {
  ...planOf(1).policy,
  ...{ sites: ['a', 'b'].map((name, index) => ({ name, sets: setsAt(`203.0.113.${1 + index}`) })), owner: 'sre' },
  ...{ intervalMs: 10_000, timeoutMs: 5_000, fall: 3, rise: 3, sustainMs: 20_000, confirmIntervalMs: 1_000, quorum: 1 },
  ...{ window: 0, create: false, dryRun: false, selftest: null, canaries: [], switchCap: 1, commonCauseMs: 60_000 },
};

function setsAt(...values: readonly string[]) {
  const set = recordSet('A', 60, values);
  return set === null ? [] : [set];
}

const found = foundAt(policy, 'a');
const marker = { owner: 'sre', generation: 7, site: 'b' };
const base: Request = {
  ...{ daemon: 0, zone: 0, sentMs: 0, justifiedMs: 0, asOfMs: 0 },
  ...{ from: found, to: foundAt(policy, 'b').sets, marker },
};
const ballot = (vote: 'up' | 'down') => [{ vantage: 'here', vote, ageMs: 5 }];
const evidence = {
  actor: null,
  sites: [
    { name: 'a', verdict: 'down', disputed: false, votes: ballot('down'), passes: 0, fails: 4, failRatio: null },
    { name: 'b', verdict: 'up', disputed: false, votes: ballot('up'), passes: 9, fails: 0, failRatio: null },
  ],
  refusals: [],
};
const change = { generation: 7, kind: 'failover', from: 'a', to: 'b', why: 'a is down', evidence };
const decided = tell('decided', { kind: 'failover', generation: 7 });

function tell(code: string, fields: Tell['fields'], text = 'words'): Tell {
  return { code, level: 'warn', page: false, text, fields };
}

function lineWith(kept: unknown): JournalLine {
  return { atMs: 0, wallMs: 0, kind: 'event', code: 'observed', text: '', data: { change: kept } };
}

interface Scene {
  readonly policy?: Partial<Policy>;
  readonly swaps?: boolean;
  /** The change as the journal holds it; null: it does not. */
  readonly kept?: unknown;
  /** Highest generation on the disk. */
  readonly issued?: number;
  readonly elsewhere?: number;
  readonly obstacle?: 'drift';
  readonly hold?: true;
}

interface Stage {
  readonly watch: Watch;
  run(ms: number): Promise<void>;
  send(request?: Partial<Request>): void;
  /** A request takes effect over what stands there. */
  land(before: Partial<Version>, after?: Partial<Version>): void;
  /** The site fails a probe every ten seconds, for so long. */
  fails(site: string, forMs: number): Promise<void>;
}

const own = ['S1', 'S2', 'S9', 'S10', 'S11', 'S12', 'S16', 'S18', 'S19', 'S20', 'S21', 'S22', 'L3', 'dry-run'];

/** Which promises of the watch's own were broken; those of moves have rows of their own (moves.test.ts). */
async function brokenIn(scene: Scene, act: (stage: Stage) => void | Promise<void>): Promise<readonly string[]> {
  const time = createTime(1_000_000);
  const broken = new Set<string>();
  const judge: Judge = {
    ...createJudge(time.nowMs),
    check: (promise, holds) => void (holds || broken.add(promise)),
  };
  const settings = { ...policy, ...scene.policy };
  const version: Version = { ...found, atMs: 0, by: 'hand' };
  const zone: Zone = {
    ...createWorld({ seed: 1, policy: settings, hosts: 1, swaps: scene.swaps ?? true }).zone,
    ...{ swaps: scene.swaps ?? true, now: () => version, asOf: () => version, history: [version] },
  };
  const because = { actor: null, why: '', sinceMs: 0, untilMs: null };
  const real = createWorld({ seed: 1, policy: settings, hosts: 1, swaps: true });
  real.start();
  const [living] = real.hosts;
  const service = living?.service() ?? null;
  if (living === undefined || service === null) throw new Error('a world has a living host');
  const view = service.view();
  const durable = {
    ...view.state.durable,
    ...{ issued: scene.issued ?? 7, active: 'a' },
    obstacle: scene.obstacle === undefined ? null : { by: scene.obstacle, ...because },
    hold: scene.hold === undefined ? null : { by: 'order' as const, ...because },
  };
  const host: Host = {
    ...living,
    service: () => ({ ...service, view: () => ({ ...view, state: { ...view.state, durable } }) }),
    startedMs: () => 0,
    saved: () => durable,
    journal: () => (scene.kept === null ? [] : [lineWith(scene.kept ?? change)]),
  };
  const watch = createWatch({
    ...{ policy: settings, judge, nowMs: time.nowMs, zones: () => [zone], hosts: () => [host], peers: () => [] },
    ...{ standsStill: () => false, darkSinceMs: () => null, sickSinceMs: () => null, secret: 'hunter2' },
    elsewhere: () => scene.elsewhere ?? 0,
  });
  watch.started(0);
  const moment = () => ({ sentMs: time.nowMs(), justifiedMs: time.nowMs(), asOfMs: time.nowMs() });
  await act({
    watch,
    run: time.run,
    send: (request) => watch.sent({ ...base, ...moment(), ...request }),
    land(before, after) {
      const by = { ...base, ...moment(), marker: after?.marker ?? marker };
      const next: Version = { ...found, sets: base.to, marker, atMs: time.nowMs(), by, ...after };
      watch.landed(0, next, { ...version, ...before });
    },
    async fails(site, forMs) {
      for (let leftMs = forMs; leftMs > 0; leftMs -= 10_000) {
        await time.run(10_000);
        const seen = { result: 'fail', class: 'status', why: '', latencyMs: 5 } as const;
        watch.probed(0, site, time.nowMs() - 5, seen);
      }
    },
  });
  return own.filter((promise) => broken.has(promise));
}

type Row = readonly [
  what: string,
  broken: readonly string[],
  act: (stage: Stage) => void | Promise<void>,
  scene?: Scene,
];

/** Decided aloud, then sent. */
function sends(request?: Partial<Request>): Row[2] {
  return ({ watch, send }) => {
    watch.told(0, decided);
    send(request);
  };
}

const b = foundAt(policy, 'b');

describe('a request', () => {
  const rows: readonly Row[] = [
    ['decided aloud, journalled and saved', [], sends()],
    ['of an empty set', ['S1'], sends({ to: [] })],
    ['that makes a record unasked', ['S1'], sends({ from: { ...found, sets: [] } })],
    ['that makes a record as asked', [], sends({ from: { ...found, sets: [] } }), { policy: { create: true } }],
    ['over what says the same', ['S10'], sends({ from: { ...b, sets: [...setsAt('203.0.113.2')].map(slower) } })],
    ['over a foreign marker', ['S11'], sends({ from: { ...found, foreignMarker: 'heritage=x' } })],
    ['over another owner', ['S11'], sends({ from: { ...found, marker: { ...marker, owner: 'they' } } })],
    ['over a foreign value', ['S22'], sends({ from: { ...found, sets: setsAt('192.0.2.200') } })],
    ['in a dry run', ['dry-run'], sends(), { policy: { dryRun: true } }],
    ['that nobody was told of', ['S19'], ({ send }) => send()],
    ['before it was saved', ['S19'], sends(), { issued: 6 }],
    ['without a line in the journal', ['S19'], sends(), { kept: null }],
    ['without evidence', ['S19'], sends(), { kept: { ...change, evidence: { actor: null, sites: [], refusals: [] } } }],
    ['without a reason', ['S19'], sends(), { kept: { ...change, why: '' } }],
    ['on the word of nobody', ['S19'], sends(), { kept: { ...change, evidence: without({ votes: [] }) } }],
    ['without counters', ['S19'], sends(), { kept: { ...change, evidence: without({ fails: 0 }) } }],
    [
      'from where two passes follow the failures',
      [],
      sends(),
      { kept: { ...change, evidence: without(recovering(2)) } },
    ],
    ['from where three do', ['S19'], sends(), { kept: { ...change, evidence: without(recovering(3)) } }],
    ['home, without the numbers of the guards', ['S19'], sends(), { kept: { ...change, kind: 'failback' } }],
    ['twelve times in a minute', [], again(12)],
    ['thirteen times in a minute', ['S16'], again(13)],
  ];
  test.each(rows)('%s', async (_what, broken, act, scene = {}) => expect(await brokenIn(scene, act)).toEqual(broken));
});

function slower<T extends { readonly ttl: number }>(set: T): T {
  return { ...set, ttl: set.ttl + 240 };
}

/** The evidence, less of it for the site that was left. */
function without(less: object) {
  return { ...evidence, sites: evidence.sites.map((one) => (one.name === 'a' ? { ...one, ...less } : one)) };
}

function recovering(passes: number) {
  return { fails: 0, passes, lastFail: { class: 'status', why: '' } };
}

function again(count: number): Row[2] {
  return ({ watch, send }) => {
    watch.told(0, decided);
    for (let done = 0; done < count; done++) send();
  };
}

const older = { ...marker, generation: 6 };

describe('what takes effect', () => {
  const twice: Row[2] = ({ land }) => {
    land({});
    land({ sets: b.sets, marker, by: base }, { ...found, marker: { ...older, site: 'a' } });
  };
  const byTwo: Row[2] = ({ land }) => {
    land({});
    land({ ...found, by: base }, { by: { ...base, daemon: 1 } });
  };
  const rows: readonly Row[] = [
    ['a newer generation', [], ({ land }) => land({})],
    ['an empty record', ['S1'], ({ land }) => land({}, { sets: [] })],
    ['half of a site', ['S1'], ({ land }) => land({}, { sets: setsAt('203.0.113.1', '203.0.113.2') })],
    ['an older generation', ['S2'], twice],
    ['one generation of two hosts', ['S2', 'S12'], byTwo],
    ['over a foreign marker', ['S11'], ({ land }) => land({ foreignMarker: 'heritage=x' })],
    ['over another owner', ['S11'], ({ land }) => land({ marker: { ...older, owner: 'they' } })],
    ['over a foreign value', ['S22'], ({ land }) => land({ sets: setsAt('192.0.2.200') })],
    [
      'over it, unseen without compare-and-swap',
      [],
      ({ land }) => land({ sets: setsAt('192.0.2.200') }),
      { swaps: false },
    ],
  ];
  test.each(rows)('%s', async (_what, broken, act, scene = {}) => expect(await brokenIn(scene, act)).toEqual(broken));
});

function answering(...sets: readonly (typeof found.sets)[]): Row[2] {
  return ({ watch }) => {
    for (const [index, one] of sets.entries()) watch.answered(0, `ns${1 + index}`, one);
    watch.told(0, tell('switched', {}));
  };
}

const alert = (code: string, remedy = 'look there') => tell('alert', { alert: code, remedy });

describe('what is told', () => {
  const rows: readonly Row[] = [
    ['switched, as all servers say', [], answering(found.sets, found.sets, found.sets)],
    ['switched, but for one server', ['S9'], answering(found.sets, found.sets, b.sets)],
    ['switched, but for one that was not asked', ['S9'], answering(found.sets, found.sets)],
    ['a word', [], ({ watch }) => watch.told(0, tell('noted', {}, 'token hunter3'))],
    ['a secret', ['S18'], ({ watch }) => watch.told(0, tell('noted', {}, 'token hunter2'))],
    ['a secret in a field', ['S18'], ({ watch }) => watch.told(0, tell('noted', { why: ['hunter2'] }))],
    ['a switch with one more elsewhere than the cap', ['S20'], ({ watch }) => watch.told(0, decided), { elsewhere: 1 }],
    ['an alert without a remedy', ['L3'], ({ watch }) => watch.told(0, alert('held', ''))],
    [
      'an alert without a cause',
      ['L3'],
      ({ watch }) => watch.told(0, tell('alert', { alert: 'held', remedy: 'x' }, '')),
    ],
    ['a hold with its alert', [], held('held'), { hold: true }],
    ['a hold with another alert', ['L3'], held('down:a'), { hold: true }],
    ['a hold whose alert was called over', ['L3'], over('held'), { hold: true }],
    ['drift with its alert', [], held('drift'), { obstacle: 'drift' }],
    ['drift without', ['L3'], held('held'), { obstacle: 'drift' }],
  ];
  test.each(rows)('%s', async (_what, broken, act, scene = {}) => expect(await brokenIn(scene, act)).toEqual(broken));
});

function held(code: string): Row[2] {
  return ({ watch }) => {
    watch.told(0, alert(code));
    watch.now();
  };
}

function over(code: string): Row[2] {
  return ({ watch }) => {
    watch.told(0, alert(code));
    watch.told(0, tell('cleared', { alert: code }));
    watch.now();
  };
}

describe('the active site fails and fails', () => {
  const rows: readonly Row[] = [
    ['for so long as a move and its proof may take', [], ({ fails }) => fails('a', 100_000)],
    ['for ten, and nobody says why it stays', ['L3'], ({ fails }) => fails('a', 600_000)],
    ['for ten, and that it is down is all that is told', ['L3'], told('down:a')],
    ['for ten, and the guard that holds is told', [], told('no-standby')],
    ['for ten in a dry run', [], ({ fails }) => fails('a', 600_000), { policy: { dryRun: true } }],
    ['a standby for ten', [], ({ fails }) => fails('b', 600_000)],
  ];
  function told(code: string): Row[2] {
    return async ({ watch, fails }) => {
      watch.told(0, alert(code));
      await fails('a', 600_000);
    };
  }
  test.each(rows)('%s', async (_what, broken, act, scene = {}) => expect(await brokenIn(scene, act)).toEqual(broken));
});

describe('constant work', () => {
  const often = (count: number, gapMs: number, act: (watch: Watch) => void): Row[2] => {
    return async ({ watch, run }) => {
      for (let done = 0; done < count; done++) {
        act(watch);
        await run(gapMs);
      }
    };
  };
  const ask = (watch: Watch): void => watch.asked(0, 'ns1', policy.record);
  const rows: readonly Row[] = [
    ['a reading every three seconds', [], often(100, 3_000, (watch) => watch.reads(0))],
    ['ten readings a second', ['S16'], often(100, 100, (watch) => watch.reads(0))],
    ['three questions a second', [], often(300, 333, ask)],
    ['ten questions a second', ['S16'], often(600, 100, ask)],
    ['a question to somebody else', ['S21'], ({ watch }) => watch.asked(0, '192.0.2.53', policy.record)],
    ['a question for another name', ['S21'], ({ watch }) => watch.asked(0, 'ns1', 'api.example.test')],
  ];
  test.each(rows)('%s', async (_what, broken, act, scene = {}) => expect(await brokenIn(scene, act)).toEqual(broken));
});
