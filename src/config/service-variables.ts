import { durationText } from '../domain/duration';
import { checks, type SiteChecks, siteChecks } from './checks';
import type { ServiceConfig } from './config';
import { bodyText, jsonValue, statusRanges } from './expect';
import { nameserver, recordName, zoneName } from './names';
import {
  boolean,
  budget,
  choice,
  count,
  duration,
  good,
  listOf,
  matching,
  type Parser,
  periodOrOff,
  ratio,
} from './parse';
import { sites } from './sites';
import { type Fallback, otherwise, type Values, type Variable } from './variable';

/** A variable of one service; `show` renders what holds in the form in which it is written, null for its unwritable default. */
export interface ServiceVariable<T> extends Variable<T> {
  readonly show: (service: ServiceConfig) => string | null;
}

type Show = (service: ServiceConfig) => string | null;

function required<T>(parser: Parser<T>, meaning: string, show: Show): ServiceVariable<T> {
  return { parser, fallback: { kind: 'required' }, meaning, show };
}

/** A variable whose default can be written like any value. */
function preset<T>(text: string, parser: Parser<T>, meaning: string, show: Show): ServiceVariable<T> {
  return { parser, fallback: { kind: 'text', text }, meaning, show };
}

/** A variable whose default no text can say. */
function open<T>(fallback: Fallback<T>, parser: Parser<T>, meaning: string, show: Show): ServiceVariable<T> {
  return { parser, fallback, meaning, show };
}

const t = durationText;
const list = (items: readonly string[]): string | null => (items.length === 0 ? null : items.join(', '));

const adapters = listOf('an adapter’s name, or two, comma-separated', (name) => good(name), 8);
const ownerName = matching('up to 80 letters, digits, dots, hyphens, underscores', /^[A-Za-z0-9._-]{1,80}$/);
const crons = listOf(
  'cron expressions of five fields; comma and space between two',
  (expression) => good(expression.split(/\s+/).join(' ')),
  10,
  (text) => text.split(/,\s+/),
);
const checkMeaning = 'how it is known that a site works; all of them must pass (see Checks)';
const checksMeaning = 'the same for one site, in capitals with `_` for `-`';
const sitesMeaning = 'the places that serve it, in order of preference';

/** Every site's checks; once, where they are all the same. */
function showChecks(service: ServiceConfig): string | null {
  const bySite = Object.entries(service.checks).map(([site, all]) => ({
    site,
    urls: all.map((one) => one.url).join(', '),
  }));
  const urls = [...new Set(bySite.map((each) => each.urls))];
  return urls.length === 1 ? list(urls) : list(bySite.map((each) => `${each.site}: ${each.urls}`));
}

