import type { ServiceStatus } from '../domain/explain';
import { chosen } from './chosen';
import { ask, exitOf } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { bashCompletion } from './completion-bash';
import { fishCompletion } from './completion-fish';
import { zshCompletion } from './completion-zsh';

/** Somebody has pressed a key and waits, perhaps for a daemon that is stopped or stuck. */
const deadlineMs = 1_000;

/** `failoverd completion bash|zsh|fish` prints the script; `completion sites|records` the names that the scripts ask for. */
export async function completion(
  stateDir: string,
  what: string | undefined,
  options: Options,
  terminal: Terminal,
): Promise<Exit> {
  switch (what) {
    case 'bash':
      terminal.out(bashCompletion());
      return exits.done;
    case 'zsh':
      terminal.out(zshCompletion());
      return exits.done;
    case 'fish':
      terminal.out(fishCompletion());
      return exits.done;
    default:
      return names(stateDir, what === 'sites' ? 'sites' : 'records', options, terminal);
  }
}

async function names(stateDir: string, what: 'sites' | 'records', options: Options, terminal: Terminal): Promise<Exit> {
  const path = '/api/v1/status';
  const fetched = await ask<{ readonly services: readonly ServiceStatus[] }>(stateDir, path, undefined, deadlineMs);
  if (!fetched.ok) {
    terminal.err(fetched.why);
    return exitOf(fetched.code);
  }
  const services = chosen(fetched.body.services, ({ record }) => record, options, terminal);
  if (services.length === 0) return exits.refused;
  const all = services.flatMap(({ record, sites }) => (what === 'sites' ? sites.map(({ name }) => name) : [record]));
  if (all.length > 0) terminal.out([...new Set(all)].join('\n'));
  return exits.done;
}
