import type { ServiceConfig } from './config';
import { serviceTable } from './service-variables';
import { envName, fallbackText } from './variable';

/** One setting of a service as it holds: its key in the services file, its environment variable, its value as one would write it. */
export interface Setting {
  readonly key: string;
  readonly variable: string;
  readonly value: string;
}

/** Everything a service runs on, for `check` and for comparing; no secret is among it. */
export function settings(service: ServiceConfig): readonly Setting[] {
  return Object.entries(serviceTable)
    .filter(([key]) => key !== 'checks')
    .map(([key, variable]) => ({
      key,
      variable: envName(serviceTable, key),
      value: variable.show(service) ?? fallbackText(variable.fallback),
    }));
}
