import type { ServiceStatus } from '../domain/explain';
import { ask, exitOf } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';

/** `failoverd hold|resume|failback|adopt|switch SITE|drill SITE`: a human takes over, or hands back; in effect when it returns. */
export async function order(
  stateDir: string,
  name: 'hold' | 'resume' | 'failback' | 'adopt' | 'switch' | 'drill',
  site: string | null,
  actor: string,
  options: Options,
  terminal: Terminal,
): Promise<Exit> {
  const record = options.record ?? (await onlyService(stateDir, terminal));
  if (typeof record !== 'string') return record;
  const body = {
    order: name,
    actor,
    reason: options.reason ?? 'by hand',
    ...(site === null ? {} : { site }),
    ...(options.for === null ? {} : { for: options.for }),
    ...(options.override.length === 0 ? {} : { override: options.override }),
  };
  const answer = await ask<{ readonly why: string }>(
    stateDir,
    `/api/v1/services/${encodeURIComponent(record)}/orders`,
    body,
  );
  if (answer.ok) {
    terminal.out(answer.body.why);
    return exits.done;
  }
  terminal.err(answer.why);
  return exitOf(answer.code);
}

/** With one service nobody has to name it. */
export async function onlyService(stateDir: string, terminal: Terminal): Promise<string | Exit> {
  const status = await ask<{ readonly services: readonly ServiceStatus[] }>(stateDir, '/api/v1/status');
  if (!status.ok) {
    terminal.err(status.why);
    return exitOf(status.code);
  }
  const [first, ...others] = status.body.services;
  if (first !== undefined && others.length === 0) return first.record;
  terminal.err(`name the service with --record: ${status.body.services.map((service) => service.record).join(', ')}`);
  return exits.usage;
}
