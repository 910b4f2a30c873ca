import { across, type Lifeline, notifiedThrough, onlySites, throughManaged } from './across';
import { checkRefusal } from './address-rules';
import { querySecrets } from './channel-secrets';
import type { Config, Loaded, Problem } from './config';
import { type DaemonValues, daemonTable } from './daemon-variables';
import { type Environment, readEnvironment } from './environment';
import type { ConfigInput } from './input';
import { complete, type Given, type Layer, parseLayer, settle } from './layer';
import { hidden, presentable, problem, rawText } from './problem';
import { awsSecrets, type ProviderEnvironment, readProvider } from './provider-variables';
import { type LoadedService, loadService } from './service';
import { serviceTable } from './service-variables';
import { readServicesFile, type ServicesFile } from './services-file';
import { envName } from './variable';

/** A configuration, and for each of its services the keys that were set rather than left to their default. */
export type LoadedWhole = Read &
  (
    | { readonly ok: true; readonly config: Config; readonly set: readonly ReadonlySet<string>[] }
    | (Loaded & { readonly ok: false })
  );

/** What was read, whether or not it is whole. */
export interface Read {
  readonly services: readonly LoadedService[];
  /** The variables of each adapter. */
  readonly adapters: ReadonlyMap<string, ProviderEnvironment>;
  readonly secrets: readonly string[];
}

/** The whole configuration, frozen, or every problem at once; reads files only through `input.readFile`, and never throws. */
export function loadConfig(input: ConfigInput): Loaded {
  const loaded = loadWhole(input);
  if (loaded.ok) return { ok: true, config: loaded.config };
  return { ok: false, problems: loaded.problems, warnings: loaded.warnings };
}

/** `loadConfig` for those who compare configurations. */
export function loadWhole(input: ConfigInput): LoadedWhole {
  const environment = readEnvironment(input);
  const daemon = settleDaemon(environment);
  const ours = parseLayer(serviceTable, environment.service);
  const file = entriesOf(environment, daemon.values.services_file ?? null, input);
  const providers = new Map(input.providers.map((row) => [row.name, readProvider(row, input)]));
  const services = file.entries.map((entry, index) =>
    loadService(entry, file.nameOf(index), {
      input,
      environment: ours,
      canaries: (daemon.values.canaries ?? []).map((check) => check.url),
      count: file.entries.length,
      providerEnv: (names) => Object.fromEntries(names.map((name) => [name, providers.get(name)?.env ?? {}])),
    }),
  );
  const chosen = new Set(services.flatMap(({ values }) => values.provider ?? []));
  const canaries = canaryLines(daemon);
  const apis = [...chosen].flatMap((name) =>
    Object.entries(providers.get(name)?.env ?? {}).map(([variable, text]) => ({ variable, text })),
  );
  const secrets = [environment, ...providers.values()]
    .flatMap((each) => each.secrets)
    .concat(awsSecrets(input), inQueries(services, [environment.daemon, environment.service, ...file.entries]));
  const problems = [
    ...environment.problems,
    ...daemon.problems,
    ...ours.problems,
    ...file.problems,
    ...services.flatMap((service) => service.problems),
    ...across(services, environment.service),
    ...canaryProblems(daemon, ours.values.allow_private ?? false),
    ...throughManaged(services, [...canaries, ...apis]),
    ...notifiedThrough(services, daemon),
    ...[...chosen].flatMap((name) => providers.get(name)?.problems ?? []),
  ];
  const read: Read = { services, adapters: providers, secrets };
  const whole = services.flatMap(({ service }) => service ?? []);
  const isWhole = complete(daemonTable, daemon.values);
  const allWarnings = [
    ...services.flatMap(({ values: { record }, warnings }) =>
      warnings.map((warning) => (record === undefined ? warning : { ...warning, records: [record] })),
    ),
    ...onlySites(services, canaries),
    ...(isWhole ? apiWarnings(daemon.values, daemon.given) : []),
    ...[...chosen].flatMap((name) => providers.get(name)?.warnings ?? []),
  ];
  const warnings = presentable(allWarnings, secrets);
  if (problems.length > 0 || whole.length !== services.length || !isWhole)
    return { ...read, ok: false, problems: presentable(problems, secrets), warnings };
  const config: Config = { ...daemonConfig(daemon.values, input), services: whole, secrets, warnings };
  return { ...read, ok: true, config: frozen(config), set: services.map(({ given }) => new Set(given.keys())) };
}

