import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addHistory } from '../../src/api/history';
import { openMetrics } from '../../src/api/openmetrics';
import type { DayCount, DayFilter, DayRow, HistoryFilter, JournalRow } from '../../src/control/ports';
import { withServers } from '../servers/installed';

const dayMs = 86_400_000;
const today = 20_717;
const nowMs = today * dayMs + 43_200_000;
const record = 'www.example.test';

function row(id: number, change: Partial<JournalRow> = {}): JournalRow {
  return { id, record, atMs: id, wallMs: nowMs, kind: 'tell', code: 'switched', text: 'moved', data: {}, ...change };
}

function day(back: number, site: string): DayRow {
  const spans = {
    activeMs: 60_000,
    upMs: 86_000_000,
    downMs: 400_000,
    unknownMs: 0,
    passMs: 85_900_000,
    failMs: 100_000,
  };
  return { day: today - back, record, site, ...spans };
}

const counted: readonly DayCount[] = [
  { day: today, record, kind: 'tell', code: 'switched', what: 'failover', count: 2 },
  { day: today, record, kind: 'event', code: 'ordered', what: '', count: 5 },
  { day: today, record, kind: 'tell', code: 'ordered', what: '', count: 5 },
];

function apiOf(rows: readonly JournalRow[]) {
  const asked: (HistoryFilter | DayFilter)[] = [];
  const api = new Hono();
  addHistory(api, {
    statuses: () => [{ record, sites: [] }],
    history(filter) {
      asked.push(filter);
      return rows
        .filter(({ code }) => filter.codes === undefined || filter.codes.includes(code))
        .filter((one) => filter.record === undefined || filter.record === one.record)
        .slice(0, filter.limit);
    },
    days: {
      days(filter) {
        asked.push(filter);
        const rows = [day(0, 'a'), day(0, 'b'), day(1, 'a')];
        return { rows: filter.record === undefined || filter.record === record ? rows : [], firstDay: today - 9 };
      },
      counts: (_filter, codes) => counted.filter(({ code }) => codes.includes(code)),
    },
    wallMs: () => nowMs,
  });
  return { asked, get: (path: string) => api.request(`/api/v1/history${path}`) };
}

test.each([
  ['?since=2h', { sinceWallMs: nowMs - 7_200_000 }],
  ['?since=2026-09-21&until=2026-09-21T01:00:00%2B01:00', { sinceWallMs: today * dayMs, untilWallMs: today * dayMs }],
  ['?until=1790000000000', { untilWallMs: 1_790_000_000_000 }],
  ['?kind=switch', { codes: ['switched'], before: Number.MAX_SAFE_INTEGER }],
  [
    '?kind=order&before=7&record=www.example.test',
    { codes: ['ordered', 'order-refused', 'order-expired'], before: 7, record },
  ],
  ['?kind=effect', { kind: 'effect' }],
])('%s asks the store for %j', async (query, filter) => {
  const { asked, get } = apiOf([row(1)]);
  expect((await get(query)).status).toBe(200);
  expect(asked).toEqual([{ limit: 100, ...filter }]);
});

test.each([
  ['?limt=5', 400, 'there is no parameter limt here, did you mean limit?'],
  ['?from=1h', 400, 'there is no parameter from here'],
  ['?Record=www.example.test', 400, 'there is no parameter Record here, did you mean record?'],
  ['/days?kind=switch', 400, 'there is no parameter kind here'],
  ['/days?limit=1', 400, 'there is no parameter limit here'],
  ['?format=openmetrics&kind=switch', 400, 'format=openmetrics counts the lines of each day and takes no kind'],
  ['?format=openmetrics&limit=5', 400, 'format=openmetrics counts the lines of each day and takes no limit'],
  ['?format=openmetrics&before=5', 400, 'format=openmetrics counts the lines of each day and takes no before'],
  ['?record=nope', 404, 'no service "nope"; there are: www.example.test'],
  ['?record=nope&kind=switch', 404, 'no service "nope"; there are: www.example.test'],
  ['?record=nope&format=csv', 404, 'no service "nope"; there are: www.example.test'],
  ['?record=nope&format=openmetrics', 404, 'no service "nope"; there are: www.example.test'],
  [
    '?record=ww.example.test',
    404,
    'no service "ww.example.test"; there are: www.example.test; did you mean www.example.test?',
  ],
  ['/days?record=nope', 404, 'no service "nope"; there are: www.example.test'],
  ['/days?record=nope&format=csv', 404, 'no service "nope"; there are: www.example.test'],
])('%s is refused with %i', async (query, status, error) => {
  const answer = await apiOf([row(1)]).get(query);
  expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ error })]);
});

test.each(['?record=www.example.test&kind=page', '?record=old.example.test&kind=page', '?record=&kind=page'])(
  '%s: nothing of a service that is or was, or of the daemon, is an answer',
  async (query) => {
    const answer = await apiOf([row(1, { record: 'old.example.test' })]).get(query);
    expect([answer.status, await answer.json()]).toEqual([200, { history: [], older: null }]);
  },
);

test('main is everything a person looks for', async () => {
  const rows = [
    row(3),
    row(2, { code: 'found', kind: 'event' }),
    row(1, { code: 'started', kind: 'event', record: '' }),
  ];
  const answer = await (await apiOf(rows).get('?kind=main')).json();
  expect(answer).toMatchObject({ history: [{ code: 'switched' }, { code: 'started' }], older: null });
});