/** Everything a service can be told, in the manual's order. The one place where these names, defaults and meanings stand. */
export const serviceTable = {
  record: required(recordName, 'the managed name', ({ policy }) => policy.record),
  sites: required(sites, sitesMeaning, ({ policy }) =>
    list(policy.sites.map(({ name, sets }) => `${name}=${sets.flatMap((set) => set.values).join('+')}`)),
  ),
  check: open(otherwise('required, unless every site has its own', []), checks, checkMeaning, showChecks),
  checks: {
    ...open(otherwise<SiteChecks>('FAILOVERD_CHECK', new Map()), siteChecks, checksMeaning, () => null),
    perSite: 'check_<SITE>',
  },
  provider: preset('builtin', adapters, 'who holds the zone; two: both are switched and verified', ({ providers }) =>
    list(providers),
  ),
  zone: open(otherwise('found from the record', null), zoneName, 'the zone', ({ zone }) => zone),
  ttl: preset('60s', duration('1s', '1d', '1s'), 'how long resolvers may keep an answer', ({ policy }) =>
    t(policy.ttlMs),
  ),
  interval: preset('10s', duration('100ms', '1h'), 'from one probe of a site to the next', ({ policy }) =>
    t(policy.intervalMs),
  ),
  timeout: preset('5s', duration('50ms', '1h'), 'how long one probe may take', ({ policy }) => t(policy.timeoutMs)),
  fall: preset('3', count(1, 100), 'consecutive failures until a site is down', ({ policy }) => `${policy.fall}`),
  rise: preset('6', count(1, 100), 'consecutive passes until a site is up', ({ policy }) => `${policy.rise}`),
  sustain: preset('20s', duration('0s', '1h'), 'how long it must have been failing', ({ policy }) =>
    t(policy.sustainMs),
  ),
  confirm_interval: preset('1s', duration('50ms', '1h'), 'pace of the probes while unsure', ({ policy }) =>
    t(policy.confirmIntervalMs),
  ),
  window: preset(
    '30',
    count(3, 1_000, 0),
    'probes looked back on for grey failure; 0 switches it off',
    ({ policy }) => `${policy.window}`,
  ),
  down_ratio: preset(
    '0.4',
    ratio,
    'share of failed probes in the window that makes a site down',
    ({ policy }) => `${policy.downRatio}`,
  ),
  up_ratio: preset(
    '0.1',
    ratio,
    'share of failed probes in the window that a site may have and be up',
    ({ policy }) => `${policy.upRatio}`,
  ),
  expect_status: preset('200-299', statusRanges, 'HTTP status of a pass', ({ expect }) =>
    list(expect.status.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))),
  ),
  expect_body: open(
    otherwise('anything', null),
    bodyText,
    'what the body of a pass contains, letter for letter',
    ({ expect }) => expect.body,
  ),
  expect_json: open(
    otherwise('anything', null),
    jsonValue,
    'value at a JSON pointer in the body of a pass',
    ({ expect }) => (expect.json === null ? null : `${expect.json.pointer}=${expect.json.value}`),
  ),
  max_latency: open(otherwise('anything', null), duration('1ms', '1h'), 'slowest pass', ({ expect }) =>
    expect.maxLatencyMs === null ? null : t(expect.maxLatencyMs),
  ),
  failback: preset(
    'auto',
    choice('auto', 'manual'),
    'who goes back to the better site',
    ({ policy }) => policy.failback,
  ),
  failback_after: preset('5m', duration('0s', '30d'), 'how long the better site must have been up', ({ policy }) =>
    t(policy.failbackAfterMs),
  ),
  failback_window: open(otherwise('always', []), crons, 'minutes in which an automatic failback may begin', (service) =>
    list(service.failbackWindow),
  ),
  damping_half_life: preset(
    '30m',
    duration('100ms', '30d'),
    'in which the penalty of a failover halves',
    ({ policy }) => t(policy.dampingHalfLifeMs),
  ),
  damping_cap: preset('2h', duration('0s', '30d'), 'longest wait that the penalty can make', ({ policy }) =>
    t(policy.dampingCapMs),
  ),
  max_switches: preset(
    '4/6h',
    budget,
    'most automatic switches in any window of that length',
    ({ policy }) => `${policy.maxSwitches.count}/${t(policy.maxSwitches.windowMs)}`,
  ),
  rto: open(
    otherwise('none', null),
    duration('1s', '1d'),
    'promised time to recover; settings that cannot keep it are refused',
    ({ rtoMs }) => (rtoMs === null ? null : t(rtoMs)),
  ),
  create: open(
    otherwise('true for builtin, else false', null),
    boolean,
    'create the record where the zone has none',
    ({ policy }) => `${policy.create}`,
  ),
  allow_private: preset(
    'false',
    boolean,
    'allow loopback, private and link-local addresses',
    (service) => `${service.allowPrivate}`,
  ),
  dry_run: preset('false', boolean, 'decide, record and tell, but write nothing', ({ policy }) => `${policy.dryRun}`),
  selftest: preset(
    '10m',
    periodOrOff('1m', '7d'),
    'how often the write path is proven by rewriting our own TXT, and nothing else; `off`: never',
    ({ policy }) => (policy.selftest === null ? 'off' : t(policy.selftest.everyMs)),
  ),
  owner: open(
    otherwise('the host name', null),
    ownerName,
    'whose record it is, in the TXT marker beside it',
    ({ policy }) => policy.owner,
  ),
  nameservers: open(
    otherwise('the provider’s, or the zone’s NS', []),
    listOf('`ip` or `ip:port`, comma-separated', nameserver, 32),
    'servers to verify on',
    ({ nameservers }) => list(nameservers),
  ),
  resolvers: open(
    otherwise('none', []),
    listOf('`ip` or `ip:port`, comma-separated', nameserver, 32),
    'resolvers to ask, after a switch, whether they show it yet',
    ({ resolvers }) => list(resolvers),
  ),
};

export type ServiceValues = Values<typeof serviceTable>;
export type ServiceKey = keyof ServiceValues;
