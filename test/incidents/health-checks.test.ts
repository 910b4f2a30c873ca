import { describe, expect, test } from '@jest/globals';
import { count } from '../../src/domain/quorum';
import type { Vote } from '../../src/domain/types';
import { seeded } from '../../src/sim/time';
import { keepsPromises } from '../control/promises';
import { calm, type World } from '../control/world';
import { a, b } from '../domain/fixtures';
import {
  answered,
  does,
  fails,
  hourMs,
  isSick,
  minuteMs,
  mostWithin,
  moves,
  orders,
  pair,
  peersSay,
  playAll,
  providerDoes,
  recovers,
  secondMs,
} from './scenario';

/** Health checking that caused the outage. */

describe('SC-20 Facebook, October 2021: cut off, every site called itself unhealthy and withdrew', () => {
  const cutOff = [
    [30 * secondMs, fails(a, 'hole', 600 * secondMs)],
    [30 * secondMs, fails(b, 'hole', 600 * secondMs)],
    [30 * secondMs, providerDoes('hanging', { how: 'hanging', landsMs: null })],
  ] as const;
  playAll([
    {
      name: 'nothing in or out for ten minutes: nothing is written, then or afterwards',
      story: [...cutOff, [630 * secondMs, providerDoes(null)]],
      forMs: 30 * minuteMs,
      way: [a],
      pages: ['isolated', 'unreadable'],
      standing: [],
    },
    {
      name: 'the primary comes back two minutes after everything else',
      story: [
        ...cutOff,
        [30 * secondMs, fails(a, 'hole', 720 * secondMs)],
        [
          630 * secondMs,
          does((world) => {
            expect(world.zone.requests).toEqual([]);
            expect(world.tell('decided')).toEqual([]);
          }),
        ],
        [630 * secondMs, providerDoes(null)],
        [630 * secondMs, does((world) => void world.probes.splice(0))],
        [
          630 * secondMs + 19 * secondMs,
          does((world) => {
            expect(world.tell('decided')).toEqual([]);
            for (const one of [a, b]) {
              expect(world.probes.filter(({ site }) => site === one).length).toBeGreaterThanOrEqual(4);
            }
          }),
        ],
      ],
      forMs: 12 * minuteMs,
      way: [a, b],
      pages: ['isolated', 'unreadable'],
    },
  ]);
});

describe('SC-21 AWS load balancers, October 2025: alternating checks took targets out of DNS and back', () => {
  const hours = 6;
  const flaps = (look: (world: World) => (sinceMs: number) => boolean) =>
    does((world) => {
      const fromMs = world.nowMs();
      const bad = look(world);
      world.looks[a] = (ms) => (bad(ms - fromMs) ? 'status' : 'pass');
    });
  /** How often the alert on the site is told at most: it lingers for a minute, so a longer calm ends it. */
  const rows = [1, 2, 3, 5, 7].map((rounds) => {
    const bad = flaps(() => (ms) => Math.floor(ms / (rounds * 10_000)) % 2 === 0);
    const cycles = Math.ceil((hours * hourMs) / (2 * rounds * 10_000));
    return [`${rounds} rounds good and bad`, bad, rounds * 10_000 > minuteMs ? cycles : 1] as const;
  });
  const chance = flaps(() => {
    const random = seeded(1);
    return () => random() < 0.5;
  });
  test.each([...rows, ['each probe by chance', chance, hours] as const])(
    '%s for six hours: two switches in any hour at most',
    async (_name, step, told) => {
      const world = await calm(pair({ maxSwitches: { count: 2, windowMs: hourMs } }));
      step({ world, peers: {} });
      await world.time.run(hours * hourMs);
      const moments = world.zone.written().map(({ atMs }) => atMs);
      expect(mostWithin(moments, hourMs)).toBeLessThanOrEqual(2);
      const alerts = world.tell('alert').filter(({ fields }) => fields['alert'] === `down:${a}`);
      expect(alerts.length).toBeLessThanOrEqual(told);
      keepsPromises(world);
    },
  );
});

describe('SC-22 Stack Exchange, July 2016: the check was a page that had become slow, so every server was taken out', () => {
  playAll([
    {
      name: 'all checks time out together: nothing is moved',
      story: [
        [0, fails(a, 'timeout', 34 * minuteMs)],
        [0, fails(b, 'timeout', 34 * minuteMs)],
      ],
      forMs: hourMs,
      way: [a],
      pages: ['isolated'],
      standing: [],
    },
    {
      name: 'all checks are slow but answered in time: nothing at all',
      story: [
        [0, fails(a, { slow: 4_500 }, 34 * minuteMs)],
        [0, fails(b, { slow: 4_500 }, 34 * minuteMs)],
      ],
      forMs: hourMs,
      way: [a],
      standing: [],
    },
    {
      name: 'checks are put out of force for the time of the repair',
      story: [
        [0, orders('hold')],
        [0, fails(a, 'timeout', 34 * minuteMs)],
        [40 * minuteMs, orders('resume')],
      ],
      forMs: hourMs,
      way: [a],
      standing: [],
    },
  ]);
});

