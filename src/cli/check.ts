import type { Finding, Provider } from '../../providers/provider';
import type { Config, Problem, ServiceConfig } from '../config/config';
import { missedRto } from '../config/service';
import { duration } from '../domain/duration';
import { rto } from '../domain/rto';
import { chosen } from './chosen';
import { ask } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { rtoText } from './rto';
import type { Look } from './status-text';
import { fitted, paint } from './table';
import { wrap } from './width';
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
      [...reports.map((report) => text(input, report, look)), shown(told(config), look), ...said(warnings, look)].join(
        '\n\n',
      ),
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

function text(
  input: CheckInput,
  report: { readonly service: ServiceConfig; readonly findings: readonly Finding[] },
  look: Look,
): string {
  const { service, findings } = report;
  const { policy } = service;
  const colour = paint(look.colour);
  const marks = {
    ok: colour('green', 'ok   '),
    warn: colour('yellow', 'warn '),
    error: colour('red', 'ERROR'),
  } as const;
  const settings = fitted(
    [
      ['  provider', `${service.providers.join(', ')}${service.zone === null ? '' : `, zone ${service.zone}`}`],
      ...policy.sites.map((site, index) => [
        index === 0 ? '  sites' : '',
        `${site.name} ${site.sets.flatMap((set) => set.values).join(' ')}`,
      ]),
      [
        '  checks',
        [...new Set(Object.values(service.checks).flatMap((checks) => checks.map((one) => one.url)))].join(', '),
      ],
      [
        '  pace',
        `every ${duration(policy.intervalMs)}, timeout ${duration(policy.timeoutMs)}, ${duration(policy.confirmIntervalMs)} while unsure`,
      ],
      [
        '  down',
        `${policy.fall} fails over ${duration(policy.sustainMs)}, or ${policy.downRatio * 100} % of ${policy.window}`,
      ],
      ['  up', `${policy.rise} passes and at most ${policy.upRatio * 100} % fails`],
      [
        '  failback',
        policy.failback === 'auto'
          ? `after ${duration(Math.max(policy.failbackAfterMs, 2 * policy.ttlMs))} of calm, longer after relapses`
          : 'by order',
      ],
      [
        '  budget',
        `${policy.maxSwitches.count} automatic ${policy.maxSwitches.count === 1 ? 'switch' : 'switches'} in ${duration(policy.maxSwitches.windowMs)}`,
      ],
      [
        '  self-test',
        policy.selftest === null
          ? 'off: a broken write path shows when it is needed'
          : `every ${duration(policy.selftest.everyMs)}, rewriting our TXT`,
      ],
      [
        '  writes',
        policy.dryRun ? 'none: FAILOVERD_DRY_RUN' : `as owner ${policy.owner}, TTL ${duration(policy.ttlMs)}`,
      ],
    ],
    look.columns,
  );
  const lines = findings.map((finding) =>
    shown(`  ${marks[finding.level]} ${finding.text}${ending(finding)}`, look, 8),
  );
  return [
    colour('bold', policy.record),
    ...settings,
    rtoText(policy, input.settleMs(service), service.rtoMs, look),
    ...lines,
  ].join('\n');
}

function ending({ expiresAtMs }: Finding): string {
  if (expiresAtMs === undefined) return '';
  const leftMs = expiresAtMs - Date.now();
  const when = new Date(expiresAtMs).toISOString();
  return leftMs > 0 ? `; ends ${when}, in ${duration(leftMs)}` : `; ended ${when}`;
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

function shown(text: string, { columns }: Look, indent = 2): string {
  return columns === null ? text : wrap(text, columns, ' '.repeat(indent));
}
