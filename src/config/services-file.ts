import type { Problem } from './config';
import { daemonTable } from './daemon-variables';
import type { ConfigInput } from './input';
import type { Given } from './layer';
import { nearest } from './nearest';
import type { Raw } from './parse';
import { problem } from './problem';
import { fileFault } from './secrets';
import { serviceTable } from './service-variables';
import { envName } from './variable';
import { parseYaml, type Tree } from './yaml';

/** What each entry of the file sets. */
export interface ServicesFile {
  readonly entries: readonly ReadonlyMap<string, Given>[];
  readonly problems: readonly Problem[];
}

const maxServices = 1_000;
const example = 'write it like: services: [{record: www.example.com, sites: {…}, check: "https:///health"}]';

/**
 * Reads FAILOVERD_SERVICES_FILE: `services`, a list of mappings with the keys of the service table and no others. Whoever may change it
 * decides where users are sent, and may have a program run: that is this user and root alone.
 */
export function readServicesFile(path: string, { readFile, uid }: Pick<ConfigInput, 'readFile' | 'uid'>): ServicesFile {
  const file = readFile(path);
  const wrong = (why: string, remedy: string): ServicesFile => ({
    entries: [],
    problems: [problem('FAILOVERD_SERVICES_FILE', path, why, remedy)],
  });
  if (!file.ok) return wrong(fileFault(file.code), 'correct the path, or the rights to the file');
  if (file.text.length > 1_000_000) return wrong(fileFault('EFBIG'), 'split it over several daemons');
  const mode = file.mode & 0o777;
  if ((mode & 0o022) !== 0)
    return wrong(
      `names a file that others may change (mode ${mode.toString(8).padStart(4, '0')})`,
      `chmod go-w ${path}`,
    );
  if (file.uid !== 0 && file.uid !== uid)
    return wrong(`names a file of another user (uid ${file.uid})`, `chown ${uid} ${path}`);
  const { tree, faults } = parseYaml(file.text);
  const problems = faults.map(({ at, why, remedy }) =>
    at === '' ? problem('FAILOVERD_SERVICES_FILE', path, why, remedy) : problem(`${path}: ${at}`, null, why, remedy),
  );
  if (problems.length > 0) return { entries: [], problems };

  const complain = (at: string, why: string, remedy: string): void => {
    problems.push(problem(`${path}: ${at}`, null, why, remedy));
  };
  const list = services(tree, complain);
  const entries = list.map((entry, index) => {
    const at = `services[${index}]`;
    if (isMapping(entry)) return entryGiven(entry, at, path, complain);
    complain(at, 'is not a mapping of keys to values', example);
    return new Map<string, Given>();
  });
  return { entries, problems };
}

type Complain = (at: string, why: string, remedy: string) => void;

function isMapping(tree: Tree): tree is ReadonlyMap<string, Tree> {
  return tree instanceof Map;
}

function services(tree: Tree, complain: Complain): readonly Tree[] {
  const top = isMapping(tree) ? tree : new Map<string, Tree>();
  for (const key of top.keys()) if (key !== 'services') complain(key, 'is not a key of the file’s top', example);
  const list = top.get('services');
  if (list === undefined || typeof list === 'string' || isMapping(list) || list.length === 0) {
    complain('services', 'is missing, empty or not a list: nothing would be managed', example);
    return [];
  }
  if (list.length <= maxServices) return list;
  complain(
    'services',
    `has ${list.length} entries; at most ${maxServices} are allowed`,
    'split it over several daemons',
  );
  return [];
}

function entryGiven(
  entry: ReadonlyMap<string, Tree>,
  at: string,
  file: string,
  complain: Complain,
): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [key, tree] of entry) {
    const path = `${at}.${key}`;
    const raw = plain(tree);
    if (!Object.hasOwn(serviceTable, key)) complain(path, ...unknownKey(key));
    else if (raw === null)
      complain(path, 'is nested too deeply', 'write a text, a list of texts, or a mapping of those');
    else
      given.set(key, {
        raw,
        source: 'file',
        name: (inner) => `${file}: ${path}${inner === undefined ? '' : `.${inner}`}`,
      });
  }
  return given;
}

function unknownKey(key: string): readonly [why: string, remedy: string] {
  if (Object.hasOwn(daemonTable, key))
    return ['is a setting of the whole daemon', `set ${envName(daemonTable, key)} in the environment`];
  const close = nearest(key, Object.keys(serviceTable));
  return ['is not a key of a service', close === null ? 'remove it' : `did you mean ${close}?`];
}

/** A text, a list of texts, or a mapping of those; null when it is more. */
function plain(tree: Tree): Raw | null {
  if (!isMapping(tree)) return flat(tree);
  const mapping = new Map<string, string | readonly string[]>();
  for (const [key, value] of tree) {
    const inner = isMapping(value) ? null : flat(value);
    if (inner === null) return null;
    mapping.set(key, inner);
  }
  return mapping;
}

function flat(tree: string | readonly Tree[]): string | readonly string[] | null {
  if (typeof tree === 'string') return tree;
  const items = tree.filter((item) => typeof item === 'string');
  return items.length === tree.length ? items : null;
}