describe('SC-23 GitHub, August 2024: a deployment broke the answers to health checks, one place after the other', () => {
  const deploys = (gapMs: number, way: readonly string[], pages: readonly string[]) => ({
    name: `404 at the standby ${gapMs / secondMs} s after the primary: ${way.length - 1} switches`,
    story: [
      [60 * secondMs, fails(a, 'status')],
      [60 * secondMs + gapMs, fails(b, 'status')],
    ] as const,
    forMs: 20 * minuteMs,
    way,
    pages,
  });
  playAll([
    deploys(0, [a], ['common-cause', 'no-standby']),
    deploys(10 * secondMs, [a], ['common-cause', 'no-standby']),
    // Whoever was healthy when it was chosen was rightly chosen; there is no way back to what is not.
    deploys(60 * secondMs, [a, b], ['common-cause', 'no-standby']),
    deploys(5 * minuteMs, [a, b], ['common-cause', 'no-standby']),
    ...answered.map((look) => ({
      name: `${look} everywhere at once, repaired at the standby first: nothing within a minute of the common cause`,
      story: [
        [0, fails(a, look)],
        [0, fails(b, look, 5 * minuteMs)],
        [5 * minuteMs + 30 * secondMs, does((world: World) => expect(moves(world)).toEqual([a]))],
        [5 * minuteMs + 40 * secondMs, recovers(a)],
      ] as const,
      forMs: 20 * minuteMs,
      way: [a],
      pages: ['common-cause', 'no-standby'],
      standing: [],
    })),
  ]);
});

describe('SC-24 Chef Supermarket, July 2014, and Buildkite, August 2016: low timeouts and a shared dependency, all out together', () => {
  const ramp = (atMs: number): number => 200 + (5_800 * Math.min(atMs, 10 * minuteMs)) / (10 * minuteMs);
  const slows = (site: string) =>
    does((world) => {
      const fromMs = world.nowMs();
      world.looks[site] = (ms) => ({ slow: ramp(ms - fromMs) });
    });
  playAll([
    {
      name: 'the primary slows from 0.2 to 6 s in ten minutes: nothing before it is over the timeout',
      story: [[0, slows(a)]],
      forMs: 8 * minuteMs,
      way: [a],
      standing: [],
    },
    {
      name: 'the primary slows from 0.2 to 6 s in ten minutes: one switch once it is over',
      story: [[0, slows(a)]],
      forMs: hourMs,
      way: [a, b],
    },
    {
      name: 'what both depend on slows: nothing is moved',
      story: [
        [0, slows(a)],
        [0, slows(b)],
      ],
      forMs: hourMs,
      way: [a],
      pages: ['isolated'],
    },
    {
      name: 'slowness follows the load: no more switches than the budget',
      policy: { maxSwitches: { count: 2, windowMs: 6 * hourMs } },
      story: [
        [
          0,
          does((world) => {
            let since: { readonly site: string; readonly ms: number } = { site: a, ms: world.nowMs() };
            for (const { name } of world.policy.sites) {
              world.looks[name] = (ms) => {
                const now = moves(world).at(-1) ?? a;
                if (now !== since.site) since = { site: now, ms };
                return { slow: name === now ? ramp(ms - since.ms) : 300 };
              };
            }
          }),
        ],
      ],
      forMs: 3 * hourMs,
      seeds: 1,
      way: [a, b, a],
      pages: ['budget'],
    },
  ]);
});

describe('SC-26 Discord, March 2017: a node stalled, and everybody came back at once', () => {
  test('a stall of 15 s: nothing is moved, and no burst of probes afterwards', async () => {
    for (const seed of [1, 2, 3]) {
      const world = await calm(pair(), seed);
      let probes = 0;
      world.onCrossing = (what) => {
        if (what === 'probe begins') probes += 1;
      };
      await world.time.run(5 * minuteMs);
      const usual = probes / 5;
      world.time.leap(15_000);
      probes = 0;
      await world.time.run(minuteMs);
      expect(probes).toBeLessThanOrEqual(usual + 2);
      expect(moves(world)).toEqual([a]);
      expect(world.tells).toEqual([]);
    }
  });

  playAll([
    {
      name: 'what was seen through the stall is unknown, not a failure, for as long as it takes',
      story: [
        [0, fails(a, 'unknown', 2 * minuteMs)],
        [0, fails(b, 'unknown', 2 * minuteMs)],
        [0, isSick('the event loop stalled for 15 s')],
        [2 * minuteMs, isSick(null)],
      ],
      forMs: 10 * minuteMs,
      way: [a],
      pages: ['sick', `blind:${a}`],
      standing: [],
    },
  ]);
});

