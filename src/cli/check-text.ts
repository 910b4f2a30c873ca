import type { Finding } from '../../providers/provider';
import type { ServiceConfig } from '../config/config';
import { changedSettings } from '../config/settings';
import { duration } from '../domain/duration';
import { rtoText } from './rto';
import type { Look } from './status-text';
import { fitted, paint } from './table';
import { wrap } from './width';

export interface Report {
  readonly service: ServiceConfig;
  readonly settleMs: number;
  readonly findings: readonly Finding[];
}

/** One service: what holds, the recovery time, what was found. */
export function serviceText({ service, settleMs, findings }: Report, look: Look): string {
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
      ...checksOf(service).map((text, index) => [index === 0 ? '  checks' : '', text]),
      [
        '  pace',
        `every ${duration(policy.intervalMs)}, timeout ${duration(policy.timeoutMs)}, ${duration(policy.confirmIntervalMs)} while unsure`,
      ],
      [
        '  down',
        `${policy.fall} fails over ${duration(policy.sustainMs)}${policy.window === 0 ? '' : `, or ${percent(policy.downRatio)} of ${policy.window}`}`,
      ],
      ['  up', `${policy.rise} passes${policy.window === 0 ? '' : ` and at most ${percent(policy.upRatio)} fails`}`],
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
      ...writtenOf(service).map((text, index) => [index === 0 ? '  not default' : '', text]),
    ],
    look.columns,
  );
  const lines = findings.map((finding) =>
    shown(`  ${marks[finding.level]} ${finding.text}${ending(finding)}`, look, 8),
  );
  return [colour('bold', policy.record), ...settings, rtoText(policy, settleMs, service.rtoMs, look), ...lines].join(
    '\n',
  );
}

function ending({ expiresAtMs }: Finding): string {
  if (expiresAtMs === undefined) return '';
  const leftMs = expiresAtMs - Date.now();
  const when = new Date(expiresAtMs).toISOString();
  return leftMs > 0 ? `; ends ${when}, in ${duration(leftMs)}` : `; ended ${when}`;
}

/** The checks of every site, once where they are the same for all. */
function checksOf({ checks }: ServiceConfig): readonly string[] {
  const bySite = Object.entries(checks).map(([site, all]) => ({ site, urls: all.map(({ url }) => url).join(', ') }));
  const [first] = bySite;
  if (first === undefined || bySite.every(({ urls }) => urls === first.urls)) return [first?.urls ?? ''];
  return bySite.map(({ site, urls }) => `${site} ${urls}`);
}

/** What was set, as in a services file; without what has a line of its own. */
function writtenOf(service: ServiceConfig): readonly string[] {
  return changedSettings(service)
    .filter(({ key }) => !['provider', 'zone', 'check'].includes(key))
    .map(({ key, value }) => `${key} ${value}`);
}

/** At most six digits stand behind the point of a ratio. */
function percent(ratio: number): string {
  return `${Math.round(ratio * 1_000_000) / 10_000} %`;
}

/** A paragraph, wrapped where there is a terminal. */
export function shown(text: string, { columns }: Look, indent = 2): string {
  return columns === null ? text : wrap(text, columns, ' '.repeat(indent));
}
