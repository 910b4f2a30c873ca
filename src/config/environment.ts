import { channelSecrets } from './channel-secrets';
import type { Problem } from './config';
import { daemonTable } from './daemon-variables';
import type { ConfigInput } from './input';
import type { Given } from './layer';
import { nearest } from './nearest';
import type { Raw } from './parse';
import { problem } from './problem';
import { readSecret } from './secrets';
import { serviceTable } from './service-variables';
import { envName, type Table } from './variable';

/** The environment, cut in what a service and what the daemon are told. */
export interface Environment {
  readonly service: ReadonlyMap<string, Given>;
  readonly daemon: ReadonlyMap<string, Given>;
  readonly problems: readonly Problem[];
  /** Every secret among our own variables. */
  readonly secrets: readonly string[];
}

const perSitePrefix = 'FAILOVERD_CHECK_';

/** Reads every FAILOVERD_* variable; an unknown one is a problem, for it is a setting that somebody believes in. */
export function readEnvironment(input: ConfigInput): Environment {
  const service = plain(serviceTable, input);
  const daemon = plain(daemonTable, input);
  const { problems, secrets } = addSecrets(daemon, input);
  const sites = new Map<string, string>();
  const known = knownNames();
  for (const [name, text] of Object.entries(input.env)) {
    if (text === undefined || !/^FAILOVERD_/i.test(name) || known.includes(name)) continue;
    if (/^FAILOVERD_CHECK_[A-Z0-9_]{1,63}$/.test(name)) sites.set(name.slice(perSitePrefix.length), text);
    else problems.push(unknown(name, text, known));
  }
  if (sites.size > 0)
    service.set(
      'checks',
      given(sites, (at) => `${perSitePrefix}${at ?? '<SITE>'}`),
    );
  return { service, daemon, problems, secrets };
}

/** Every name the environment may have, but the per-site ones. */
export function knownNames(): readonly string[] {
  return [serviceTable, daemonTable].flatMap((table: Table) =>
    Object.entries(table).flatMap(([key, variable]) => {
      const name = envName(table, key);
      if (variable.perSite !== undefined) return [];
      return variable.secret === true ? [name, `${name}_FILE`] : [name];
    }),
  );
}

function given(raw: Raw, name: Given['name']): Given {
  return { raw, source: 'env', name };
}

function plain(table: Table, { env }: ConfigInput): Map<string, Given> {
  const found = new Map<string, Given>();
  for (const [key, variable] of Object.entries(table)) {
    const name = envName(table, key);
    const text = env[name];
    if (text !== undefined && variable.secret !== true)
      found.set(
        key,
        given(text, () => name),
      );
  }
  return found;
}

function addSecrets(found: Map<string, Given>, input: ConfigInput): { problems: Problem[]; secrets: string[] } {
  const problems: Problem[] = [];
  const secrets: string[] = [];
  for (const [key, variable] of Object.entries<Table[string]>(daemonTable)) {
    if (variable.secret !== true) continue;
    const secret = readSecret(envName(daemonTable, key), input);
    if (secret.found === 'problem') problems.push(secret.problem);
    if (secret.found !== 'value') continue;
    secrets.push(secret.text, ...(key === 'notify' || key === 'heartbeat' ? channelSecrets(secret.text) : []));
    found.set(
      key,
      given(secret.text, () => secret.name),
    );
  }
  return { problems, secrets };
}

/** The value may be a secret under a misspelt name: only its length is shown. */
function unknown(name: string, text: string, known: readonly string[]): Problem {
  const value = `(not shown, ${text.length} characters)`;
  const base = name.replace(/_FILE$/, '');
  if (base !== name && known.includes(base))
    return problem(name, value, 'names a file, but only secrets are read from files', `set ${base} itself`);
  const close = nearest(name, known);
  const remedy = close === null ? 'remove it; docs/configuration.md lists all names' : `did you mean ${close}?`;
  return problem(name, value, 'is not a variable of failoverd', remedy);
}
