import { describe, expect, test } from '@jest/globals';
import { reloadConfig } from '../../src/config/reload';
import { createDaemon, type Plan } from '../../src/control/daemon';
import { signatureTrouble } from '../../src/dns/signatures';
import { base, configOf, input, problemsOf } from '../config/fake-input';
import { foundAt, type World } from '../control/world';
import type { Zone } from '../control/zone';
import { a, b } from '../domain/fixtures';
import {
  does,
  fails,
  hourMs,
  minuteMs,
  moves,
  ordersTo,
  pair,
  playAll,
  providerDoes,
  providerTreats,
  restarts,
  secondMs,
  serversDo,
} from './scenario';

/** Failures of DNS providers and of control planes. */

const unavailable = { how: 'refused', code: 'unavailable' } as const;
const lost = { how: 'hanging', landsMs: null } as const;
const dayMs = 24 * hourMs;

/** One intent, kept, with bounded effort. */
function patient(world: World): void {
  expect(world.zone.requests.length).toBeLessThanOrEqual(60);
  expect(world.tell('decided')).toHaveLength(1);
}

/** A page within a minute of the decision. */
const pagedSoon = does((world) => {
  const decidedMs = world.tell('decided')[0]?.atMs ?? 0;
  const paged = world.tells.find(({ page }) => page);
  expect((paged?.atMs ?? Number.POSITIVE_INFINITY) - decidedMs).toBeLessThanOrEqual(minuteMs);
  expect(world.service().status()).toMatchObject({ active: a, wanted: b, ready: false });
});

describe('SC-30 AWS us-east-1, December 2021: the API of Route 53 took no changes for seven hours, its answers went on', () => {
  playAll([
    {
      name: 'half an hour of 503: one intent, a page, done within one capped pause',
      story: [
        [0, providerDoes(null, unavailable)],
        [10 * secondMs, fails(a)],
        [100 * secondMs, pagedSoon],
        [30 * minuteMs, does(patient)],
        [30 * minuteMs, providerDoes(null)],
        [31 * minuteMs + 15 * secondMs, does((world) => expect(moves(world)).toEqual([a, b]))],
      ],
      forMs: 35 * minuteMs,
      way: [a, b],
      pages: ['write-stuck'],
      writes: 'any',
    },
    {
      name: 'seven hours of it: no faster, and still done',
      story: [
        [0, providerDoes(null, unavailable)],
        [10 * secondMs, fails(a)],
        [7 * hourMs, does((world) => expect(world.zone.requests.length).toBeLessThanOrEqual(7 * 120))],
        [7 * hourMs, providerDoes(null)],
      ],
      forMs: 7 * hourMs + 2 * minuteMs,
      seeds: 1,
      way: [a, b],
      pages: ['write-stuck'],
      writes: 'any',
    },
  ]);
});

describe('SC-31 AWS, October 2025: a replica of the control plane takes over after an hour, with part of its methods', () => {
  playAll([
    {
      name: 'readings come back after ten minutes, writes after sixty: the record moves then',
      story: [
        [0, providerDoes('unavailable', unavailable)],
        [10 * secondMs, fails(a)],
        [10 * minuteMs, providerDoes(null, unavailable)],
        [59 * minuteMs, does((world) => expect(moves(world)).toEqual([a]))],
        [60 * minuteMs, providerDoes(null)],
        [61 * minuteMs + 15 * secondMs, does((world) => expect(moves(world)).toEqual([a, b]))],
      ],
      forMs: 65 * minuteMs,
      way: [a, b],
      pages: ['write-stuck', 'unreadable'],
      writes: 'any',
    },
  ]);
});

