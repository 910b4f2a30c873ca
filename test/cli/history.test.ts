import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { addHistory } from '../../src/api/history';
import type { Terminal } from '../../src/cli/command';
import { history } from '../../src/cli/history';
import { daysText } from '../../src/cli/history-days';
import { parse } from '../../src/cli/parse';
import { paint } from '../../src/cli/table';
import { widthOf } from '../../src/cli/width';
import type { DaysAnswer, SiteDay } from '../../src/control/day-answers';
import { opened, place } from '../store/place';

const site: SiteDay = {
  name: 'asia-east1',
  activeSeconds: 86_000,
  upSeconds: 86_300,
  downSeconds: 100,
  unknownSeconds: 0,
  passSeconds: 86_390,
  failSeconds: 10,
  availability: 0.999884,
};
const other: SiteDay = { ...site, name: 'b', activeSeconds: 0, availability: null };

test('days are told oldest first, nothing rounded up, what is not known as such', () => {
  const day = { day: '2026-11-23', record: 'www.example.test', watchedSeconds: 86_400, elsewhereSeconds: 400 };
  const days = [
    { ...day, switches: 3, switchesByKind: { failover: 2, failback: 1 }, sites: [site, other] },
    { ...day, day: '2026-11-22', switches: 0, switchesByKind: {}, sites: [site] },
  ];
  expect(daysText({ since: '2026-11-20', truncated: false, days }, paint(false), null).split('\n')).toEqual([
    'www.example.test',
    'day         site        active  availability  up      down   unknown  switches',
    '2026-11-22  asia-east1  23h53m  99.988 %      23h58m  1m40s  -',
    '2026-11-23  asia-east1  23h53m  99.988 %      23h58m  1m40s  -        2 failover, 1 failback',
    '            b           -       unknown       23h58m  1m40s  -',
    '',
    'switches: 3; numbers since 2026-11-20; what was not watched is in none of them',
  ]);
});

test('days of two services are two tables, as wide as the terminal', () => {
  const day = { day: '2026-11-23', watchedSeconds: 86_400, elsewhereSeconds: 400, sites: [site] };
  const switched = { switches: 3, switchesByKind: { create: 1, failover: 1, failback: 1 } };
  const days = [
    { ...day, ...switched, record: 'b.example.test' },
    { ...day, switches: 0, switchesByKind: {}, record: 'a.example.test' },
  ];
  const text = daysText({ since: '2026-11-20', truncated: false, days }, paint(true), 80);
  const lines = text.split('\n');
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
  const bold = (name: string) => `\u001b[1m${name}\u001b[0m`;
  expect(lines.filter((line) => line.includes('example.test'))).toEqual([
    bold('a.example.test'),
    bold('b.example.test'),
  ]);
});

test.each([
  [
    'none yet',
    { since: null, truncated: false, days: [] },
    'nothing was added up yet: the first numbers come within a minute',
  ],
  [
    'none of those days',
    { since: '2026-11-20', truncated: false, days: [] },
    'nothing of those days; there are numbers since 2026-11-20',
  ],
])('no days: %s', (_what, answer, text) => {
  expect(daysText(answer, paint(false), 80)).toBe(text);
});

test.each([
  ['history --json --format csv', '--json and --format csv are two formats'],
  ['history --all --kind switch', '--all prints every kind'],
  ['history --days --kind switch', '--days adds up days'],
  ['history --days --all', '--days adds up days'],
  ['history --days --limit 5', '--days adds up days'],
  ['history --format openmetrics --kind switch', '--format openmetrics counts the lines of each day'],
  ['history --format openmetrics --all', '--format openmetrics counts the lines of each day'],
  ['history --format openmetrics --limit 100', '--format openmetrics counts the lines of each day'],
  ['history --days --format openmetrics --limit 100', '--days adds up days'],
])('%s is refused', async (line, why) => {
  const { exit, err } = await run(line, '/nowhere');
  expect(exit).toBe(2);
  expect(err).toContain(why);
});

/** What the command says to a terminal so wide, or to a pipe. */
async function run(line: string, stateDir: string, columns: number | null = null) {
  const said = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    isTty: columns !== null,
    colour: false,
    columns: () => columns,
  };
  const parsed = parse(line.split(' '));
  if (!parsed.ok) throw new Error(parsed.why);
  return { exit: await history(stateDir, parsed.options, terminal), ...said };
}