test('what does not fit into one answer says where to go on', async () => {
  const { get } = apiOf([row(9), row(8), row(7)]);
  expect(await (await get('?limit=2')).json()).toMatchObject({ history: [{ id: 9 }, { id: 8 }], older: 8 });
  const csv = await get('?limit=2&format=csv&kind=main');
  expect(csv.headers.get('link')).toBe('<?limit=2&format=csv&kind=main&before=8>; rel="next"');
  expect((await get('?format=csv&kind=main')).headers.get('link')).toBeNull();
});

describe('days', () => {
  test.each([
    ['', { fromDay: today - 6, toDay: today }],
    [
      '?since=2026-09-19T10:00Z&until=2026-09-20&record=www.example.test',
      { fromDay: today - 2, toDay: today - 1, record },
    ],
    ['?since=9000d', { fromDay: today - 400, toDay: today }],
  ])('%s are these days: %j', async (query, filter) => {
    const { asked, get } = apiOf([]);
    expect((await get(`/days${query}`)).status).toBe(200);
    expect(asked).toEqual([filter]);
  });

  test('have their sites, switches and what is known since when', async () => {
    expect(await (await apiOf([]).get('/days')).json()).toMatchObject({
      since: '2026-09-12',
      truncated: false,
      days: [
        {
          day: '2026-09-21',
          record,
          watchedSeconds: 86_400,
          elsewhereSeconds: 86_280,
          switches: 2,
          sites: [{ name: 'a', activeSeconds: 60, availability: 0.998837 }, { name: 'b' }],
        },
        { day: '2026-09-20', switches: 0, sites: [{ name: 'a' }] },
      ],
    });
  });

  test('as CSV', async () => {
    const answer = await apiOf([]).get('/days?format=csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect((await answer.text()).split('\r\n').slice(0, 2)).toEqual([
      'day,record,watchedSeconds,switches,site,activeSeconds,upSeconds,downSeconds,unknownSeconds,passSeconds,failSeconds,availability',
      `2026-09-21,${record},86400,2,a,60,86000,400,0,85900,100,0.998837`,
    ]);
  });
});

/** A reader of RFC 4180 of its own. */
function cells(csv: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const line = lines.at(-1) ?? [];
    if (lines.length === 0) lines.push(line);
    line.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') lines.push([]);
  }
  return lines.slice(0, -1);
}

test('CSV comes out as it went in, but for what a spreadsheet would run', async () => {
  const texts = [
    'plain',
    'a, b',
    'he said "no"',
    'two\r\nlines',
    '=1+1',
    '+1',
    '-1',
    '@cmd',
    '\tx',
    '=HYPERLINK("x")',
    '',
    '东京',
  ];
  const rows = texts.map((text, id) => row(id, { text, data: { reason: text, tookMs: -id, generation: id } }));
  const answer = await apiOf(rows).get('?format=csv');
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  const [head = [], ...lines] = cells(await answer.text());
  expect(new Set(lines.map((line) => line.length))).toEqual(new Set([head.length]));
  const column = (name: string) => lines.map((line) => line[head.indexOf(name)]);
  const harmless = texts.map((text) => (/^[=+\-@\t]/.test(text) ? `'${text}` : text));
  expect(column('text')).toEqual(harmless);
  expect(column('reason')).toEqual(harmless);
  expect(column('tookMs')).toEqual(texts.map((_, id) => String(-id)));
  expect(column('time')[0]).toBe('2026-09-21T12:00:00Z');
  expect(column('kinds')[0]).toBe('switch');
});

test('OpenMetrics: counters that grow, a point for each day, the last one now', async () => {
  const answer = await apiOf([]).get('?format=openmetrics&since=3d');
  expect(answer.headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0');
  const text = await answer.text();
  const end = today * 86_400;
  const seconds = (state: string) =>
    text
      .split('\n')
      .filter((line) =>
        line.startsWith(`failoverd_history_site_seconds_total{record="${record}",site="a",state="${state}"}`),
      );
  expect(seconds('active').map((line) => line.split(' ').slice(1))).toEqual([
    ['60', `${end}`],
    ['120', `${end + 43_200}`],
  ]);
  expect(text).toContain(
    `failoverd_history_entries_total{record="${record}",code="switched",what="failover"} 2 ${end + 43_200}\n`,
  );
  expect(text.match(/code="ordered",what=""\} \d+/g)).toEqual(['code="ordered",what=""} 5']);
  expect(text.endsWith('\n# EOF\n')).toBe(true);
});

withServers('the past in Prometheus', ['promtool'], () => {
  test.each([
    ['as it is', record],
    ['with a name full of what must be escaped', 'a"b\\c\nd'],
    ['of an empty history', null],
  ])('promtool takes OpenMetrics into its database: %s', (_what, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'failoverd-openmetrics-'));
    const named = (rows: readonly DayRow[]) => (name === null ? [] : rows.map((one) => ({ ...one, record: name })));
    const source = {
      days: () => ({ rows: named([day(0, 'a'), day(1, 'a'), day(1, 'b')]), firstDay: null }),
      counts: () =>
        name === null
          ? []
          : [1, 0].map((back) => ({
              day: today - back,
              record: name,
              kind: 'tell' as const,
              code: 'alert',
              what: 'held',
              count: 3,
            })),
    };
    const file = join(folder, 'history.txt');
    try {
      writeFileSync(file, openMetrics(source, { fromDay: 0, toDay: today }, nowMs));
      const args = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
      const said = execFileSync('promtool', args, { encoding: 'utf8', stdio: 'pipe', timeout: 15_000 });
      if (name !== null) expect(said).toContain('BLOCK ULID');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
