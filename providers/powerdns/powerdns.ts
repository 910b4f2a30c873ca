import { isHostName, normalName } from '../../src/domain/records';
import { isServiceUrl, openRest } from '../http';
import type { CreateProvider, Guarantees, Provider, ProviderInput, SettingsProblems, SetupProblem } from '../provider';
import { type Name, replaceReread } from '../reread';
import { openLocation } from './location';
import { findings } from './preflight';
import { planPatch, type Snapshot } from './snapshot';
import { type Api, openApi } from './zone';

const guarantees: Guarantees = {
  atomic: true,
  compareAndSwap: false,
  note:
    'one PATCH is one transaction of the database behind PowerDNS, but it has no compare-and-swap: a value that somebody writes between ' +
    'our reading and our PATCH (one round trip) is overwritten, and a PATCH that arrives late takes effect late.',
};

/** About 25,000 record sets. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** The adapter for the HTTP API of the PowerDNS Authoritative Server. */
export const create: CreateProvider = async (input) => {
  const problems = problemsOf(input);
  if (problems.length > 0) return { ok: false, problems };
  const { POWERDNS_API_URL = '', POWERDNS_API_KEY: key = '', POWERDNS_SERVER_ID: serverId = 'localhost' } = input.env;
  const url = POWERDNS_API_URL.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  const rest = openRest({ url, headers: { 'X-API-Key': key }, secrets: [key], bodyLimitBytes });
  return { ok: true, provider: provider(openApi(rest, serverId), input, url) };
};

export const problemsOf: SettingsProblems = ({ record, zone, env }) => {
  const { POWERDNS_API_URL: url = '', POWERDNS_API_KEY: key = '', POWERDNS_SERVER_ID: serverId = 'localhost' } = env;
  const problems: SetupProblem[] = [];
  if (!isServiceUrl(url)) {
    const why = url === '' ? 'is not set' : 'is not an http or https URL without user, query and fragment';
    problems.push({ name: 'POWERDNS_API_URL', why, remedy: 'write it like http://127.0.0.1:8081' });
  }
  if (!/^[\x21-\x7e]{1,500}$/.test(key)) {
    const why = key === '' ? 'is not set' : 'holds characters that no key has, or too many';
    problems.push({
      name: 'POWERDNS_API_KEY',
      why,
      remedy: "set it (or POWERDNS_API_KEY_FILE) to the server's api-key",
    });
  }
  if (!/^[\w.-]{1,64}$/.test(serverId)) {
    const why = 'is not the id of a server';
    problems.push({ name: 'POWERDNS_SERVER_ID', why, remedy: 'unset it: the server calls itself localhost' });
  }
  if (zone !== null && !(isHostName(normalName(zone)) && within(record, normalName(zone)))) {
    const why = `is not the name of a zone that holds ${record}`;
    problems.push({ name: 'FAILOVERD_ZONE', why, remedy: 'name the zone, or unset it: it is found from the record' });
  }
  return problems;
};

function within(record: string, zone: string): boolean {
  return record === zone || record.endsWith(`.${zone}`);
}

function provider(api: Api, { record, zone }: ProviderInput, url: string): Provider {
  const location = openLocation(api, record, zone === null ? null : normalName(zone));
  const name: Name<Snapshot> = {
    record,
    look: location.look,
    async write(seen, { to, marker }, signal) {
      const { id, kind } = seen.zone;
      const sent = await api.patch(id, planPatch(record, seen, to, marker), signal);
      if (!sent.ok) return sent;
      // A change through the API notifies nobody; without this the secondaries hear of it within xfr-cycle-interval, 60 s.
      const told = kind === 'Master' ? await api.notify(id, signal) : null;
      const why = told?.ok === false ? ` (secondaries not notified: ${told.why})` : '';
      return { ok: true, why: `PowerDNS took the change${why}` };
    },
  };
  return {
    name: 'powerdns',
    guarantees,
    async read(signal) {
      const looked = await name.look(signal);
      if (looked.ok) return { ok: true, found: looked.seen.found, proof: 'dns' };
      return { ...looked, code: looked.code === 'conflict' ? 'unknown' : looked.code };
    },
    replace: (wanted, signal) => replaceReread(name, wanted, signal),
    nameservers: async () => [],
    preflight: (signal) => findings(api, location, { record, url }, signal),
    close: async () => {},
  };
}
