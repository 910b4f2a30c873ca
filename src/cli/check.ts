import type { Finding, Provider } from '../../providers/provider';
import type { Config, Problem, ServiceConfig } from '../config/config';
import { missedRto } from '../config/service';
import { settings } from '../config/settings';
import { duration } from '../domain/duration';
import { rto } from '../domain/rto';
import { serviceText, shown } from './check-text';
import { chosen } from './chosen';
import { ask } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import type { Look } from './status-text';
import { type Witnesses, writable } from './writable';

export interface CheckInput {
  readonly config: Config;
  readonly settleMs: (service: ServiceConfig) => number;
  readonly open: (
    service: ServiceConfig,
  ) => Promise<{ readonly ok: true; readonly provider: Provider } | { readonly ok: false; readonly why: string }>;
  readonly witnesses: (service: ServiceConfig, provider: Provider) => Witnesses;
}

const deadlineMs = 15_000;

/** `failoverd check`: the effective settings, the recovery-time arithmetic, and a preflight of the write path. Reads only. */
export async function check(input: CheckInput, options: Options, terminal: Terminal): Promise<Exit> {
  const { config } = input;
  const services = chosen(config.services, (one) => one.policy.record, options, terminal);
  if (services.length === 0) return exits.refused;
  const isChosen = (record: string): boolean => services.some(({ policy }) => policy.record === record);
  const running = (await ask(config.stateDir, '/healthz')).ok;
  const reports = await Promise.all(
    services.map(async (service) => ({
      service,
      findings: [...missed(input, service), ...(await preflight(input, service, running))],
    })),
  );
  const warnings = config.warnings.filter(({ records }) => records === undefined || records.some(isChosen));
  const look = { colour: terminal.colour, columns: terminal.columns() };
  const findings = reports.flatMap((report) => report.findings);
  if (options.json) {
    terminal.out(
      JSON.stringify(
        {
          running,
          warnings,
          services: reports.map(({ service, findings }) => ({
            record: service.policy.record,
            policy: service.policy,
            settings: Object.fromEntries(settings(service).map(({ key, value }) => [key, value])),
            promisedMs: service.rtoMs,
            rto: rto(service.policy, input.settleMs(service)),
            findings,
          })),
        },
        null,
        2,
      ),
    );
  } else
    terminal.out(
      [
        ...reports.map((report) => serviceText({ ...report, settleMs: input.settleMs(report.service) }, look)),
        shown(told(config), look),
        ...said(warnings, look),
      ].join('\n\n'),
    );
  return findings.some((finding) => finding.level === 'error') ? exits.refused : exits.done;
}

/** Only the daemon is refused for it: who asks for the numbers is shown them. */
function missed(input: CheckInput, service: ServiceConfig): readonly Finding[] {
  const fault = missedRto(service, rto(service.policy, input.settleMs(service)).totalMs);
  return fault === null ? [] : [{ level: 'error', text: `FAILOVERD_RTO: ${fault.why}; ${fault.remedy}` }];
}

async function preflight(input: CheckInput, service: ServiceConfig, running: boolean): Promise<readonly Finding[]> {
  const names = service.providers.filter((name) => !running || name !== 'builtin');
  const served: readonly Finding[] =
    names.length === service.providers.length
      ? []
      : [{ level: 'ok', text: 'the daemon is running and serves the zone itself; failoverd status tells how it is' }];
  if (names.length === 0) return served;
  const opened = await input.open({ ...service, providers: names });
  if (!opened.ok) return [...served, { level: 'error', text: opened.why }];
  const { provider } = opened;
  const { atomic, compareAndSwap, note } = provider.guarantees;
  const strength = `atomic ${atomic ? 'yes' : 'no'}, compare-and-swap ${compareAndSwap ? 'yes' : 'no'}: ${note}`;
  const signal = AbortSignal.timeout(deadlineMs);
  const found = await provider.preflight(signal, true);
  const promised = { ...service, settleMs: input.settleMs(service) };
  const held = await writable(promised, provider, input.witnesses(service, provider), signal);
  await provider.close();
  const level = atomic && compareAndSwap ? 'ok' : 'warn';
  return [...served, { level, text: `${provider.name}: ${strength}` }, ...found, ...held];
}

/** Who is told; never where. */
function told({ notify }: Config): string {
  const names = notify.channels.map(({ name, level }) => `${name} (${level})`).join(', ');
  const beats = notify.heartbeat === null ? '' : `; heartbeat every ${duration(notify.heartbeat.everyMs)}`;
  return `notifications: ${names === '' ? 'nobody is told (FAILOVERD_NOTIFY)' : names}${beats}`;
}

/** Those that say the same of several settings in one. */
function said(warnings: readonly Problem[], look: Look): readonly string[] {
  const names = new Map<string, readonly string[]>();
  for (const { name, why, remedy } of warnings) {
    const text = `${why}\n${remedy}`;
    names.set(text, [...(names.get(text) ?? []), name]);
  }
  return [...names].map(([text, all]) => {
    const [why = '', remedy = ''] = text.split('\n');
    return [shown(`warning: ${all.join(', ')}: ${why}`, look), shown(`  ${remedy}`, look)].join('\n');
  });
}
