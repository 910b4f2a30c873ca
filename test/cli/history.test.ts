import { expect, test } from '@jest/globals';
import type { Terminal } from '../../src/cli/command';
import { history } from '../../src/cli/history';
import { daysText } from '../../src/cli/history-days';
import { parse } from '../../src/cli/parse';
import { paint } from '../../src/cli/table';
import type { SiteDay } from '../../src/control/day-answers';

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
  expect(daysText({ since: '2026-11-20', truncated: false, days }, paint(false)).split('\n')).toEqual(
    [
      'day                                                site        active  availability  up      down   unknown',
      '2026-11-22 www.example.test                        asia-east1  23h53m  99.988 %      23h58m  1m40s  -',
      '2026-11-23 www.example.test (2 failover, 1 failback)  asia-east1  23h53m  99.988 %      23h58m  1m40s  -',
      '                                                   b           -       unknown       23h58m  1m40s  -',
      'switches: 3; numbers since 2026-11-20; what was not watched is in none of them',
    ].map((line) => expect.stringMatching(spaced(line))),
  );
});

/** The same words, however far apart. */
function spaced(line: string): RegExp {
  const words = line
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^\\s*${words.join('\\s+')}$`);
}

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
  expect(daysText(answer, paint(false))).toBe(text);
});

test.each([
  ['history --json --format csv', '--json and --format csv are two formats'],
  ['history --all --kind switch', '--all prints every kind'],
  ['history --days --kind switch', '--days adds up days'],
  ['history --days --all', '--days adds up days'],
])('%s is refused', async (line, why) => {
  const said: string[] = [];
  const terminal: Terminal = {
    out: () => undefined,
    err: (text) => said.push(text),
    isTty: false,
    colour: false,
    columns: () => null,
  };
  const parsed = parse(line.split(' '));
  if (!parsed.ok) throw new Error(parsed.why);
  expect(await history('/nowhere', parsed.options, terminal)).toBe(2);
  expect(said.join()).toContain(why);
});
