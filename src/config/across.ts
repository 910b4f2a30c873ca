import { normalIpv6 } from '../domain/address-text';
import { markerName, normalName } from '../domain/records';
import { siteToken } from './checks';
import type { Problem } from './config';
import type { daemonTable } from './daemon-variables';
import { cutPort } from './host';
import type { Given, Layer } from './layer';
import { nearest } from './nearest';
import { isMapping } from './parse';
import { problem, rawText } from './problem';
import type { LoadedService } from './service';

/** What several services of one daemon must not do to each other. */
export function across(
  services: readonly LoadedService[],
  environment: ReadonlyMap<string, Given>,
): readonly Problem[] {
  return [...twins(services), ...nested(services), ...unknownSites(services, environment)];
}

/** Two services on one record would fight; two on one marker would take each other for a stranger. */
function twins(services: readonly LoadedService[]): readonly Problem[] {
  const seen = new Map<string, string>();
  return services.flatMap(({ values, given }) => {
    const record = values.record;
    if (record === undefined) return [];
    const before = seen.get(markerName(record));
    if (before === undefined) seen.set(markerName(record), record);
    if (before === undefined) return [];
    const why =
      before === record
        ? `${record} is managed by another entry too`
        : `${record} and ${before} would share the marker ${markerName(record)}`;
    return [complaint(given, 'record', why, 'keep one entry for it')];
  });
}

/** A site or check that leads through another managed record shows where that record points, not whether this site works. */
function nested(services: readonly LoadedService[]): readonly Problem[] {
  const records = new Set(services.flatMap(({ values }) => values.record ?? []));
  return services.flatMap(({ values, given }) => {
    const others = (name: string | null): boolean => name !== null && name !== values.record && records.has(name);
    const remedy = 'give a name or an address that always leads to the one site';
    const target = (values.sites ?? []).flatMap(({ name, sets }) =>
      sets
        .flatMap((set) => set.values)
        .filter(others)
        .map((value) => complaint(given, 'sites', `site ${name} leads to ${value}, which is managed too`, remedy)),
    );
    const asked = [
      ...(values.check ?? []).map((check) => ({ check, key: 'check' })),
      ...[...(values.checks?.values() ?? [])].flat().map((check) => ({ check, key: 'checks' })),
    ].filter(({ check }) => others(check.host));
    return [
      ...target,
      ...asked.map(({ check, key }) =>
        complaint(given, key, `"${check.url}" asks ${check.host}, which is managed too`, remedy),
      ),
    ];
  });
}

/** What the daemon needs most while a site is down: a canary, or where an adapter's API is. */
export interface Lifeline {
  readonly variable: string;
  readonly text: string;
}

/** What repairs a managed name must not be reached through it (S21). */
export function throughManaged(services: readonly LoadedService[], lifelines: readonly Lifeline[]): readonly Problem[] {
  const records = services.flatMap(({ values }) => values.record ?? []);
  return lifelines
    .filter(({ text }) => records.includes(hostIn(text)))
    .map(({ variable, text }) =>
      problem(
        variable,
        text,
        `leads to ${hostIn(text)}, which is managed: it fails together with the site that name points at`,
        'name a host that stays where it is',
      ),
    );
}

/** Whoever must hear that a managed name fails must not be reached through it, or through a name below it (S21). */
export function notifiedThrough(
  services: readonly LoadedService[],
  { values, given }: Pick<Layer<typeof daemonTable>, 'values' | 'given'>,
): readonly Problem[] {
  const records = services.flatMap(({ values: { record } }) =>
    record === undefined ? [] : [record.replace(/^\*\./, '')],
  );
  const about = (key: 'notify' | 'heartbeat', name: string, host: string): readonly Problem[] => {
    const record = records.find((each) => host === each || host.endsWith(`.${each}`));
    if (record === undefined) return [];
    const why = `${name} leads through ${record}, which is managed: it fails together with the site that name points at`;
    return [problem(given.get(key)?.name() ?? key, null, why, 'name a host that stays where it is')];
  };
  return [
    ...(values.notify ?? []).flatMap(({ name, host }) => about('notify', name, host)),
    ...(values.heartbeat ? about('heartbeat', 'the heartbeat', values.heartbeat.host) : []),
  ];
}

/** Canaries that are all sites fall silent with the active one, and a silent canary forbids every switch. */
export function onlySites(services: readonly LoadedService[], canaries: readonly Lifeline[]): readonly Problem[] {
  const targets = new Map(
    services.flatMap(({ values }) =>
      (values.sites ?? []).flatMap(({ name, sets }) => sets.flatMap((set) => set.values.map((value) => [value, name]))),
    ),
  );
  if (!canaries.every(({ text }) => targets.has(hostIn(text)))) return [];
  return canaries.map(({ variable, text }) =>
    problem(
      variable,
      text,
      `is site ${targets.get(hostIn(text))} itself: when that is down and no other canary answers, nothing is switched`,
      'name a host outside your sites too, or leave canaries out: then the other sites are asked',
    ),
  );
}

/** The host of a URL, a `host:port` or a bare host, in normal form; empty where there is none. */
function hostIn(text: string): string {
  const [, authority = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)/i.exec(text) ?? [];
  const { host } = cutPort(authority.slice(authority.lastIndexOf('@') + 1));
  return normalIpv6(host) ?? normalName(host);
}

/** A check for a site that does not exist protects nothing. */
function unknownSites(services: readonly LoadedService[], environment: ReadonlyMap<string, Given>): readonly Problem[] {
  if (services.length === 0 || services.some(({ values }) => values.sites === undefined)) return [];
  const tokens = (some: readonly LoadedService[]): readonly string[] =>
    some.flatMap(({ values }) => (values.sites ?? []).map(({ name }) => name));
  const stray = (given: Given | undefined, names: readonly string[]): readonly Problem[] => {
    if (given === undefined || !isMapping(given.raw)) return [];
    const strays = [...given.raw].filter(([key]) => !names.some((name) => siteToken(name) === siteToken(key)));
    return strays.map(([key, raw]) => {
      const close = nearest(siteToken(key), names.map(siteToken));
      const site = names.find((name) => siteToken(name) === close);
      const remedy =
        site === undefined
          ? `sites are: ${[...new Set(names)].join(', ')}`
          : `did you mean ${given.name(given.source === 'env' ? siteToken(site) : site)}?`;
      return problem(given.name(key), rawText(raw), 'names no site', remedy);
    });
  };
  return [
    ...stray(environment.get('checks'), tokens(services)),
    ...services.flatMap((service) => {
      const own = service.given.get('checks');
      return own?.source === 'file' ? stray(own, tokens([service])) : [];
    }),
  ];
}

function complaint(given: ReadonlyMap<string, Given>, key: string, why: string, remedy: string): Problem {
  const source = given.get(key);
  return problem(source?.name() ?? key, source === undefined ? null : rawText(source.raw), why, remedy);
}
