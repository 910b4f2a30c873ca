import type { Answer, Api, Refused, Row, Zone } from '../../providers/per-record/api';
import type { FakeRow, FakeZone, Made, Refusal } from './per-record-zone';

/** What becomes of a call that would change the zone. */
export type Fate = 'carry-out' | 'lose-answer' | 'lose-request' | Refused['code'];

/** The core's API straight on a fake zone, for tests of the core alone. `fate` decides on the n-th write since it was set. */
export interface MemoryApi extends Api {
  fate: (write: number) => Fate;
  /** After every write that was carried out. */
  written: () => void;
  writes: number;
}

const codes: Readonly<Record<Refusal, Refused['code']>> = {
  exists: 'exists',
  gone: 'gone',
  conflict: 'denied',
  ttl: 'denied',
  value: 'denied',
  roll: 'denied',
  outside: 'denied',
  locked: 'denied',
};

export function memoryApi(zone: FakeZone, ttlFloor: number | null = 1): MemoryApi {
  const refuse = (code: Refused['code']): Refused => ({ ok: false, code, why: `the service says ${code}` });

  async function write<T>(run: () => Made, value: (made: FakeRow) => T): Promise<Answer<T>> {
    const fate = api.fate(api.writes++);
    if (fate === 'lose-request') return refuse('unknown');
    if (fate !== 'carry-out' && fate !== 'lose-answer') return refuse(fate);
    const made = run();
    api.written();
    if (fate === 'lose-answer') return refuse('unknown');
    return made.ok ? { ok: true, value: value(made.row) } : refuse(codes[made.refusal]);
  }

  const rowOf = (row: FakeRow): Row => ({ ...row, id: String(row.id), line: row.line === 'default' ? null : row.line });
  const found: Zone = { name: zone.name, id: null, ttlFloor, nameServers: [], troubles: [] };
  const api: MemoryApi = {
    fate: () => 'carry-out',
    written: () => {},
    writes: 0,
    zone: async (name) => (name === zone.name ? { ok: true, value: found } : refuse('no-zone')),
    list: async (_, name) => ({
      ok: true,
      value: zone
        .all()
        .filter((row) => row.name === name)
        .map(rowOf),
    }),
    create: (_, name, content) =>
      write(
        () => zone.create({ name, line: 'default', ...content }),
        ({ id }) => String(id),
      ),
    update: (_, row, content) =>
      write(
        () => zone.update(Number(row.id), { line: 'default', ...content }),
        () => null,
      ),
    remove: (_, id) =>
      write(
        () => zone.remove(Number(id)),
        () => null,
      ),
    findings: async () => [],
    scope: async () => ({ isMain: null, domains: null }),
  };
  return api;
}