describe('asked of a daemon', () => {
  const here = place();
  const { store } = opened(here.options);
  const service = 'www.example.test';
  const wallMs = Date.now() - 3_600_000;
  const text = 'failover verified: europe-west1 answers on every server\r\nbecause asia-east1 is "down"';
  const door = createServer();
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-cli-'));
  beforeAll(async () => {
    for (const [index, name] of [service, service, 'old.example.test'].entries()) {
      const line = { atMs: index, wallMs: wallMs + index, kind: 'tell' as const, text: `${index}: ${text}` };
      store.journal(name, [{ ...line, code: 'switched', data: { kind: 'failover' } }]);
    }
    const day = Math.floor(wallMs / 86_400_000);
    const spans = { activeMs: 1, upMs: 1, downMs: 0, unknownMs: 0, passMs: 1, failMs: 0 };
    for (const name of [service, 'old.example.test'])
      for (const one of ['a', 'b', 'gone'])
        store.addDays([day - 1, day].map((each) => ({ day: each, record: name, site: one, ...spans })));
    const api = new Hono();
    const statuses = () => [{ record: service, sites: [{ name: 'b' }, { name: 'a' }] }];
    addHistory(api, { statuses, history: store.history, days: store, wallMs: () => Date.now() });
    door.on('request', (request, response) => {
      void Promise.resolve(api.request(request.url ?? '')).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(await answer.text());
      });
    });
    await new Promise<void>((resolve) => door.listen(join(directory, 'failoverd.sock'), resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => door.close(resolve));
    store.close();
    here.remove();
    rmSync(directory, { recursive: true });
  });

  test.each([
    ['history', /^2.*0: failover.*^2.*1: failover.*^2.*2: failover/ms],
    ['history --json', /"0: .*"1: .*"2: /s],
    ['history --format csv', /^id,.*^1,.*"0: failover.*^2,.*"1: failover.*^3,/ms],
    ['history --all --format csv', /^id,.*^1,.*^2,.*^3,/ms],
    ['history --days', /^\d.*(\n .*)*\n\d/m],
  ])('%s is newest last', async (line, order) => {
    const { exit, out } = await run(line, directory);
    expect([exit, out]).toEqual([0, expect.stringMatching(order)]);
  });

  const ofJson = (out: string) =>
    (JSON.parse(out) as DaysAnswer).days.flatMap(({ day, record, sites }) =>
      sites.map(({ name }) => [day, record, name]),
    );
  const ofCsv = (out: string) =>
    out
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',').filter((_, index) => [0, 1, 4].includes(index)));
  test.each([
    ['history --days --json', ofJson],
    ['history --days --format csv', ofCsv],
  ])(
    '%s is newest last, within a day the services by name and their sites in order of preference',
    async (line, of) => {
      const days = [1, 0].map((back) => new Date(wallMs - back * 86_400_000).toISOString().slice(0, 10));
      const places = [
        ...['a', 'b', 'gone'].map((name) => ['old.example.test', name]),
        ...['b', 'a', 'gone'].map((name) => [service, name]),
      ];
      expect(of((await run(line, directory)).out)).toEqual(days.flatMap((day) => places.map((one) => [day, ...one])));
    },
  );

  test.each([
    ['history --limit 2 --json', '"older": 2', ''],
    ['history --json', '"older": null', ''],
    ['history --limit 2 --format csv', '\r\n2,', 'failoverd: there is more before; --limit, or --until 20'],
    ['history --limit 2 --all --format csv', '\r\n2,', 'failoverd: there is more before; --limit, or --until 20'],
    ['history --format csv', '\r\n1,', ''],
    ['history --days --format csv', '', ''],
    ['history --format openmetrics', '# EOF', ''],
  ])('%s says whether there is more before', async (line, out, err) => {
    const ended = await run(line, directory);
    expect(ended).toEqual({ exit: 0, out: expect.stringContaining(out), err: expect.stringMatching(`^${err}`) });
    if (err === '') expect(ended.err).toBe('');
  });

  test.each([
    ['history --record nope', 1, 'no service "nope"; there are: www.example.test'],
    ['history --record nope --format csv', 1, 'no service "nope"; there are: www.example.test'],
    ['history --record nope --days', 1, 'no service "nope"; there are: www.example.test'],
    ['history --since 1h --until 2h', 2, 'since is later than until: exchange them'],
    ['history --until yesterday', 2, expect.stringContaining('until=yesterday is no moment')],
    ['history --record old.example.test', 0, ''],
    ['history --record www.example.test --kind page', 0, ''],
  ])('%s exits with %d', async (line, code, said) => {
    const { exit, err } = await run(line, directory);
    expect([exit, err]).toEqual([code, said]);
  });

  test.each([40, 80, 120])('fits a terminal of %d columns, the rest of a text below its beginning', async (columns) => {
    const lines = (await run('history --limit 2', directory, columns)).out.split(/\r?\n/);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.filter((line) => !/^( {2}|2|…|because)/.test(line))).toEqual([]);
  });
});
