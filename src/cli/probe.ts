import type { Config, ServiceConfig } from '../config/config';
import { duration } from '../domain/duration';
import type { Observation } from '../domain/types';
import type { ProbeContext } from '../probe/context';
import { createProber } from '../probe/round';
import { chosen } from './chosen';
import { type Exit, exits, type Options, type Terminal } from './command';
import { paint, table } from './table';

/** `failoverd probe`: every check of every site, once, now. Exit 0 only if all that count passed. */
export async function probe(
  config: Config,
  context: ProbeContext,
  redact: (text: string) => string,
  options: Options,
  terminal: Terminal,
): Promise<Exit> {
  const services = chosen(config.services, (one) => one.policy.record, options, terminal);
  if (services.length === 0) return exits.refused;
  const results = (await Promise.all(services.map((service) => probeService(service, context, redact)))).flat();
  if (options.json) terminal.out(JSON.stringify({ results }, null, 2));
  else {
    const colour = paint(terminal.colour);
    const rows = results.map(({ record, site, address, url, shadow, observation }) => [
      record,
      site,
      address ?? '–',
      shadow ? `${url} (shadow)` : url,
      colour(observation.result === 'pass' ? 'green' : 'red', observation.result),
      describe(observation),
    ]);
    terminal.out(table([['record', 'site', 'address', 'check', 'result', ''], ...rows]));
  }
  const passed = results.every((one) => one.shadow || one.observation.result === 'pass');
  return passed ? exits.done : exits.refused;
}

async function probeService(service: ServiceConfig, context: ProbeContext, redact: (text: string) => string) {
  const { policy } = service;
  const prober = createProber({
    context,
    record: policy.record,
    checks: service.checks,
    expect: service.expect,
    timeoutMs: policy.timeoutMs,
    allowPrivate: service.allowPrivate,
    redact,
  });
  const rounds = await Promise.all(
    policy.sites.map(async (site) =>
      (await prober.probeSite(site)).map(({ check, address, observation }) => ({
        record: policy.record,
        site: site.name,
        address,
        url: check.url,
        shadow: check.shadow,
        observation,
      })),
    ),
  );
  prober.close();
  return rounds.flat();
}

function describe(observation: Observation): string {
  if (observation.result === 'pass') {
    return `in ${duration(observation.latencyMs)}${observation.warning === undefined ? '' : `; ${observation.warning}`}`;
  }
  return observation.result === 'fail' ? `${observation.class}: ${observation.why}` : observation.why;
}
