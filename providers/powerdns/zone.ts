import { printable } from '../../src/domain/printable';
import { normalName } from '../../src/domain/records';
import type { Rest } from '../http';
import { isObject } from '../json';
import type { Answered, Failed } from '../reread';

/** A zone as the API told of it, with the record sets it was asked for. */
export interface Zone {
  /** Safe in URLs: `example.com.`. */
  readonly id: string;
  /** Normal form. */
  readonly name: string;
  /** `Native`, `Master`, `Slave`, `Producer` or `Consumer`. */
  readonly kind: string;
  readonly signed: boolean;
  readonly rectifies: boolean;
  /** Whether the API raises the SOA serial with each change. */
  readonly countsChanges: boolean;
  readonly rows: readonly Row[];
}

/** One record set of whatever type. */
export interface Row {
  /** Normal form. */
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly contents: readonly string[];
  /** Contents that are kept but not served. */
  readonly disabled: readonly string[];
}

/** The requests this adapter makes, of one server of the API (there is one: `localhost`). */
export interface Api {
  version(signal: AbortSignal): Promise<Answered<string>>;
  /** The id of the zone of that name; null: there is none. */
  zoneId(name: string, signal: AbortSignal): Promise<Answered<string | null>>;
  /** The zone with the record sets of one name, or (null) with all of them; `oversize` when the answer is longer than the limit. */
  zone(id: string, name: string | null, signal: AbortSignal): Promise<Answered<Zone> | 'oversize'>;
  patch(id: string, rrsets: readonly unknown[], signal: AbortSignal): Promise<Answered<null>>;
  /** Tells the secondaries, now instead of at the next `xfr-cycle-interval`. */
  notify(id: string, signal: AbortSignal): Promise<Answered<null>>;
}

export function openApi(rest: Rest, serverId: string): Api {
  const base = `/api/v1/servers/${serverId}`;
  return {
    async version(signal) {
      const answer = await rest.ask({ what: 'get server', method: 'GET', path: base }, signal);
      if (!answer.ok) return answer;
      const { version } = isObject(answer.body) ? answer.body : {};
      return typeof version === 'string' ? { ok: true, value: printable(version) } : unreadable('get server');
    },
    async zoneId(name, signal) {
      const path = `${base}/zones?zone=${encodeURIComponent(`${name}.`)}&dnssec=false`;
      const answer = await rest.ask({ what: `find zone ${name}`, method: 'GET', path }, signal);
      if (!answer.ok) return answer;
      return readZoneId(answer.body, name) ?? unreadable(`find zone ${name}`);
    },
    async zone(id, name, signal) {
      const one = name === null ? '' : `?rrset_name=${encodeURIComponent(`${name}.`)}&include_disabled=true`;
      const what = `get zone ${id}`;
      const answer = await rest.ask({ what, method: 'GET', path: `${base}/zones/${id}${one}` }, signal);
      if (!answer.ok) return answer.status === 'oversize' ? 'oversize' : answer;
      const zone = readZone(answer.body, id);
      return zone === null ? unreadable(what) : { ok: true, value: zone };
    },
    async patch(id, rrsets, signal) {
      const path = `${base}/zones/${id}`;
      const answer = await rest.ask({ what: `patch zone ${id}`, method: 'PATCH', path, body: { rrsets } }, signal);
      return answer.ok ? { ok: true, value: null } : answer;
    },
    async notify(id, signal) {
      const path = `${base}/zones/${id}/notify`;
      const answer = await rest.ask({ what: `notify of ${id}`, method: 'PUT', path }, signal);
      return answer.ok ? { ok: true, value: null } : answer;
    },
  };
}

function unreadable(what: string): Failed {
  return { ok: false, code: 'unknown', why: `${what}: an answer that is not in the form of the API` };
}

function readZoneId(body: unknown, name: string): { readonly ok: true; readonly value: string | null } | null {
  if (!Array.isArray(body)) return null;
  for (const item of body) {
    const { id, name: listed } = isObject(item) ? item : {};
    if (typeof id !== 'string' || typeof listed !== 'string') return null;
    if (normalName(listed) === name) return /^[\w.=-]{1,1000}$/.test(id) ? { ok: true, value: id } : null;
  }
  return { ok: true, value: null };
}

/** A zone read whole: a row that is not understood makes it unreadable, so that nothing is taken for absent. */
function readZone(body: unknown, id: string): Zone | null {
  if (!isObject(body)) return null;
  const { id: own, name, kind, rrsets, dnssec, api_rectify: rectifies, soa_edit_api: edit } = body;
  if (own !== id || typeof name !== 'string' || typeof kind !== 'string' || !Array.isArray(rrsets)) return null;
  const rows = rrsets.map(readRow);
  const read = rows.flatMap((row) => (row === null ? [] : [row]));
  if (read.length < rows.length) return null;
  return {
    id,
    name: normalName(name),
    kind,
    signed: dnssec === true,
    rectifies: rectifies === true,
    countsChanges: typeof edit === 'string' && edit !== '' && edit !== 'OFF',
    rows: read,
  };
}

function readRow(item: unknown): Row | null {
  if (!isObject(item)) return null;
  const { name, type, ttl, records } = item;
  if (typeof name !== 'string' || typeof type !== 'string' || !Array.isArray(records)) return null;
  if (typeof ttl !== 'number' || !Number.isSafeInteger(ttl) || ttl < 0) return null;
  const contents: string[] = [];
  const disabled: string[] = [];
  for (const record of records) {
    const { content, disabled: off } = isObject(record) ? record : {};
    if (typeof content !== 'string') return null;
    if (off === true) disabled.push(content);
    else contents.push(content);
  }
  return { name: normalName(name), type, ttl, contents, disabled };
}
