import { normalName, normalValue } from '../../src/domain/records';
import { parseSvcb } from '../../src/domain/svcb';

/** One record as the vendor's API shows it. */
export interface FakeRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  /** Of HTTPS and SVCB alone. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly ttl: number;
  readonly proxied: boolean;
  readonly proxiable: boolean;
  /** Absent when there is none. */
  readonly comment?: string;
  readonly tags: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly created_on: string;
  readonly modified_on: string;
}

export interface FakeError {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}
export type Done<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: FakeError };
type Body = Readonly<Record<string, unknown>>;

/** The records of one zone under the vendor's rules. Every change is a transaction. */
export interface FakeZoneRecords {
  all(): readonly FakeRecord[];
  /** Puts the records there as they are, no rule asked. */
  set(records: readonly FakeRecord[]): void;
  make(body: Body): Done<FakeRecord>;
  post(body: Body): Done<FakeRecord>;
  patch(id: string, body: Body): Done<FakeRecord>;
  put(id: string, body: Body): Done<FakeRecord>;
  remove(id: string): Done<FakeRecord>;
  /** Deletes, patches, puts, posts, in that order; all or nothing. */
  batch(body: Body): Done<Readonly<Record<'deletes' | 'patches' | 'puts' | 'posts', readonly FakeRecord[]>>>;
}

const addressed = ['A', 'AAAA', 'CNAME'];
const inParts = ['HTTPS', 'SVCB'];
const types = [...addressed, 'TXT', 'MX', 'NS', 'CAA', 'HTTPS', 'SVCB', 'SRV'];
export const missing: FakeError = { status: 404, code: 81044, message: 'Record does not exist.' };

function refuse(code: number, message: string): Done<never> {
  return { ok: false, error: { status: 400, code, message } };
}

