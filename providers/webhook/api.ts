import { printable } from '../../src/domain/printable';
import type { Answer, Rest } from '../http';
import { isObject } from '../json';
import type { Answered, Failed } from '../reread';
import { type Filters, readFilters } from './filters';

/** An endpoint as it came, to be given back as it is: providers keep what they need in fields of their own. */
export type RawEndpoint = Readonly<Record<string, unknown>>;

/** The body of `POST /records`. `updateOld` and `updateNew` are pairs. */
export interface Changes {
  readonly create: readonly RawEndpoint[];
  readonly updateOld: readonly RawEndpoint[];
  readonly updateNew: readonly RawEndpoint[];
  readonly delete: readonly RawEndpoint[];
}

/** The four requests of external-dns' webhook protocol (docs/tutorials/webhook-provider.md, 2026-11). */
export interface Api {
  negotiate(signal: AbortSignal): Promise<Answered<Filters>>;
  records(signal: AbortSignal): Promise<Answered<readonly RawEndpoint[]>>;
  /** What the provider would make of these endpoints. Changes nothing. */
  adjust(wanted: readonly RawEndpoint[], signal: AbortSignal): Promise<Answered<readonly RawEndpoint[]>>;
  apply(changes: Changes, signal: AbortSignal): Promise<Answered<null>>;
}

export const mediaType = 'application/external.dns.webhook+json;version=1';

export function openApi(rest: Rest): Api {
  return {
    async negotiate(signal) {
      const what = 'negotiate';
      const answer = await rest.ask({ what, method: 'GET', path: '/' }, signal);
      if (!answer.ok) return answer;
      const type = answer.mediaType.toLowerCase().replace(/\s/g, '');
      if (!`${type};`.startsWith(`${mediaType};`)) {
        const why = `${what}: the answer is ${printable(answer.mediaType) || 'of no type'}, not ${mediaType}; is it a webhook provider that listens there?`;
        return { ok: false, code: 'unknown', why };
      }
      const filters = readFilters(answer.body);
      return filters === null ? unreadable(what) : { ok: true, value: filters };
    },
    async records(signal) {
      return endpoints(
        'list records',
        await rest.ask({ what: 'list records', method: 'GET', path: '/records' }, signal),
      );
    },
    async adjust(wanted, signal) {
      const what = 'adjust endpoints';
      const path = '/adjustendpoints';
      return endpoints(what, await rest.ask({ what, method: 'POST', path, body: wanted }, signal));
    },
    async apply(changes, signal) {
      const answer = await rest.ask({ what: 'apply changes', method: 'POST', path: '/records', body: changes }, signal);
      return answer.ok ? { ok: true, value: null } : answer;
    },
  };
}

function unreadable(what: string): Failed {
  return { ok: false, code: 'unknown', why: `${what}: an answer that is not in the form of the protocol` };
}

/** A list of endpoints; null is Go's way of writing an empty one. */
function endpoints(what: string, answer: Answer): Answered<readonly RawEndpoint[]> {
  if (!answer.ok) return answer;
  if (answer.body === null) return { ok: true, value: [] };
  if (!Array.isArray(answer.body)) return unreadable(what);
  const read = answer.body.filter(isObject);
  return read.length < answer.body.length ? unreadable(what) : { ok: true, value: read };
}
