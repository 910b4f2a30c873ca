import { loadChecked } from './adapters';
import type { Config, Problem, ServiceConfig } from './config';
import type { ConfigInput } from './input';
import { type LoadedWhole, loadWhole } from './load';
import { problem } from './problem';
import { serviceTable } from './service-variables';
import { settings } from './settings';

/** A new configuration, or the reasons to keep the running one whole. `diff`: what changes, or would have changed. */
export type Reloaded =
  | { readonly ok: true; readonly config: Config; readonly diff: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly diff: readonly string[] };

/** `reloadConfig`, of a configuration about which the chosen adapters have nothing to complain: every problem of both at once. */
export async function reloadChecked(previous: Config, input: ConfigInput): Promise<Reloaded> {
  const loaded = loadWhole(input);
  const checked = await loadChecked(input, loaded);
  return checked.ok ? reloadConfig(previous, input, loaded) : { ok: false, problems: checked.problems, diff: [] };
}

/**
 * Reads the configuration again while it runs (SIGHUP). What is written may be changed to anything valid. What is left out changes
 * nothing: a setting or a service that vanished is more likely a broken template than a wish, and would loosen something in silence.
 */
export function reloadConfig(previous: Config, input: ConfigInput, loaded: LoadedWhole = loadWhole(input)): Reloaded {
  if (!loaded.ok) return { ok: false, problems: loaded.problems, diff: [] };
  const { config } = loaded;
  const diff = difference(previous, config);
  const problems = [
    ...gone(previous, config),
    ...config.services.flatMap((service, index) => {
      const before = find(previous, service);
      const written = loaded.set[index] ?? new Set<string>();
      const at = (key: string): string => `${config.servicesFile}: services[${index}].${key}`;
      return before === undefined ? [] : vanished(before, service, written, config.servicesFile === null ? null : at);
    }),
  ];
  return problems.length > 0 ? { ok: false, problems, diff } : { ok: true, config, diff };
}

function find(config: Config, service: ServiceConfig): ServiceConfig | undefined {
  return config.services.find(({ policy }) => policy.record === service.policy.record);
}

function gone(previous: Config, config: Config): readonly Problem[] {
  return previous.services
    .filter((service) => find(config, service) === undefined)
    .map(({ policy: { record } }) =>
      problem(
        config.servicesFile === null ? 'FAILOVERD_RECORD' : `${config.servicesFile}: services`,
        null,
        `${record} is not there any more: nobody would watch it, and its record would stay as it is`,
        'put it back; or restart failoverd to stop managing it',
      ),
    );
}

function vanished(
  before: ServiceConfig,
  after: ServiceConfig,
  written: ReadonlySet<string>,
  at: ((key: string) => string) | null,
): readonly Problem[] {
  const now = new Map(settings(after).map(({ key, value }) => [key, value]));
  return settings(before).flatMap(({ key, variable, value }) => {
    const default_ = now.get(key) ?? '';
    const kept = value === default_ || written.has(key) || (key === 'check' && written.has('checks'));
    if (kept) return [];
    const why = `was ${value}, is not set any more, and would fall back to ${default_}`;
    const entry = Object.entries(serviceTable).find(([name]) => name === key)?.[1];
    const writable = entry?.fallback.kind === 'text' || key === 'create';
    const line = at === null ? `${variable}=${default_}` : `${key}: ${default_}`;
    const remedy = writable
      ? `if that is meant, write it out: ${line}`
      : 'put it back; or restart failoverd to drop it';
    return [problem(at === null ? variable : at(key), null, why, remedy)];
  });
}

/** What differs, one line each; a secret is only said to have changed. */
function difference(previous: Config, config: Config): readonly string[] {
  const lines = previous.apiToken === config.apiToken ? [] : ['the API token changed'];
  if (JSON.stringify(previous.notify) !== JSON.stringify(config.notify)) lines.push('the notifications changed');
  for (const service of config.services) {
    const { record } = service.policy;
    const before = find(previous, service);
    if (before === undefined) {
      lines.push(`${record}: added`);
      continue;
    }
    const old = new Map(settings(before).map(({ key, value }) => [key, value]));
    const changed = settings(service).filter(({ key, value }) => old.get(key) !== value);
    lines.push(...changed.map(({ key, value }) => `${record}: ${key} ${old.get(key)} → ${value}`));
    const sameChecks = JSON.stringify(before.checks) === JSON.stringify(service.checks);
    if (!sameChecks && !changed.some(({ key }) => key === 'check'))
      lines.push(`${record}: a value in the query of a check changed`);
    const same = JSON.stringify(before.providerEnv) === JSON.stringify(service.providerEnv);
    if (!same && !changed.some(({ key }) => key === 'provider'))
      lines.push(`${record}: variables of provider ${service.providers.join(', ')} changed`);
  }
  const lost = previous.services.filter((service) => find(config, service) === undefined);
  return [...lines, ...lost.map(({ policy }) => `${policy.record}: removed`)];
}
