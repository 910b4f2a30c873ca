import type { Config, ServiceConfig } from '../config/config';
import { rto } from '../domain/rto';
import { simulate as play } from '../sim/operator';
import { type Scenario, usual } from '../sim/operator-scenarios';
import { chosen } from './chosen';
import { type Exit, exits, type Options, type Terminal } from './command';
import { lengthOf, shareOf } from './scenario';
import { simulatedText } from './simulate-text';

export interface SimulateInput {
  readonly config: Config;
  /** What the service's providers take to publish. */
  readonly settleMs: (service: ServiceConfig) => number;
  /** How much of one set of settings is played, 0 to 1. */
  readonly progress: (what: string, share: number) => void;
}

/** `failoverd simulate`: the real decision with these settings in a simulated world. Nothing is contacted or written. */
export async function simulate(input: SimulateInput, options: Options, terminal: Terminal): Promise<Exit> {
  const services = chosen(input.config.services, (one) => one.policy.record, options, terminal);
  if (services.length === 0) return exits.refused;
  const { seed } = options;
  const scenarios = scenariosOf(options);
  const results = [];
  for (const alike of likewise(services)) {
    const [service] = alike;
    if (service === undefined) continue;
    const { policy } = service;
    const settleMs = input.settleMs(service);
    const records = alike.map((one) => one.policy.record);
    const summaries = await play({ policy, settleMs, scenarios, seed }, (share) =>
      input.progress(`simulating ${records[0]}`, share),
    );
    results.push({ records, service, summaries, rto: rto(policy, settleMs) });
  }
  if (options.json) {
    const rows = results.map(({ records, rto: { verifiedMs, totalMs }, summaries }) => ({
      records,
      verifiedWithinMs: verifiedMs,
      usersWithinMs: totalMs,
      scenarios: summaries,
    }));
    terminal.out(JSON.stringify({ seed, services: rows }, null, 2));
  } else terminal.out(results.map((one) => simulatedText(one, seed, terminal.isTty)).join('\n\n'));
  return exits.done;
}

/** What was asked for; the usual when nothing was. */
export function scenariosOf({ outages, loss, flap }: Pick<Options, 'outages' | 'loss' | 'flap'>): readonly Scenario[] {
  const asked: readonly Scenario[] = [
    ...outages.flatMap((text) => lengthOf(text) ?? []).map((ms) => ({ kind: 'outage', ms }) as const),
    ...loss.flatMap((text) => shareOf(text) ?? []).map((share) => ({ kind: 'loss', share }) as const),
    ...flap.flatMap((text) => lengthOf(text) ?? []).map((ms) => ({ kind: 'flap', ms }) as const),
  ];
  return asked.length === 0 ? usual : asked;
}

/** Services with the same settings come to the same: they are played once. */
function likewise(services: readonly ServiceConfig[]): readonly (readonly ServiceConfig[])[] {
  const groups = new Map<string, readonly ServiceConfig[]>();
  for (const service of services) {
    const { policy, providers, failbackWindow } = service;
    const sites = policy.sites.map(({ name, sets }) => [name, sets.map((set) => set.type)]);
    const key = JSON.stringify({ ...policy, record: '', owner: '', sites, providers, failbackWindow });
    groups.set(key, [...(groups.get(key) ?? []), service]);
  }
  return [...groups.values()];
}