describe('SC-27 Slack, June 2021: a grey failure that observers disagreed on, put back into service too soon', () => {
  playAll([
    {
      name: 'one observer of three sees it down for an hour: no switch',
      policy: { quorum: 2 },
      story: [[0, fails(a, 'status', hourMs)]],
      forMs: 2 * hourMs,
      way: [a],
      standing: [],
    },
    {
      name: 'it is ours that sees it up, and one other sees it down: no switch',
      policy: { quorum: 2 },
      story: [
        [0, peersSay(a, { east: 'down' })],
        [hourMs, peersSay(a, { east: 'up' })],
      ],
      forMs: 2 * hourMs,
      way: [a],
      standing: [],
    },
  ]);

  test('each relapse makes the way back longer, and the last failover is never spent on it', async () => {
    const world = await calm(pair());
    const waits: number[] = [];
    for (let relapse = 0; relapse < 2; relapse++) {
      world.looks[a] = () => 'status';
      expect(await world.time.until(() => moves(world).at(-1) === b, 5 * minuteMs)).not.toBeNull();
      const healedMs = world.nowMs();
      world.looks[a] = () => 'pass';
      const waitMs = await world.time.until(() => moves(world).at(-1) === a, 6 * hourMs);
      waits.push(waitMs ?? Number.POSITIVE_INFINITY);
      expect(world.nowMs()).toBeGreaterThan(healedMs);
    }
    const [first = 0, second = 0] = waits;
    expect(first).toBeGreaterThan(world.policy.failbackAfterMs);
    expect(second).toBeGreaterThan(1.3 * first);
    const moments = world.zone.written().map(({ atMs }) => atMs);
    expect(mostWithin(moments, world.policy.maxSwitches.windowMs)).toBeLessThanOrEqual(
      world.policy.maxSwitches.count - 1,
    );
  });
});

describe("SC-28 Let's Encrypt, September 2021: a root expired in the trust store of the observers", () => {
  playAll([
    {
      name: 'no certificate validates any more: nothing is moved, one page names the class',
      story: [
        [0, fails(a, 'tls')],
        [0, fails(b, 'tls')],
      ],
      forMs: 2 * hourMs,
      way: [a],
      pages: ['common-cause', 'no-standby'],
      and: (world) => expect(world.tell('common-cause')[0]?.text).toContain('class tls'),
    },
    {
      name: "only the primary's own certificate expired: clients fail too, so it is left",
      story: [[0, fails(a, 'tls')]],
      forMs: 10 * minuteMs,
      way: [a, b],
    },
  ]);

  test('one that expires in 14 days is a warning and no page', async () => {
    const world = await calm(pair());
    const observation = { result: 'pass', latencyMs: 5, warning: 'the certificate expires in 14 days' } as const;
    world.service().post({ type: 'observed', site: a, startedMs: world.time.nowMs(), paced: true, observation });
    expect(world.tell(`warning:${a}`)).toMatchObject([{ page: false, text: expect.stringContaining('14 days') }]);
    await world.time.run(5 * minuteMs);
    expect(moves(world)).toEqual([a]);
  });
});

describe('SC-29 a starved observer (Lifeguard): it judges everything by its own slowness', () => {
  const rows: readonly [votes: readonly Vote[], verdict: Vote][] = [
    [['unknown', 'down', 'down'], 'down'],
    [['unknown', 'up', 'up'], 'up'],
    [['unknown', 'up', 'down'], 'up'],
    [['unknown', 'unknown', 'down'], 'unknown'],
    [['down', 'unknown', 'unknown'], 'unknown'],
  ];
  test.each(rows)('votes %j of three, two needed: %s', (votes, verdict) => {
    const ballots = votes.map((vote, index) => ({ vantage: `v${index}`, domain: `v${index}`, vote, ageMs: 0 }));
    expect(count(ballots, 'up', 2).verdict).toBe(verdict);
  });

  playAll([
    {
      name: 'it abstains, and the two others are enough',
      policy: { quorum: 2 },
      story: [
        [0, fails(a, 'unknown')],
        [minuteMs, peersSay(a, { east: 'down', west: 'down' })],
      ],
      forMs: 10 * minuteMs,
      way: [a, b],
    },
    {
      name: 'two of three abstain: held, whatever the third sees, and told',
      policy: { quorum: 2 },
      story: [
        [0, peersSay(a, { east: 'unknown', west: 'unknown' })],
        [minuteMs, fails(a)],
      ],
      forMs: 10 * minuteMs,
      way: [a],
      pages: [`blind:${a}`],
    },
    {
      name: 'everything is slow, canaries too: it does not trust itself',
      policy: { canaries: ['tcp://192.0.2.1:443'] },
      story: [
        [0, does((world) => beatCanary(world, (ms) => ms < 3 * minuteMs))],
        [3 * minuteMs, fails(a, 'timeout', 20 * minuteMs)],
      ],
      forMs: 20 * minuteMs,
      way: [a],
      pages: ['isolated'],
    },
  ]);
});

/** A canary that is asked every ten seconds; until when it answers, by time since now. */
function beatCanary(world: World, answers: (sinceMs: number) => boolean): void {
  const fromMs = world.nowMs();
  const beat = (): void => {
    world.service().post({ type: 'canary', name: world.policy.canaries[0] ?? '', ok: answers(world.nowMs() - fromMs) });
    world.time.after(10 * secondMs, beat);
  };
  beat();
}