export function zoneRecords(zone: string): FakeZoneRecords {
  let records: readonly FakeRecord[] = [];
  let serial = 0;
  const now = () => new Date(Date.UTC(2026, 10, 20) + serial * 1_000).toISOString();

  function make(body: Body): Done<FakeRecord> {
    serial++;
    const { name, type, content, data, ttl = 1, proxied = false, comment, tags = [], settings = {}, meta = {} } = body;
    if (typeof name !== 'string' || typeof type !== 'string') {
      return refuse(1004, 'DNS Validation Error');
    }
    const id = `c${serial.toString(16).padStart(31, '0')}`;
    const proxiable = addressed.includes(type);
    const stamps = { created_on: now(), modified_on: now() };
    // Wrong types that matter are found by `checked`; the rest is what a typed client cannot send.
    const made = { id, name, type, content, data, ttl, proxied, proxiable, comment, tags, settings, meta, ...stamps };
    return checked(made);
  }

  function checked(record: { readonly [key in keyof FakeRecord]: unknown }): Done<FakeRecord> {
    const { id, name, type, content, data, ttl, proxied, comment, tags, settings, meta } = record;
    if (typeof id !== 'string' || typeof name !== 'string' || typeof type !== 'string' || !types.includes(type)) {
      return refuse(1004, 'DNS Validation Error');
    }
    const own = normalName(name);
    if (own !== zone && !own.endsWith(`.${zone}`)) return refuse(1004, 'DNS Validation Error');
    if (typeof ttl !== 'number' || (ttl !== 1 && (ttl < 60 || ttl > 86_400))) {
      return refuse(9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.');
    }
    if (typeof proxied !== 'boolean') return refuse(9003, "Invalid 'proxied' value, must be a boolean");
    if (proxied && !addressed.includes(type)) return refuse(9004, 'This record type cannot be proxied.');
    if (comment !== undefined && (typeof comment !== 'string' || comment.length > 100)) {
      return refuse(9205, 'DNS record comment is too long.');
    }
    const value = inParts.includes(type) ? joined(data) : contentOf(type, content);
    if (value === null) {
      const code = type === 'A' ? 9005 : type === 'AAAA' ? 9006 : type === 'CNAME' ? 9007 : 1004;
      return refuse(code, `Content for ${type} record is invalid.`);
    }
    return {
      ok: true,
      value: {
        id,
        name: own,
        type,
        content: value,
        ...(inParts.includes(type) && isBody(data) ? { data } : {}),
        ttl: proxied ? 1 : ttl,
        proxied,
        proxiable: addressed.includes(type),
        ...(comment === undefined ? {} : { comment }),
        tags: Array.isArray(tags) ? tags.map(String) : [],
        settings: isBody(settings) ? settings : {},
        meta: isBody(meta) ? meta : {},
        created_on: String(record.created_on),
        modified_on: now(),
      },
    };
  }

  /** A place for the record among the others, or why there is none. */
  function clash(record: FakeRecord, all: readonly FakeRecord[]): FakeError | null {
    const others = all.filter((other) => other.id !== record.id && other.name === record.name);
    const at = (...wanted: readonly string[]) => others.some((other) => wanted.includes(other.type));
    const error = (code: number, message: string) => ({ status: 400, code, message });
    if (others.some((other) => other.type === record.type && other.content === record.content)) {
      return error(81058, 'An identical record already exists.');
    }
    if (record.type === 'CNAME' && at(...addressed)) {
      return error(81053, 'An A, AAAA, or CNAME record with that host already exists.');
    }
    if (addressed.includes(record.type) && at('CNAME')) {
      return error(81054, 'A CNAME record with that host already exists.');
    }
    if (record.type !== 'NS' && record.name !== zone && at('NS')) {
      return error(81056, 'NS records with that host already exist.');
    }
    return null;
  }

  type Placed = Done<{ readonly all: readonly FakeRecord[]; readonly record: FakeRecord }>;
  type Step = (all: readonly FakeRecord[]) => Placed;

  function place(all: readonly FakeRecord[], made: Done<FakeRecord>): Placed {
    if (!made.ok) return made;
    const record = made.value;
    const error = clash(record, all);
    if (error !== null) return { ok: false, error };
    const known = all.some(({ id }) => id === record.id);
    return {
      ok: true,
      value: { all: known ? all.map((one) => (one.id === record.id ? record : one)) : [...all, record], record },
    };
  }

  function changed(id: unknown, change: (old: FakeRecord) => Done<FakeRecord>): Step {
    return (all) => {
      serial++;
      const old = all.find((one) => one.id === id);
      return old === undefined ? { ok: false, error: missing } : place(all, change(old));
    };
  }

  const steps = {
    deletes: ({ id }: Body): Step => {
      return (all) => {
        const record = all.find((one) => one.id === id);
        if (record === undefined) return { ok: false, error: missing };
        return { ok: true, value: { all: all.filter((one) => one !== record), record } };
      };
    },
    patches: ({ id, ...body }: Body): Step => changed(id, (old) => checked({ ...old, ...body })),
    puts: ({ id, ...body }: Body): Step => {
      return changed(id, (old) => {
        const made = make(body);
        return made.ok ? checked({ ...made.value, id: old.id, created_on: old.created_on }) : made;
      });
    },
    posts: (body: Body): Step => {
      return (all) => place(all, make(body));
    },
  };

  function single(step: Step): Done<FakeRecord> {
    const result = step(records);
    if (!result.ok) return result;
    records = result.value.all;
    return { ok: true, value: result.value.record };
  }

  return {
    all: () => records,
    set: (next) => {
      records = next;
    },
    make,
    post: (body) => single(steps.posts(body)),
    patch: (id, body) => single(steps.patches({ ...body, id })),
    put: (id, body) => single(steps.puts({ ...body, id })),
    remove: (id) => single(steps.deletes({ id })),
    batch(body) {
      let all = records;
      const results: Record<keyof typeof steps, FakeRecord[]> = { deletes: [], patches: [], puts: [], posts: [] };
      for (const kind of ['deletes', 'patches', 'puts', 'posts'] as const) {
        const items: readonly unknown[] = Array.isArray(body[kind]) ? body[kind] : [];
        for (const item of items) {
          const result = steps[kind](isBody(item) ? item : {})(all);
          if (!result.ok) return { ok: false, error: { ...result.error, status: 400 } };
          all = result.value.all;
          results[kind].push(result.value.record);
        }
      }
      records = all;
      return { ok: true, value: results };
    },
  };
}

/**
 * The content that parts make; null when they are none. A record of these types sent as content alone is refused: the content is read-only,
 * and the data are required (API schema, HTTPS and SVCB record, 2024).
 */
function joined(data: unknown): string | null {
  if (!isBody(data)) return null;
  const { priority, target, value = '' } = data;
  if (typeof priority !== 'number' || typeof target !== 'string' || typeof value !== 'string') return null;
  const text = `${priority} ${target} ${value}`.trimEnd();
  // Hints by their number are valid there (RFC 9460 section 2.1); ours refuses them.
  const named = text.replace(/\bkey([46])=/g, 'key65$1=');
  return Number.isInteger(priority) && priority >= 0 && parseSvcb(named) !== null ? text : null;
}

function contentOf(type: string, content: unknown): string | null {
  if (typeof content !== 'string' || content === '' || content.length > 2_048) return null;
  return type === 'A' || type === 'AAAA' || type === 'CNAME' ? normalValue(type, content) : content;
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
