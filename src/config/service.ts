import type { ProviderRow } from '../../providers/provider';
import { duration, durationText } from '../domain/duration';
import { addressRules } from './address-rules';
import { checksOf, siteToken } from './checks';
import { choiceRules } from './choice-rules';
import type { Problem, ServiceConfig } from './config';
import type { ConfigInput } from './input';
import { complete, type Given, type Layer, parseLayer, settle } from './layer';
import { numberRules, settleMs } from './number-rules';
import { type Fault, isMapping } from './parse';
import { problem, rawText } from './problem';
import type { Finding, Rule } from './rule';
import { type ServiceKey, type ServiceValues, serviceTable } from './service-variables';

/** One service as far as it could be made, and everything to say about it. */
export interface LoadedService {
  readonly values: Partial<ServiceValues>;
  /** Where its settings were written. */
  readonly given: ReadonlyMap<string, Given>;
  /** Null when there are problems. */
  readonly service: ServiceConfig | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What the services of one daemon share. */
export interface Shared {
  readonly input: ConfigInput;
  readonly environment: Layer<typeof serviceTable>;
  readonly canaries: readonly string[];
  /** How many services there are. */
  readonly count: number;
  readonly providerEnv: (adapters: readonly string[]) => ServiceConfig['providerEnv'];
}

/** Settles one service: the entry's own values, the environment's, the defaults; then the rules over several of them. */
export function loadService(
  entry: ReadonlyMap<string, Given>,
  nameOf: (key: string) => string,
  shared: Shared,
): LoadedService {
  const file = parseLayer(serviceTable, entry);
  const { values, given, problems } = settle(serviceTable, shared.environment, file, nameOf);
  const say = (needs: readonly ServiceKey[], { why, remedy, about, at }: Finding): Problem => {
    const key = about ?? subject(needs, given);
    const source = given.get(key);
    if (source === undefined) return problem(nameOf(key), null, why, remedy);
    const mapping = isMapping(source.raw) ? source.raw : new Map<string, string>();
    const inner = [...mapping.keys()].find((site) => siteToken(site) === at);
    const raw = inner === undefined ? source.raw : (mapping.get(inner) ?? '');
    return problem(source.name(inner), rawText(raw), why, remedy);
  };
  const complaints = (level: Rule['level']): Problem[] =>
    [...numberRules, ...choiceRules, ...addressRules]
      .filter((rule) => rule.level === level)
      .flatMap((rule) => rule.broken(values, shared.input).map((fault) => say(rule.needs, fault)));

  const all = [...file.problems, ...problems, ...complaints('problem')];
  const warnings = complaints('warning');
  if (all.length > 0 || !complete(serviceTable, values))
    return { values, given, service: null, problems: all, warnings };
  const service = assemble(values, shared);
  const fault = missedRto(service, shared.input.boundMs(service));
  const late = fault === null ? [] : [say(['rto'], fault)];
  return { values, given, service: late.length === 0 ? service : null, problems: late, warnings };
}

/** The setting a complaint is named after: one of the entry, else one of the environment, else the first. */
function subject(needs: readonly ServiceKey[], given: ReadonlyMap<string, Given>): ServiceKey {
  const from = (source: Given['source']): ServiceKey | undefined =>
    needs.find((key) => given.get(key)?.source === source);
  return from('file') ?? from('env') ?? needs[0] ?? 'record';
}

/** What is wrong where these settings may take longer than what is promised. */
export function missedRto({ policy, rtoMs }: Pick<ServiceConfig, 'policy' | 'rtoMs'>, boundMs: number): Fault | null {
  if (rtoMs === null || Math.ceil(boundMs) <= rtoMs) return null;
  const keptMs = Math.ceil(boundMs / 1_000) * 1_000;
  return {
    why: `these settings may take ${duration(boundMs)} to recover, ${duration(boundMs - rtoMs)} longer than the promised ${duration(rtoMs)}`,
    remedy: `shorten TTL (${durationText(policy.ttlMs)}), SUSTAIN (${durationText(policy.sustainMs)}), INTERVAL (${durationText(policy.intervalMs)}) or TIMEOUT (${durationText(policy.timeoutMs)}), or promise ${durationText(keptMs)}`,
  };
}

function assemble(values: ServiceValues, { input, canaries, count, providerEnv }: Shared): ServiceConfig {
  const { record, ttl, check, checks } = values;
  return {
    policy: {
      record,
      sites: values.sites.map(({ name, sets }) => ({ name, sets: sets.map((set) => ({ ...set, ttl: ttl / 1_000 })) })),
      owner: values.owner ?? ownerOf(input.hostname),
      vantage: input.hostname,
      domain: input.hostname,
      quorum: 1,
      ttlMs: ttl,
      intervalMs: values.interval,
      timeoutMs: values.timeout,
      fall: values.fall,
      rise: values.rise,
      sustainMs: values.sustain,
      confirmIntervalMs: values.confirm_interval,
      window: values.window,
      downRatio: values.down_ratio,
      upRatio: values.up_ratio,
      failback: values.failback,
      failbackAfterMs: values.failback_after,
      dampingHalfLifeMs: values.damping_half_life,
      dampingCapMs: values.damping_cap,
      maxSwitches: values.max_switches,
      canaries,
      create: values.create ?? owned(values.provider, input.providers),
      owned: owned(values.provider, input.providers),
      dryRun: values.dry_run,
      switchCap: Math.max(5, Math.ceil(0.2 * count)),
      commonCauseMs: 60_000,
      selftest:
        values.selftest === null
          ? null
          : { everyMs: values.selftest, settleMs: settleMs(values.provider, input.providers) },
    },
    checks: Object.fromEntries(
      values.sites.map(({ name }) => [
        name,
        checksOf(name, check, checks).map((one) => (one.host === record ? { ...one, host: null } : one)),
      ]),
    ),
    expect: {
      status: values.expect_status,
      body: values.expect_body,
      json: values.expect_json,
      maxLatencyMs: values.max_latency,
    },
    providers: values.provider,
    zone: values.zone,
    failbackWindow: values.failback_window,
    nameservers: values.nameservers,
    resolvers: values.resolvers,
    rtoMs: values.rto,
    allowPrivate: values.allow_private,
    providerEnv: providerEnv(values.provider),
  };
}

function owned(adapters: readonly string[], rows: readonly ProviderRow[]): boolean {
  return adapters.every((name) => rows.some((row) => row.name === name && row.owned));
}

/** The host name as a marker can carry it. */
function ownerOf(hostname: string): string {
  const owner = hostname.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  return owner === '' ? 'failoverd' : owner;
}
