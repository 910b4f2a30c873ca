import type { Config, ServiceConfig } from '../config/config';
import { rto } from '../domain/rto';
import { chosen } from './chosen';
import { type Exit, exits, type Options, type Terminal } from './command';
import { rtoText } from './rto';

/** `failoverd rto`: the worst case of every service, and 1 where one misses its promise. */
export function rtoCommand(
  config: Config,
  settleMs: (service: ServiceConfig) => number,
  options: Options,
  terminal: Terminal,
): Exit {
  const services = chosen(config.services, (one) => one.policy.record, options, terminal);
  if (services.length === 0) return exits.refused;
  if (options.json) {
    const rows = services.map((one) => ({
      record: one.policy.record,
      promisedMs: one.rtoMs,
      ...rto(one.policy, settleMs(one)),
    }));
    terminal.out(JSON.stringify({ services: rows }, null, 2));
  } else {
    const look = { colour: terminal.colour, columns: terminal.columns() };
    terminal.out(services.map((one) => rtoText(one.policy, settleMs(one), one.rtoMs, look)).join('\n\n'));
  }
  const broken = services.some((one) => one.rtoMs !== null && rto(one.policy, settleMs(one)).totalMs > one.rtoMs);
  return broken ? exits.refused : exits.done;
}