function settleDaemon(environment: Environment): Layer<typeof daemonTable> {
  const nothing = { values: {}, given: new Map<string, Given>(), problems: [] };
  const layer = parseLayer(daemonTable, environment.daemon);
  const settled = settle(daemonTable, layer, nothing, (key) => key);
  return { ...settled, problems: layer.problems };
}

/** What the checks' queries may hold of secrets; never a name of ours, which every text needs. */
function inQueries(
  services: readonly LoadedService[],
  layers: readonly ReadonlyMap<string, Given>[],
): readonly string[] {
  const ours = services.flatMap(({ values: { record, zone, sites = [] } }) => [
    record,
    zone,
    ...sites.flatMap(({ name, sets }) => [name, ...sets.flatMap((set) => set.values)]),
  ]);
  return layers
    .flatMap((layer) => ['check', 'checks', 'canaries'].flatMap((key) => layer.get(key)?.raw ?? []))
    .flatMap((raw) => querySecrets(rawText(raw)))
    .filter((value) => !ours.includes(value));
}

interface Entries extends ServicesFile {
  readonly nameOf: (index: number) => (key: string) => string;
}

/** The services to load: the file's, or the one of the environment. */
function entriesOf(environment: Environment, path: string | null, input: ConfigInput): Entries {
  if (environment.daemon.has('services_file')) {
    const record = environment.service.get('record');
    const file = path === null ? { entries: [], problems: [] } : readServicesFile(path, input);
    const both =
      record === undefined
        ? []
        : [problem(record.name(), rawText(record.raw), 'is set together with a services file', 'keep one of the two')];
    return {
      entries: file.entries,
      problems: [...file.problems, ...both],
      nameOf: (index) => (key) => `${path}: services[${index}].${key}`,
    };
  }
  return { entries: [new Map()], problems: [], nameOf: () => (key) => envName(serviceTable, key) };
}

function canaryProblems({ values, given }: Layer<typeof daemonTable>, allowPrivate: boolean): readonly Problem[] {
  const source = given.get('canaries');
  if (source === undefined) return [];
  return (values.canaries ?? [])
    .flatMap((check) => checkRefusal(check, allowPrivate))
    .map(({ why, remedy }) => problem(source.name(), rawText(source.raw), why, remedy));
}

function canaryLines({ values, given }: Layer<typeof daemonTable>): readonly Lifeline[] {
  const source = given.get('canaries');
  return source === undefined ? [] : (values.canaries ?? []).map(({ url }) => ({ variable: source.name(), text: url }));
}

/** Who may reach the API, and with what token. */
function apiWarnings({ listen, api_token }: DaemonValues, given: ReadonlyMap<string, Given>): readonly Problem[] {
  const warn = (key: string, value: (text: string) => string, why: string, remedy: string): readonly Problem[] => {
    const source = given.get(key);
    return source === undefined ? [] : [problem(source.name(), value(rawText(source.raw)), why, remedy)];
  };
  if (api_token !== null)
    return api_token.length >= 16
      ? []
      : warn('api_token', hidden, 'is short enough to be guessed', 'openssl rand -hex 16');
  if (listen === 'off' || ['localhost', '::1'].includes(listen.host) || listen.host.startsWith('127.')) return [];
  const why = 'lets the network read the status, and nobody give orders: there is no API token';
  return warn('listen', (text) => text, why, 'set FAILOVERD_API_TOKEN, or listen on 127.0.0.1');
}

function daemonConfig(
  values: DaemonValues,
  { env, isTty, hostname }: ConfigInput,
): Omit<Config, 'services' | 'secrets' | 'warnings'> {
  const { STATE_DIRECTORY: systemd } = env;
  return {
    // systemd lists several state directories with colons between them (systemd.exec(5), read 2026-11)
    stateDir: values.state_dir ?? (systemd?.split(':')[0] || './state'),
    listen: values.listen,
    apiHosts: values.api_hosts,
    apiToken: values.api_token,
    notify: notifying(values, hostname),
    logLevel: values.log_level,
    logFormat: values.log_format ?? (isTty ? 'pretty' : 'json'),
    canaries: values.canaries,
    servicesFile: values.services_file,
  };
}

function notifying(values: DaemonValues, host: string): Config['notify'] {
  const { notify, notify_secret: shared, notify_quiet: quietMs, heartbeat, heartbeat_interval: everyMs } = values;
  return {
    channels: notify.map((one) => (one.kind === 'webhook' ? { ...one, secret: one.secret ?? shared } : one)),
    quietMs,
    heartbeat: heartbeat === null ? null : { url: heartbeat.url, everyMs },
    host,
  };
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
