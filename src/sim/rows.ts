import type { Answer, Api, Content, Row, Zone } from '../../providers/per-record/api';
import { perRecord } from '../../providers/per-record/per-record';
import { lockText, snapshot } from '../../providers/per-record/snapshot';
import type { Provider } from '../../providers/provider';
import { markerName, markerText } from '../domain/records';
import type { Found } from '../domain/types';
import type { Time } from './time';
import type { Lost, Way } from './way';
import type { Request } from './zone';

/** The records of one name at a service that changes one of them per call, under the real adapter for such services. */
export interface Rows {
  /** As a hand left it. */
  reset(found: Found): void;
  provider(daemon: number, zone: number, way: Way): Provider;
}

export interface RowsInput {
  readonly name: string;
  readonly record: string;
  readonly time: Time;
  readonly sent: (request: Request) => void;
  readonly changed: (found: Found, by: Request) => void;
}

type Done<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: 'exists' | 'gone' };

export function createRows({ name: provider, record, time, sent, changed }: RowsInput): Rows {
  const rows = new Map<string, Row>();
  const zone: Zone = {
    name: record.slice(record.indexOf('.') + 1),
    id: '1',
    ttlFloor: null,
    nameServers: [],
    troubles: [],
  };
  let made = 0;

  function add(name: string, { type, value, ttl }: Content): string {
    made += 1;
    const id = String(made);
    const plain = { line: null, enabled: true, weight: null, locked: false, remark: '' };
    rows.set(id, { id, name, type, value, ttl, ...plain });
    return id;
  }

  function at(name: string): readonly Row[] {
    return [...rows.values()].filter((row) => row.name === name);
  }

  function taken(name: string, { type, value }: Content): boolean {
    return at(name).some((row) => row.type === type && row.value === value);
  }

  function create(name: string, content: Content): Done<string> {
    return taken(name, content) ? { ok: false, code: 'exists' } : { ok: true, value: add(name, content) };
  }

  function update(id: string, content: Content): Done<null> {
    const row = rows.get(id);
    if (row === undefined) return { ok: false, code: 'gone' };
    const same = row.type === content.type && row.value === content.value && row.ttl === content.ttl;
    if (same || (row.value !== content.value && taken(row.name, content))) return { ok: false, code: 'exists' };
    rows.set(id, { ...row, ...content });
    return { ok: true, value: null };
  }

  function remove(id: string): Done<null> {
    return rows.delete(id) ? { ok: true, value: null } : { ok: false, code: 'gone' };
  }

  function apiOf(way: Way, leaves: (signal: AbortSignal) => Request | null): Api {
    /** `isLock`: it touches neither the record nor its marker. */
    async function call<T>(signal: AbortSignal, isLock: boolean, act: () => Done<T>, lied: T): Promise<Answer<T>> {
      const request = isLock ? null : leaves(signal);
      const effect = (): Done<T> => {
        const done = act();
        if (done.ok && request !== null) {
          changed(snapshot(record, false, at(record), at(markerName(record))).found, request);
        }
        return done;
      };
      const answer = await way.deliver<Done<T>>(signal, effect, { ok: true, value: lied });
      if (!answer.ok) return refused(answer);
      return answer.value.ok ? answer.value : { ...answer.value, why: `injected ${answer.value.code}` };
    }

    const locks = (id: string): boolean => rows.get(id)?.value === lockText;
    return {
      zone: async () => ({ ok: true, value: zone }),
      async list(_zone, name, signal) {
        const lost = await way.travel(signal);
        return lost === null ? { ok: true, value: at(name) } : refused(lost);
      },
      create: (_zone, name, content, signal) =>
        call(signal, content.value === lockText, () => create(name, content), '0'),
      update: (_zone, { id }, content, signal) => call(signal, locks(id), () => update(id, content), null),
      remove: (_zone, id, signal) => call(signal, locks(id), () => remove(id), null),
      findings: async () => [],
      scope: async () => ({ isMain: null, domains: null }),
    };
  }

  return {
    reset({ sets, marker, foreignMarker, obstacles }) {
      rows.clear();
      for (const { type, ttl, values } of sets) for (const value of values) add(record, { type, value, ttl });
      const text = marker === null ? foreignMarker : markerText(marker);
      if (text !== null) add(markerName(record), { type: 'TXT', value: text, ttl: 60 });
      for (const value of obstacles) {
        const row = rows.get(add(record, { type: 'A', value, ttl: 60 }));
        if (row !== undefined) rows.set(row.id, { ...row, type: 'ALIAS' });
      }
    },
    provider(daemon, index, way) {
      const asked = new WeakMap<AbortSignal, Request>();
      const left = new WeakSet<Request>();
      const api = apiOf(way, (signal) => {
        const request = asked.get(signal) ?? null;
        if (request === null || left.has(request)) return request;
        left.add(request);
        const now: Request = { ...request, sentMs: time.nowMs(), asOfMs: time.nowMs() };
        asked.set(signal, now);
        left.add(now);
        sent(now);
        return now;
      });
      const real = perRecord({
        name: provider,
        user: 'user',
        temporary: null,
        api,
        input: { record, zone: zone.name, ttl: 60, env: {}, directory: '', mixedFamilies: false },
        ttlCeiling: 86_400,
        nowMs: time.nowMs,
      });
      return {
        ...real,
        replace(wanted, signal) {
          const nowMs = time.nowMs();
          asked.set(signal, { ...wanted, daemon, zone: index, sentMs: nowMs, justifiedMs: nowMs, asOfMs: nowMs });
          return real.replace(wanted, signal);
        },
        preflight: async () => [],
      };
    },
  };
}

function refused({ code, why }: Lost): Extract<Answer<never>, { ok: false }> {
  return { ok: false, code, why };
}
