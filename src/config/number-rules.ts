import type { ProviderRow } from '../../providers/provider';
import { durationText } from '../domain/duration';
import { leastPeriodMs } from '../domain/selftest';
import { type Rule, rule } from './rule';

const t = durationText;

/** How the numbers of one service must stand to each other. */
export const numberRules: readonly Rule[] = [
  rule('problem', ['timeout', 'interval'], ({ timeout, interval }) =>
    timeout <= interval
      ? null
      : {
          why: `the timeout (${t(timeout)}) is longer than the interval (${t(interval)}): probes of one site would pile up`,
          remedy: 'shorten the timeout or lengthen the interval',
        },
  ),
  rule('problem', ['confirm_interval', 'interval'], ({ confirm_interval, interval }) =>
    confirm_interval <= interval
      ? null
      : {
          why: `confirmations (every ${t(confirm_interval)}) would be slower than regular probes (every ${t(interval)})`,
          remedy: 'make CONFIRM_INTERVAL at most INTERVAL',
        },
  ),
  rule('problem', ['up_ratio', 'down_ratio', 'window'], ({ up_ratio, down_ratio, window }) =>
    window === 0 || up_ratio < down_ratio
      ? null
      : {
          why: `the ratio up to which a site is up (${up_ratio}) is not below the one from which it is down (${down_ratio})`,
          remedy: 'make UP_RATIO smaller than DOWN_RATIO, or switch both off with WINDOW 0',
        },
  ),
  rule('problem', ['max_latency', 'timeout'], ({ max_latency, timeout }) =>
    max_latency === null || max_latency < timeout
      ? null
      : {
          why: `the slowest pass (${t(max_latency)}) is not below the timeout (${t(timeout)}): it would never count`,
          remedy: 'make MAX_LATENCY shorter than TIMEOUT',
        },
  ),
  rule('warning', ['interval'], ({ interval }) =>
    interval >= 1_000
      ? null
      : {
          why: `every site is probed every ${t(interval)}`,
          remedy: 'use 1s or more, unless these servers are yours to test',
        },
  ),
  rule('warning', ['failback_after', 'ttl', 'failback'], ({ failback_after, ttl, failback }) =>
    failback === 'manual' || failback_after >= 2 * ttl
      ? null
      : {
          why: `is shorter than twice the TTL (${t(ttl)}): a failback waits for ${t(2 * ttl)}`,
          remedy: `write FAILBACK_AFTER ${t(2 * ttl)}, or shorten TTL`,
        },
  ),
  rule(
    'warning',
    ['damping_cap', 'failback_after', 'ttl', 'failback'],
    ({ damping_cap, failback_after, ttl, failback }) =>
      failback === 'manual' || damping_cap >= Math.max(failback_after, 2 * ttl)
        ? null
        : {
            why: `the cap on damping (${t(damping_cap)}) is below the undamped wait (${t(Math.max(failback_after, 2 * ttl))}): repeated failovers lengthen nothing`,
            remedy: 'make DAMPING_CAP longer than FAILBACK_AFTER',
          },
  ),
  rule('warning', ['max_switches', 'failback'], ({ max_switches, failback }) =>
    max_switches.count > 1 || failback === 'manual'
      ? null
      : {
          why: 'a failback always leaves one failover in the budget, and a budget of 1 has none left: automatic failback never happens',
          remedy: 'allow 2 or more switches, or write FAILBACK manual',
        },
  ),
  rule('problem', ['failback_window'], ({ failback_window }, { validCron }) =>
    failback_window
      .filter((expression) => expression.split(' ').length !== 5 || !validCron(expression))
      .map((expression) => ({
        why: `"${expression}" is not a cron expression of five fields`,
        remedy: 'write minute hour day month weekday, such as * 2-5 * * 1-5; a comma and a space part two of them',
      })),
  ),
  rule('problem', ['selftest', 'provider'], ({ selftest, provider }, { providers }) => {
    const leastMs = leastPeriodMs(settleMs(provider, providers));
    if (selftest === null || selftest >= leastMs) return null;
    return {
      why: `a self-test of ${provider.join(', ')} may take ${t((leastMs * 2) / 3)} until every name server shows it, too long to be made every ${t(selftest)}`,
      remedy: `make it ${t(leastMs)} or longer`,
    };
  }),
  rule('warning', ['dry_run'], ({ dry_run }) =>
    dry_run
      ? {
          why: 'nothing is written: failures are decided and told, but DNS stays',
          remedy: 'set it to false to go live',
        }
      : null,
  ),
];

/** How long the slowest of these adapters takes to publish a change. */
export function settleMs(names: readonly string[], rows: readonly ProviderRow[]): number {
  return Math.max(0, ...rows.filter(({ name }) => names.includes(name)).map((row) => row.settleMs));
}
