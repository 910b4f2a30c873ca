import { orderTime, orderTimeWords } from '../config/order-time';
import { historyKinds } from '../control/kinds';
import { overrides } from '../domain/overrides';
import { anyOf, flag, list, type OptionRow, oneOf, text, whole } from './option';
import { lengthOf, shareOf } from './scenario';

const kinds: readonly string[] = Object.keys(historyKinds);
const lengths = 'lengths from 1s to 1d, such as 30s,2m';

/** Every option of the command line. Which command takes which stands in `commands.ts`. */
export const options = {
  record: text(
    'NAME',
    'only this service',
    'a record name',
    (name) => name.toLowerCase().replace(/\.$/, ''),
    'records',
  ),
  reason: text('TEXT', 'why; it is shown and kept'),
  override: list(
    'GUARD',
    'order it although this guard refuses; the refusal names it',
    anyOf(overrides),
    (item) => overrides.some((guard) => guard === item),
    overrides,
  ),
  at: text('TIME', 'a past moment: 2026-11-23T09:50:00Z, 10m (ago), or the id of a line of history'),
  generation: text('N', 'the switch with this generation, or last', 'a number, or last', (given) =>
    /^(\d{1,15}|last)$/.test(given) ? given : undefined,
  ),
  for: text('DURATION', 'how long the order holds, such as 30m, at most 366d; then it ends', orderTimeWords, (given) =>
    orderTime(given) === null ? undefined : given,
  ),
  since: text('TIME', 'from then on: 2026-11-23, 2026-11-23T09:50:00Z, or 2h (ago)'),
  until: text('TIME', 'up to then, written as for --since'),
  kind: list('KINDS', 'only these, such as switch,hold', anyOf(kinds), (item) => kinds.includes(item), kinds),
  all: flag('every line of the journal'),
  days: flag('each UTC day: where the record pointed, how available every site was'),
  format: oneOf('FORMAT', 'csv for spreadsheets, openmetrics for Prometheus', ['csv', 'openmetrics']),
  limit: whole('N', 'at most N lines, the newest; 100 unless given, 10000 at the most', null, 1, 10_000),
  watch: flag('draw it again each second; in a pipe, print it when something changed'),
  outages: list('LENGTHS', 'outages of the first site that last so long, such as 30s,2m', lengths, isLength),
  loss: list('SHARES', 'so many of our probes are lost, such as 1%,5%', 'shares such as 1%,5%', isShare),
  flap: list('PERIODS', 'the first site fails and serves in turn, such as 70s', lengths, isLength),
  seed: whole('N', 'another course of chance', 1, 0, 4_294_967_295),
  json: flag('print JSON for programs'),
  help: flag('explain the command', 'h'),
  version: flag('print the version'),
} as const;

export type OptionName = keyof typeof options;

type ValueOf<Row> = Row extends OptionRow<infer T> ? T : never;

/** The options after parsing: those that were not given have their fallback. */
export type Options = { readonly [Name in OptionName]: ValueOf<(typeof options)[Name]> };

function isLength(text: string): boolean {
  return lengthOf(text) !== null;
}

function isShare(text: string): boolean {
  return shareOf(text) !== null;
}