describe('SC-32 Cloudflare, November 2023: two days without changes, resolution unharmed', () => {
  const outages: readonly (readonly [name: string, reads: Zone['failReads'], pages: readonly string[]])[] = [
    ['writes answer 503', null, ['write-stuck']],
    ['readings answer 503', 'unavailable', ['write-stuck', 'unreadable']],
    ['readings hang', 'hanging', ['write-stuck', 'unreadable']],
  ];
  playAll([
    ...outages.map(([name, reads, told]) => ({
      name: `${name}, and the primary recovers meanwhile: nothing is written when the API is back`,
      story: [
        [0, providerDoes(reads, unavailable)],
        [10 * secondMs, fails(a, 'status' as const, 890 * secondMs)],
        [100 * secondMs, pagedSoon],
        [1_800 * secondMs, does((world: World) => expect(world.tell('dropped')).toHaveLength(1))],
        [1_800 * secondMs, providerDoes(null)],
      ] as const,
      forMs: 45 * minuteMs,
      way: [a],
      pages: told,
      writes: 'any' as const,
      standing: [],
      and: (world: World) => expect(world.zone.written()).toEqual([]),
    })),
    {
      name: 'requests are lost, and the primary recovers: the old ones are shut out, the record never moves',
      story: [
        [0, providerDoes(null, lost)],
        [10 * secondMs, fails(a, 'status', 890 * secondMs)],
        [1_800 * secondMs, providerDoes(null)],
      ],
      forMs: 45 * minuteMs,
      way: [a],
      pages: ['write-stuck'],
      writes: 'any',
      standing: [],
    },
    {
      name: 'a second provider serves the name: it is moved there at once, and the first when it can be',
      options: { second: foundAt(pair(), a) },
      story: [
        [0, providerDoes('unavailable', unavailable)],
        [10 * secondMs, fails(a)],
        [
          2 * minuteMs,
          does((world) => {
            if (world.second === null) throw new Error('there are two');
            expect([moves(world), moves(world, world.second)]).toEqual([[a], [a, b]]);
          }),
        ],
        [30 * minuteMs, providerDoes(null)],
      ],
      forMs: 35 * minuteMs,
      way: [a, b],
      pages: ['behind'],
      writes: 'any',
      and: (world) => expect(world.second === null ? null : moves(world, world.second)).toEqual([a, b]),
    },
  ]);
});

describe('SC-33 Dyn, October 2016, Azure DNS, April 2021, Akamai, July 2021: name servers drown, and those who ask again make it worse', () => {
  playAll([
    {
      name: 'no name server answers for an hour, the sites are well: no switch, a page, at most one question to each in 10 s',
      story: [
        [0, serversDo(['ns1', 'ns2'], { silent: true })],
        [
          0,
          does((world) => {
            const before = world.zone.verifications;
            world.time.after(hourMs, () => expect(world.zone.verifications - before).toBeLessThanOrEqual(360));
          }),
        ],
        [hourMs, serversDo(['ns1', 'ns2'], { silent: false })],
      ],
      forMs: hourMs + 5 * minuteMs,
      way: [a],
      pages: ['servers-differ'],
      standing: [],
    },
    {
      name: 'nine of ten questions are lost for an hour, the sites are well: no switch, a page, a round in 10 s at most',
      story: [
        [0, serversDo(['ns1', 'ns2'], { loss: 0.9 })],
        [0, does((world) => void Object.assign(world.zone, { verifications: 0 }))],
        [hourMs, does((world) => expect(world.zone.verifications).toBeLessThanOrEqual(360))],
        [hourMs, does((world) => expect(world.tell('servers-differ').length).toBeGreaterThan(0))],
        [hourMs, serversDo(['ns1', 'ns2'], { loss: 0 })],
      ],
      forMs: hourMs + 5 * minuteMs,
      way: [a],
      pages: ['servers-differ'],
      standing: [],
    },
    {
      name: 'one of two answers nothing while a switch is verified: it is named, and asked once in 5 s at most',
      story: [
        [0, serversDo(['ns2'], { silent: true })],
        [0, fails(a)],
        [5 * minuteMs, does((world) => void Object.assign(world.zone, { verifications: 0 }))],
        [65 * minuteMs, does((world) => expect(world.zone.verifications).toBeLessThanOrEqual(720))],
      ],
      forMs: 65 * minuteMs,
      way: [a, b],
      pages: ['partial'],
      and: (world) => expect(world.tell('partial')[0]?.text).toContain('ns2'),
    },
  ]);
});

