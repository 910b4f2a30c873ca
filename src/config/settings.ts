import { parseDuration } from '../domain/duration';
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

/** Those of them that are not what would hold if nothing were written. What has no default, or one of this host alone (`owner`), is not among them. */
export function changedSettings(service: ServiceConfig): readonly Setting[] {
  return settings(service).filter(({ key, value }) => {
    const fallback = Object.entries(serviceTable).find(([name]) => name === key)?.[1].fallback;
    if (fallback === undefined || fallback.kind === 'required' || key === 'owner') return false;
    if (key === 'create') return service.policy.create !== service.policy.owned;
    const usual = fallbackText(fallback);
    // 60s is shown as 1m.
    return value !== usual && (parseDuration(value) ?? value) !== parseDuration(usual);
  });
}
