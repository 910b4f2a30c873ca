import { expect, test } from '@jest/globals';
import { daysAnswer } from '../../src/control/day-answers';
import { createDays } from '../../src/control/days';
import type { DayFilter, DayRow, Saved } from '../../src/control/ports';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import { a, b, benchOf, c, foundAt, policyOf } from '../domain/fixtures';

const dayMs = 86_400_000;
const today = 20_717;

function statusOf(): ServiceStatus {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  return explain(bench.view());
}

/** What the store does with what is added. */
function summed(rows: readonly DayRow[]): readonly DayRow[] {
  const sums = new Map<string, DayRow>();
  for (const row of rows) {
    const key = `${row.day} ${row.record} ${row.site}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? row : added(before, row));
  }
  return [...sums.values()];
}

function added(a: DayRow, b: DayRow): DayRow {
  return {
    ...a,
    activeMs: a.activeMs + b.activeMs,
    upMs: a.upMs + b.upMs,
    downMs: a.downMs + b.downMs,
    unknownMs: a.unknownMs + b.unknownMs,
    passMs: a.passMs + b.passMs,
    failMs: a.failMs + b.failMs,
  };
}

function world(saved: () => Saved = () => ({ ok: true })) {
  const time = { nowMs: 0, wallMs: today * dayMs };
  const written: DayRow[] = [];
  const store = {
    addDays(rows: readonly DayRow[]) {
      const answer = saved();
      if (answer.ok) written.push(...rows);
      return answer;
    },
    days: ({ fromDay, toDay }: DayFilter) => ({
      rows: summed(written.filter(({ day }) => day >= fromDay && day <= toDay)),
      firstDay: written.length === 0 ? null : today,
    }),
    counts: () => [
      { day: today, record: status.record, kind: 'tell' as const, code: 'switched', what: 'drill', count: 2 },
    ],
  };
  const status = statusOf();
  const days = createDays(store, { nowMs: () => time.nowMs, wallMs: () => time.wallMs });
  /** Looks each second for so long. */
  function watch(seconds: number, now: ServiceStatus = status, stepMs = 1_000): void {
    for (let passed = 0; passed < seconds * 1_000; passed += stepMs) {
      time.nowMs += stepMs;
      time.wallMs += stepMs;
      days.look([now]);
    }
  }
  return { time, written, days, status, watch, answer: () => daysAnswer(days, { fromDay: today, toDay: today }) };
}

function withSite(status: ServiceStatus, name: string, change: Partial<ServiceStatus['sites'][number]>): ServiceStatus {
  return { ...status, sites: status.sites.map((site) => (site.name === name ? { ...site, ...change } : site)) };
}

test('each second counts for what stands: active site, verdict, newest check', () => {
  const { days, status, watch, answer } = world();
  days.look([status]);
  watch(90);
  const failing = { result: 'fail', class: 'status', why: '503', latencyMs: 1 } as const;
  const doubted = withSite(status, a, { last: failing });
  watch(20, doubted);
  const down = withSite(status, a, { last: failing, verdict: 'down' });
  watch(10, down);
  watch(60, { ...down, active: b });
  watch(20, {
    ...withSite(status, a, { verdict: 'unknown', last: { result: 'unknown', why: 'no route' } }),
    active: null,
  });
  const [day] = answer().days;
  expect(day).toMatchObject({
    day: '2026-09-21',
    watchedSeconds: 200,
    elsewhereSeconds: 20,
    switches: 2,
    switchesByKind: { drill: 2 },
  });
  expect(day?.sites[0]).toEqual({
    name: a,
    activeSeconds: 120,
    upSeconds: 110,
    downSeconds: 70,
    unknownSeconds: 20,
    passSeconds: 90,
    failSeconds: 90,
    availability: 0.5,
  });
  expect(day?.sites[1]).toMatchObject({ name: b, activeSeconds: 60, passSeconds: 200, availability: 1 });
});

test('availability is rounded down, and of nothing there is none', () => {
  const rows = (passMs: number, failMs: number) => [
    { day: today, record: 'r', site: 'a', activeMs: 0, upMs: 0, downMs: 0, unknownMs: 0, passMs, failMs },
  ];
  const of = (passMs: number, failMs: number) =>
    daysAnswer(
      { days: () => ({ rows: rows(passMs, failMs), firstDay: today }), counts: () => [] },
      { fromDay: 0, toDay: 1 },
    ).days[0]?.sites[0]?.availability;
  expect([of(86_399_999, 1), of(1, 0), of(0, 0), of(0, 5)]).toEqual([0.999999, 1, null, 0]);
});

test('what was not watched is counted for nobody', () => {
  const { days, time, status, watch, answer } = world();
  days.look([status]);
  watch(10);
  // A night of sleep.
  time.nowMs += 8 * 3_600_000;
  time.wallMs += 8 * 3_600_000;
  days.look([status]);
  expect(answer().days[0]?.watchedSeconds).toBe(15);
});

test('a clock that is set back or forth changes the day, never the seconds', () => {
  const { days, time, status, watch } = world();
  days.look([status]);
  watch(10);
  time.wallMs -= 3 * dayMs;
  watch(10);
  time.wallMs += 3 * dayMs;
  watch(10);
  days.flush();
  const all = daysAnswer(days, { fromDay: 0, toDay: 99_999 }).days;
  expect(all.map(({ watchedSeconds }) => watchedSeconds)).toEqual([20, 10]);
});

test('it is written once a minute, and kept while the disk takes nothing', () => {
  let saved: Saved = { ok: true };
  const { days, written, status, watch } = world(() => saved);
  days.look([status]);
  watch(59);
  expect(written).toEqual([]);
  watch(1);
  expect(written.map(({ activeMs }) => activeMs)).toEqual([60_000, 0, 0]);
  saved = { ok: false, code: 'full', why: 'full' };
  watch(120);
  expect(written).toHaveLength(3);
  saved = { ok: true };
  watch(60);
  expect(written.slice(3).map(({ activeMs }) => activeMs)).toEqual([180_000, 0, 0]);
});
