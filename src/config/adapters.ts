import type { ProviderRow, SetupProblem } from '../../providers/provider';
import type { RecordSet } from '../domain/records';
import type { Loaded, Problem } from './config';
import type { ConfigInput } from './input';
import { type LoadedWhole, loadWhole, type Read } from './load';
import { hidden, presentable, problem, rawText } from './problem';
import type { LoadedService } from './service';
import { serviceTable } from './service-variables';
import { envName } from './variable';

/** The configuration with what each chosen adapter says of its own variables: every problem of both at once. */
export async function loadChecked(input: ConfigInput, loaded: LoadedWhole = loadWhole(input)): Promise<Loaded> {
  const told = loaded.ok ? [] : loaded.problems;
  const uses = loaded.services.flatMap((service) =>
    input.providers.filter(({ name }) => service.values.provider?.includes(name)).map((row) => ({ service, row })),
  );
  const found = await Promise.all(uses.map(({ service, row }) => complaints(service, row, loaded)));
  // What is missing or cannot be read was said already.
  const isTold = ({ name }: Problem): boolean => told.some((one) => one.name.replace(/_FILE$/, '') === name);
  const own = found.flat().filter((one) => !isTold(one));
  if (own.length === 0 && loaded.ok) return { ok: true, config: loaded.config };
  const warnings = loaded.ok ? loaded.config.warnings : loaded.warnings;
  return { ok: false, problems: presentable([...told, ...own], loaded.secrets), warnings };
}

/** Judged by the whole service where that could be read, else by the adapter's variables alone. */
async function complaints(service: LoadedService, row: ProviderRow, read: Read): Promise<readonly Problem[]> {
  const { record, zone, sites } = service.values;
  const env = read.adapters.get(row.name)?.env ?? {};
  const known = record !== undefined && zone !== undefined && sites !== undefined;
  const input = {
    record: known ? record : '',
    zone: known ? zone : null,
    ttl: Math.round((service.values.ttl ?? 60_000) / 1_000),
    env,
    directory: '',
    mixedFamilies: known && mixedFamilies(sites),
    sites: known ? sites : [],
  };
  const { problemsOf } = await row.load();
  return problemsOf(input)
    .filter(({ name }) => known || !name.startsWith('FAILOVERD_'))
    .map((one) => placed(one, service, row, env));
}

/** With the value as it was written, and where. */
function placed(
  { name, why, remedy }: SetupProblem,
  { given }: LoadedService,
  { variables }: ProviderRow,
  env: Readonly<Record<string, string>>,
): Problem {
  const key = Object.keys(serviceTable).find((one) => envName(serviceTable, one) === name);
  const source = key === undefined ? undefined : given.get(key);
  if (source !== undefined) return problem(source.name(), rawText(source.raw), why, remedy);
  const text = env[name] ?? null;
  const isSecret = variables.some((variable) => variable.name === name && variable.secret);
  return problem(name, text !== null && isSecret ? hidden(text) : text, why, remedy);
}

/** Whether any site publishes only one address family while another publishes both. */
export function mixedFamilies(sites: readonly { readonly sets: readonly Pick<RecordSet, 'type'>[] }[]): boolean {
  const families = sites.map(({ sets }) =>
    sets
      .map(({ type }) => type)
      .sort()
      .join(),
  );
  return new Set(families).size > 1;
}
