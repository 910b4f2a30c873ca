import { validate } from 'node-cron';
import { loadChecked } from './config/adapters';
import type { Config, Loaded, ServiceConfig } from './config/config';
import { readRegularFile } from './config/file';
import type { ConfigInput } from './config/input';
import { settleMs as slowest } from './config/number-rules';
import { type Reloaded, reloadChecked } from './config/reload';
import { rto } from './domain/rto';

/** The configuration of this process: read at the start, and again while it runs. */
export interface Configuring {
  /** With what the chosen adapters say of their own variables. Only the daemon is refused for a recovery time above FAILOVERD_RTO. */
  load(isDaemon: boolean): Promise<Loaded>;
  reload(previous: Config): Promise<Reloaded>;
  /** What the service's providers take to publish. */
  settleMs(service: Pick<ServiceConfig, 'providers'>): number;
}

export function createConfiguring(
  host: Pick<ConfigInput, 'env' | 'providers' | 'hostname' | 'uid' | 'isTty'>,
): Configuring {
  const settleMs = (service: Pick<ServiceConfig, 'providers'>): number => slowest(service.providers, host.providers);
  const input: ConfigInput = {
    ...host,
    readFile: readRegularFile,
    validCron: validate,
    boundMs: (service) => rto(service.policy, settleMs(service)).totalMs,
  };
  return {
    load: (isDaemon) => loadChecked(isDaemon ? input : { ...input, boundMs: () => 0 }),
    reload: (previous) => reloadChecked(previous, input),
    settleMs,
  };
}
