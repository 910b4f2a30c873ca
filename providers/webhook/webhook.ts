import { recordFindings } from '../findings';
import { isExposed, isServiceUrl, openRest } from '../http';
import type { CreateProvider, Finding, Guarantees, Provider, ProviderInput, SettingsProblems } from '../provider';
import { type Failed, type Looked, type Name, replaceReread } from '../reread';
import { type Api, mediaType, openApi } from './api';
import { type Filters, serves, widthFindings } from './filters';
import { type Snapshot, snapshot } from './snapshot';
import { write } from './write';

const guarantees: Guarantees = {
  atomic: false,
  compareAndSwap: false,
  note:
    'the webhook protocol promises neither a transaction nor a compare-and-swap: the marker is written and seen before the values are, a ' +
    'family is deleted only while the other stays, and a value that somebody writes between our reading and our request is overwritten.',
};

const defaultUrl = 'http://127.0.0.1:8888';
const bodyLimitBytes = 16 * 1024 * 1024;

export const problemsOf: SettingsProblems = ({ env: { WEBHOOK_PROVIDER_URL: url = defaultUrl } }) => {
  if (isServiceUrl(url)) return [];
  const why = 'is not an http or https URL without user, query and fragment';
  return [{ name: 'WEBHOOK_PROVIDER_URL', why, remedy: `write it like ${defaultUrl}` }];
};

/** The adapter for any provider that speaks external-dns' webhook protocol. */
export const create: CreateProvider = async (input) => {
  const problems = problemsOf(input);
  if (problems.length > 0) return { ok: false, problems };
  const { WEBHOOK_PROVIDER_URL: url = defaultUrl } = input.env;
  const headers = { Accept: mediaType, 'Content-Type': mediaType };
  const rest = openRest({ url: url.replace(/\/+$/, ''), headers, secrets: [], bodyLimitBytes });
  return { ok: true, provider: provider(openApi(rest), input, url) };
};

function provider(api: Api, { record, ttl }: ProviderInput, url: string): Provider {
  let filters: Filters | null = null;

  /** What the provider does not serve it does not list, which would look like "absent"; so it is asked first, once. */
  async function negotiated(signal: AbortSignal): Promise<{ readonly ok: true; readonly filters: Filters } | Failed> {
    if (filters !== null) return { ok: true, filters };
    const answer = await api.negotiate(signal);
    if (!answer.ok) return answer;
    if (!serves(answer.value, record)) {
      const why = `the provider's domain filter leaves out ${record}; correct the filter`;
      return { ok: false, code: 'denied', why };
    }
    filters = answer.value;
    return { ok: true, filters };
  }

  async function look(signal: AbortSignal): Promise<Looked<Snapshot>> {
    const known = await negotiated(signal);
    if (!known.ok) return known;
    const listing = await api.records(signal);
    if (listing.ok) return snapshot(record, listing.value, ttl);
    // Perhaps it is being started anew, with another filter.
    filters = null;
    return listing;
  }

  async function preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    const found: Finding[] = [];
    if (isExposed(url)) {
      const text =
        'the protocol has no login: whoever reaches WEBHOOK_PROVIDER_URL can change the zone; keep it on loopback';
      found.push({ level: 'warn', text });
    }
    const known = await negotiated(signal);
    if (!known.ok) return [...found, { level: 'error', text: known.why }];
    found.push({ level: 'ok', text: 'a webhook provider answers and serves the name' });
    if (known.filters.patterns) {
      found.push({ level: 'warn', text: 'its domain filter has patterns, which are not evaluated here' });
    }
    const looked = await look(signal);
    if (!looked.ok) return [...found, { level: 'error', text: looked.why }];
    found.push(...widthFindings(known.filters, record, looked.seen.strangers));
    return [...found, ...recordFindings(record, looked.seen.found)];
  }

  const name: Name<Snapshot> = {
    record,
    look,
    write: (seen, wanted, signal) => write({ api, record, look }, seen, wanted, signal),
  };
  return {
    name: 'webhook',
    guarantees,
    async read(signal) {
      const looked = await look(signal);
      if (looked.ok) return { ok: true, found: looked.seen.found, proof: 'dns' };
      return { ...looked, code: looked.code === 'conflict' ? 'unknown' : looked.code };
    },
    replace: (wanted, signal) => replaceReread(name, wanted, signal),
    nameservers: async () => [],
    preflight,
    close: async () => {},
  };
}