describe('SC-35 Cloudflare 1.1.1.1, July 2025: a fault lay dormant until an unrelated change', () => {
  const service = (record: string, more = ''): string =>
    `  - record: ${record}.example.com\n    sites: eu=203.0.113.10, us=198.51.100.7\n    check: https:///health\n${more}`;
  const env = { FAILOVERD_SERVICES_FILE: '/s.yaml' };
  const none = Object.fromEntries(Object.keys(base).map((name) => [name, undefined]));
  const before = `services:\n${service('www', '    fall: 5\n')}`;

  test('a service is added: what changes for the others too is said, all of it', () => {
    const after = `services:\n${service('www', '    fall: 3\n')}${service('api')}`;
    const reloaded = reloadConfig(
      configOf({ ...none, ...env }, { '/s.yaml': before }),
      input(env, { '/s.yaml': after }),
    );
    expect([reloaded.ok, reloaded.diff]).toEqual([true, ['www.example.com: fall 5 → 3', 'api.example.com: added']]);
  });

  test.each([
    ['the added one is wrong', `services:\n${service('www', '    fall: 5\n')}${service('api', '    fall: -1\n')}`],
    ['the added one claims the same record', `services:\n${service('www', '    fall: 5\n')}${service('www')}`],
    ['another one vanished', `services:\n${service('api')}`],
  ])('%s: all of it is refused', (_name, after) => {
    const reloaded = reloadConfig(
      configOf({ ...none, ...env }, { '/s.yaml': before }),
      input(env, { '/s.yaml': after }),
    );
    expect(reloaded.ok).toBe(false);
  });
});

describe('SC-36 Slack, September 2021: a change to DNSSEC that caches kept for a day', () => {
  test.each(['eu=ns1.example.net/NS', 'eu=DNSKEY:abc', 'eu=SOA'])(
    'no site can be anything but addresses or a name (%s)',
    (site) => {
      expect(problemsOf({ FAILOVERD_SITES: `${site}, us=198.51.100.7` }).map(({ name }) => name)).toContain(
        'FAILOVERD_SITES',
      );
    },
  );

  test('a signature that is out of its time, or missing, is trouble', () => {
    const now = Date.UTC(2026, 10, 15);
    const at = (ms: number): number => Math.floor((now + ms) / 1_000);
    const [set] = pair().sites.flatMap(({ sets }) => sets);
    const sets = set === undefined ? [] : [set];
    const covers = (type: string, fromMs: number, untilMs: number) => ({
      covers: type,
      inception: at(fromMs),
      expiration: at(untilMs),
    });
    expect(signatureTrouble(sets, [covers('A', -dayMs, dayMs)], now)).toBeNull();
    expect(signatureTrouble(sets, [covers('A', -2 * dayMs, -dayMs)], now)).toContain('is valid');
    expect(signatureTrouble(sets, [covers('TXT', -dayMs, dayMs)], now)).toContain('has no signature');
  });

  playAll([
    {
      name: 'one name server goes on with the old set: partial, paged, not called done until it agrees',
      story: [
        [0, serversDo(['ns2'], { lies: foundAt(pair(), a).sets })],
        [0, fails(a)],
        [20 * minuteMs, does((world) => expect(world.tell('switched')).toEqual([]))],
        [20 * minuteMs, serversDo(['ns2'], { lies: null })],
      ],
      forMs: 25 * minuteMs,
      way: [a, b],
      pages: ['partial'],
      and: (world) => expect(world.tell('switched')).toHaveLength(1),
    },
  ]);
});

