import { normalName } from '../../src/domain/records';
import { type Failed, isObject } from './answers';
import { type Api, recordsPerPage } from './client';

/** One record as listed, of whatever type. */
export interface Listed {
  readonly id: string;
  readonly type: string;
  readonly content: string;
  /** As the API has it: 1 is automatic. */
  readonly ttl: number;
  readonly proxied: boolean;
  readonly readOnly: boolean;
  readonly flattened: boolean;
}

export type Listing = { readonly ok: true; readonly records: readonly Listed[] } | Failed;

/** Far beyond any name; only a server that ignores the name filter could need more. */
const pageLimit = 50;

/**
 * Every record with exactly that name, from all pages. A page that cannot be read whole fails the listing. A page that is not full
 * ends it: by the vendor's schema the totals disregard the filter, so they cannot.
 */
export async function listRecords(api: Api, zoneId: string, name: string, signal: AbortSignal): Promise<Listing> {
  const records = new Map<string, Listed>();
  for (let page = 1; page <= pageLimit; page++) {
    const answer = await api.records(zoneId, name, page, signal);
    if (!answer.ok) return answer;
    if (!Array.isArray(answer.result)) return unreadable(name, 'the result is not a list');
    for (const item of answer.result) {
      const read = listed(item, name);
      if (read === 'unreadable') return unreadable(name, 'a record lacks its id, type, name, content or TTL');
      if (read !== 'other') records.set(read.id, read);
    }
    const full = Math.min(answer.perPage ?? recordsPerPage, recordsPerPage);
    if (answer.result.length < full) return { ok: true, records: [...records.values()] };
  }
  return unreadable(name, `more than ${pageLimit} pages`);
}

function unreadable(name: string, why: string): Failed {
  return { ok: false, code: 'unknown', why: `list records of ${name}: ${why}` };
}

function listed(item: unknown, wanted: string): Listed | 'other' | 'unreadable' {
  if (!isObject(item)) return 'unreadable';
  const { id, name, type, ttl, proxied, locked } = item;
  if (typeof name !== 'string') return 'unreadable';
  if (normalName(name) !== wanted) return 'other';
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id) || typeof type !== 'string') return 'unreadable';
  if (typeof ttl !== 'number' || !Number.isSafeInteger(ttl) || ttl < 1) return 'unreadable';
  const content = contentOf(item);
  if (content === null) return 'unreadable';
  // Records of tunnels, Workers, R2 and the like carry one of these, seen in listings; the API reference says only "extra information".
  const { meta, settings } = item;
  const { read_only: fixed, managed_by_apps: byApp, managed_by_argo_tunnel: byTunnel } = isObject(meta) ? meta : {};
  const { flatten_cname: flattened } = isObject(settings) ? settings : {};
  const readOnly = [locked, fixed, byApp, byTunnel].includes(true);
  return { id, type, content, ttl, proxied: proxied === true, readOnly, flattened: flattened === true };
}

/** Only A, AAAA, CNAME, TXT and the like need have a content; HTTPS and SVCB may come in parts alone (API reference, 2026-11). */
function contentOf({ type, content, data }: Readonly<Record<string, unknown>>): string | null {
  if (typeof content === 'string') return content;
  if ((type !== 'HTTPS' && type !== 'SVCB') || !isObject(data)) return null;
  const { priority, target, value = '' } = data;
  if (typeof priority !== 'number' || typeof target !== 'string' || typeof value !== 'string') return null;
  return `${priority} ${target} ${value}`.trimEnd();
}
