import { expect, test } from '@jest/globals';
import { createLive } from '../../src/api/live';
import { createWatchers } from '../../src/api/watchers';
import type { HistoryFilter, JournalRow } from '../../src/control/ports';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import { a, b, benchOf, c, foundAt, policyOf } from '../domain/fixtures';

interface Said {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A clock that moves by hand, two services, a journal. */
function stage() {
  let nowMs = 1_000_000;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const clock = {
    nowMs: () => nowMs,
    wallMs: () => 5_000_000 + nowMs,
    after(ms: number, run: () => void) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  const calm = explain(bench.view());
  let statuses: readonly ServiceStatus[] = [calm, { ...calm, record: 'two.example.test' }];
  let rows: readonly JournalRow[] = [];
  let asked = 0;
  const live = createLive({
    clock,
    version: '1.2.3',
    orders: 'token',
    statuses() {
      asked += 1;
      return statuses;
    },
    history: ({ after = 0, limit, kind }: HistoryFilter) =>
      rows
        .filter((row) => row.id > after && (kind === undefined || row.kind === kind))
        .toReversed()
        .slice(0, limit),
  });
  return {
    live,
    calm,
    asked: () => asked,
    set: (next: readonly ServiceStatus[]) => {
      statuses = next;
    },
    add(...ids: readonly number[]) {
      const row = (id: number): JournalRow => ({
        id,
        record: calm.record,
        atMs: id,
        wallMs: id,
        kind: id % 10 === 0 ? 'event' : 'tell',
        code: 'switched',
        text: `line ${id}`,
        data: {},
      });
      rows = [...rows, ...ids.map(row)];
    },
    wait(ms: number) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((x, y) => x.atMs - y.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
    watch(after: number | null = null) {
      const stream = live.watch(after, () => undefined);
      if (stream === null) throw new Error('no place');
      const reader = stream.getReader();
      let text = '';
      const ended = (async () => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return 'ended';
          text += new TextDecoder().decode(value);
        }
      })();
      return {
        ended,
        leave: () => reader.cancel(),
        /** What came since it was asked last. */
        async said(): Promise<readonly Said[]> {
          await new Promise((resolve) => setImmediate(resolve));
          const messages = text.split('\n\n').filter((one) => one.startsWith('event:') || one.startsWith('id:'));
          text = '';
          return messages.map((one) => ({
            event: /^event: (.*)$/m.exec(one)?.[1] ?? '',
            id: /^id: (.*)$/m.exec(one)?.[1],
            data: JSON.parse(/^data: (.*)$/m.exec(one)?.[1] ?? '{}'),
          }));
        },
      };
    },
  };
}

const recordsIn = (said: Said | undefined): readonly string[] =>
  ((said?.data['services'] ?? []) as readonly ServiceStatus[]).map(({ record }) => record);

test('first everything, then only what changed, and nothing for the mere passing of time', async () => {
  const { watch, wait, set, calm } = stage();
  const one = watch();
  const [first, ...more] = await one.said();
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    event: 'status',
    data: { version: '1.2.3', orders: 'token', records: [calm.record, 'two.example.test'] },
  });
  expect(recordsIn(first)).toEqual([calm.record, 'two.example.test']);
  const older = { ...calm, sites: calm.sites.map((site) => ({ ...site, forMs: site.forMs + 5_000 })), penalty: 0.3 };
  set([older, { ...older, record: 'two.example.test' }]);
  wait(5_000);
  expect(await one.said()).toEqual([]);
  set([older, { ...older, record: 'two.example.test', active: b }]);
  wait(1_000);
  const said = await one.said();
  expect(said.map(recordsIn)).toEqual([['two.example.test']]);
  expect(said[0]?.data['records']).toBeUndefined();
});

test('a service that goes is told by the list', async () => {
  const { watch, wait, set, calm } = stage();
  const one = watch();
  await one.said();
  set([calm]);
  wait(1_000);
  expect(await one.said()).toMatchObject([{ event: 'status', data: { records: [calm.record], services: [] } }]);
});