describe('SC-37 Azure Front Door, October 2025: an invalid configuration got past its checks', () => {
  test('one that cannot be put into force leaves what runs untouched', async () => {
    const happened: string[] = [];
    const plan = (fingerprint: string, works: boolean): Plan => ({
      record: 'www.example.test',
      fingerprint,
      async make() {
        return works
          ? {
              ok: true,
              member: {
                record: 'www.example.test',
                fingerprint,
                service: {
                  start: () => void happened.push(`start ${fingerprint}`),
                  stop: async () => void happened.push(`stop ${fingerprint}`),
                } as never,
                close: async () => void happened.push(`close ${fingerprint}`),
              },
            }
          : { ok: false, why: 'no', passing: false };
      },
    });
    const daemon = createDaemon(1_000);
    await daemon.apply([plan('good', true)]);
    expect(await daemon.apply([plan('bad', false)])).toMatchObject({ ok: false });
    expect([happened, daemon.members().map(({ fingerprint }) => fingerprint)]).toEqual([['start good'], ['good']]);
  });

  playAll([
    {
      name: 'the last good record is restored by one order, though the memory is gone',
      story: [
        [0, ordersTo(b)],
        [minuteMs, does((world) => void Object.assign(world.disk, { durable: null }))],
        [minuteMs, restarts],
        [2 * minuteMs, ordersTo(a)],
      ],
      forMs: 10 * minuteMs,
      way: [a, b, a],
    },
  ]);
});

describe('SC-38 GitLab, August 2019: certificates of its own expired, noticed four days later', () => {
  const endsIn = (days: number) =>
    does((world) => {
      const expiresAtMs = world.time.wallMs() + days * dayMs;
      world.zone.findings = [{ level: 'ok', text: 'token t1', expiresAtMs }];
    });
  const tested = { selftest: { everyMs: 10 * minuteMs, settleMs: 10_000 } };
  const rows = [
    ['13 days before the end it is a warning', 13, []],
    ['two days before it is a page', 2, ['credential-ends']],
  ] as const;
  playAll([
    ...rows.map(([name, days, pages]) => ({
      name,
      policy: tested,
      story: [[0, endsIn(days)]] as const,
      forMs: 30 * minuteMs,
      way: [a],
      pages,
      writes: 'any' as const,
      standing: ['credential-ends'],
    })),
    {
      name: 'ended: paged while all is well, the record stays',
      policy: tested,
      story: [
        [0, does((world) => void Object.assign(world.zone, { findings: [{ level: 'error', text: 'token ended' }] }))],
      ],
      forMs: 30 * minuteMs,
      way: [a],
      pages: ['write-path'],
      writes: 'any',
    },
  ]);
});

describe('SC-39 AWS STS, October 2025: the credential ends between the decision and the write', () => {
  const denied = { how: 'refused', code: 'denied' } as const;
  playAll([
    {
      name: 'denied for five minutes: paged at once, nothing changed, done after it is renewed',
      story: [
        [0, providerDoes(null, denied)],
        [0, fails(a)],
        [
          5 * minuteMs,
          does((world) => {
            const attempted = world.zone.requests[0]?.atMs ?? 0;
            const paged = world.tell('write-stuck')[0];
            expect((paged?.atMs ?? 0) + 7_000_000 - attempted).toBeLessThanOrEqual(secondMs);
            expect(paged?.text).toContain('denied');
            expect(world.service().status()).toMatchObject({ active: a, wanted: b });
            expect(world.zone.requests.length).toBeLessThanOrEqual(15);
          }),
        ],
        [5 * minuteMs, providerDoes(null)],
        [6 * minuteMs + secondMs, does((world) => expect(world.tell('switched')).toHaveLength(1))],
      ],
      forMs: 10 * minuteMs,
      way: [a, b],
      pages: ['write-stuck'],
      writes: 'any',
    },
    {
      name: 'denied once: the next attempt makes it',
      story: [
        [0, providerTreats(denied)],
        [0, fails(a)],
      ],
      forMs: 5 * minuteMs,
      way: [a, b],
      pages: ['write-stuck'],
      writes: 2,
    },
  ]);
});
