import { join } from 'node:path';
import type { Created, Provider, ProviderRow } from '../providers/provider';
import { problemText } from './cli/problem';
import { mixedFamilies } from './config/adapters';
import type { Config, ServiceConfig } from './config/config';
import { careful } from './control/careful';
import type { Elsewhere, Made } from './control/daemon';
import type { Clock, FindClaims, Teller } from './control/ports';
import { createService } from './control/service';
import { type Member, together } from './control/together';
import { findClaims } from './dns/claims';
import { createMarkerVerifier } from './dns/marker';
import { createNameServers, type NameServers } from './dns/nameservers';
import { createPanel } from './dns/panel';
import { systemResolver } from './dns/system';
import { type AuthoritativeView, createVerifier } from './dns/verify';
import { createFailbackWindow } from './failback-window';
import type { Log } from './notify/log';
import type { ProbeContext } from './probe/context';
import { createProber } from './probe/round';
import type { OpenStore } from './store/store';

/** What the services of one daemon share. */
export interface MemberInput {
  readonly config: Config;
  readonly providers: readonly ProviderRow[];
  readonly store: OpenStore;
  readonly clock: Clock;
  readonly probing: ProbeContext;
  readonly redact: (text: string) => string;
  readonly log: Pick<Log, 'warn'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** One service put together from its configuration: adapter, verifier, prober, control. Nothing runs yet. */
export async function makeMember(
  input: MemberInput,
  service: ServiceConfig,
  managed: readonly string[],
  teller: Teller,
  elsewhere: Elsewhere,
  testTurnMs: () => number,
): Promise<Made> {
  const { clock, config, probing, redact, store, random } = input;
  const { policy } = service;
  const made = await makeProvider(input.providers, service, config.stateDir, redact, () => clock.nowMs());
  if (!made.ok) {
    const passing = made.problems.every((problem) => problem.passing === true);
    return { ok: false, why: made.problems.map(problemText).join('\n'), passing };
  }
  const { provider } = made;
  for (const note of made.notes ?? []) input.log.warn('found at the start', { record: policy.record, note });
  const prober = createProber({
    context: probing,
    record: policy.record,
    checks: service.checks,
    expect: service.expect,
    timeoutMs: policy.timeoutMs,
    allowPrivate: service.allowPrivate,
    redact,
  });
  const nameservers = nameserversOf(service, provider, managed, () => clock.nowMs());
  const wallMs = (): number | null => (probing.self.clockSuspect() ? null : clock.wallMs());
  const { resolvers } = service;
  const window = createFailbackWindow(service.failbackWindow);
  const member = createService(policy, {
    clock,
    random,
    store,
    provider,
    verifier: verifierOf(service, nameservers, wallMs),
    marks: createMarkerVerifier({ record: policy.record, nameservers, timeoutMs: 3_000 }),
    claims: claimsOf(input.providers, service, nameservers),
    prober,
    ...(resolvers.length === 0
      ? {}
      : { panel: createPanel({ record: policy.record, sites: policy.sites, resolvers, timeoutMs: 2_000 }) }),
    teller,
    failbackOpen: () => window.isOpen(clock.wallMs(), probing.self.clockSuspect()),
    testTurnMs,
    elsewhere: () => elsewhere.count(policy.record, policy.commonCauseMs),
  });
  return {
    ok: true,
    member: {
      record: policy.record,
      fingerprint: JSON.stringify(service),
      service: member,
      async close() {
        prober.close();
        window.close();
        await provider.close();
      },
    },
  };
}

/** Who publishes the zone of a service. */
export function nameserversOf(
  service: ServiceConfig,
  provider: Provider,
  managed: readonly string[],
  nowMs: () => number,
): NameServers {
  return createNameServers({
    record: service.policy.record,
    zone: service.zone,
    configured: service.nameservers,
    provided: (signal) => provider.nameservers(signal),
    managed,
    resolver: systemResolver(2_000),
    nowMs,
  });
}

/** Asks all of them whether they show the record. */
export function verifierOf(
  { policy }: ServiceConfig,
  nameservers: NameServers,
  wallMs: () => number | null,
): AuthoritativeView {
  return createVerifier({
    record: policy.record,
    isCnameService: policy.sites.some((site) => site.sets.some((set) => set.type === 'CNAME')),
    nameservers,
    timeoutMs: 3_000,
    wallMs,
  });
}

/** Looks for other tools' marks on the record; in a zone that we serve ourselves nobody else leaves any. */
export function claimsOf(
  providers: readonly ProviderRow[],
  { policy, providers: names }: ServiceConfig,
  nameservers: NameServers,
): FindClaims {
  const isOwned = names.every((name) => providers.some((row) => row.name === name && row.owned));
  const types = policy.sites.flatMap((site) => site.sets.map((set) => set.type));
  return async (signal) =>
    isOwned
      ? { ok: true, claims: [] }
      : findClaims({ record: policy.record, types, nameservers, timeoutMs: 2_000 }, signal);
}

/** The service's adapter, held to its contract; two of them as one. */
export async function makeProvider(
  providers: readonly ProviderRow[],
  service: ServiceConfig,
  stateDir: string,
  redact: (text: string) => string,
  nowMs: () => number,
): Promise<Created> {
  const members: Member[] = [];
  const notes: string[] = [];
  for (const name of service.providers) {
    const row = providers.find((one) => one.name === name);
    const made = row === undefined ? unknownProvider(name) : await makeOne(row, service, stateDir);
    if (!made.ok) {
      await Promise.all(members.map(({ provider }) => provider.close()));
      return made;
    }
    notes.push(...(made.notes ?? []));
    members.push({ provider: careful(made.provider, redact), owned: row?.owned ?? false });
  }
  const [first, second] = members;
  if (first === undefined) return unknownProvider('');
  return {
    ok: true,
    provider: second === undefined ? first.provider : together(members, service.policy, nowMs),
    notes,
  };
}

function unknownProvider(name: string): Created {
  return {
    ok: false,
    problems: [{ name: 'FAILOVERD_PROVIDER', why: `no provider "${name}"`, remedy: 'name one of the list' }],
  };
}

async function makeOne(row: ProviderRow, service: ServiceConfig, stateDir: string): Promise<Created> {
  const { create } = await row.load();
  return create({
    record: service.policy.record,
    zone: service.zone,
    ttl: Math.round(service.policy.ttlMs / 1_000),
    env: service.providerEnv[row.name] ?? {},
    directory: join(stateDir, row.name),
    mixedFamilies: mixedFamilies(service.policy.sites),
    sites: service.policy.sites,
  });
}