test('what was told comes within a quarter of a second, once, and a burst of it as at most four looks a second', async () => {
  const { watch, wait, add, live, asked } = stage();
  const one = watch();
  const two = watch();
  await one.said();
  add(1, 2, 10);
  live.stir();
  wait(250);
  expect((await one.said()).map(({ event, id }) => `${event} ${id}`)).toEqual(['journal 1', 'journal 2']);
  expect((await two.said()).filter(({ event }) => event === 'journal')).toHaveLength(2);
  const before = asked();
  for (let ms = 0; ms < 2_000; ms += 10) {
    live.stir();
    wait(10);
  }
  expect(asked() - before).toBeLessThanOrEqual(9);
  expect(await one.said()).toEqual([]);
});

test('who comes back gets what was told meanwhile, the newest 200 of it, and no row twice', async () => {
  const { watch, wait, add, live } = stage();
  add(...Array.from({ length: 300 }, (_, index) => index + 1));
  const one = watch(99);
  const said = await one.said();
  expect(said.filter(({ event }) => event === 'gap')).toEqual([]);
  const ids = said.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
  expect(ids).toEqual(ids.toSorted((x, y) => x - y));
  expect(ids.at(-1)).toBe(299);
  expect(ids.length).toBeGreaterThan(150);
  add(301);
  live.stir();
  const late = watch(299);
  wait(500);
  expect((await one.said()).map(({ id }) => id)).toEqual(['301']);
  expect((await late.said()).flatMap(({ id }) => id ?? [])).toEqual(['301']);
});

test('where more was told than that, it is said before the rows that there is a gap', async () => {
  const { watch, wait, add, live } = stage();
  add(...Array.from({ length: 300 }, (_, index) => index + 1));
  const one = watch(0);
  const gaps = (said: readonly Said[]) => said.flatMap(({ event }, index) => (event === 'gap' ? [index] : []));
  const first = await one.said();
  expect([gaps(first), first.length]).toEqual([[1], 202]);
  add(...Array.from({ length: 230 }, (_, index) => index + 301));
  live.stir();
  wait(500);
  const burst = await one.said();
  expect([gaps(burst), burst.length, burst.at(-1)?.id]).toEqual([[0], 201, '529']);
  add(...Array.from({ length: 20 }, (_, index) => index + 531));
  live.stir();
  wait(500);
  expect(gaps(await one.said())).toEqual([]);
});

test('who comes right after a change gets it, though others came right before', async () => {
  const { watch, wait, set, calm } = stage();
  watch();
  wait(900);
  watch();
  set([{ ...calm, active: b }]);
  wait(150);
  expect((await watch().said())[0]?.data['services']).toMatchObject([{ active: b }]);
});

test('silence has a heartbeat, and nothing is looked at while nobody watches', async () => {
  const { watch, wait, asked, live } = stage();
  wait(60_000);
  live.stir();
  wait(60_000);
  expect(asked()).toBe(0);
  const one = watch();
  await one.said();
  wait(60_000);
  expect((await one.said()).map(({ event }) => event)).toEqual(['beat', 'beat', 'beat', 'beat']);
  await one.leave();
  const before = asked();
  wait(60_000);
  expect(asked() - before).toBeLessThanOrEqual(1);
});

test('there are 256 places, one who leaves makes room, and all end when the daemon stops', async () => {
  const { watch, live } = stage();
  const all = Array.from({ length: 256 }, () => watch());
  expect(live.watch(null, () => undefined)).toBeNull();
  await all[0]?.leave();
  const last = watch();
  expect(live.watch(null, () => undefined)).toBeNull();
  live.stop();
  expect(await last.ended).toBe('ended');
});

test('who does not read is cut off at a bound, the others are not', async () => {
  const watchers = createWatchers(2);
  let cuts = 0;
  watchers.add(['first'], () => {
    cuts += 1;
  });
  const quick = watchers.add(['first'], () => undefined)?.getReader();
  for (let round = 0; round < 40; round++) {
    watchers.send('x'.repeat(100_000));
    await quick?.read();
  }
  expect(watchers.size()).toBe(1);
  expect(cuts).toBe(1);
});
