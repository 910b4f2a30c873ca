import type { ZoneRecord } from './conformance';
import { type Asked, type FaultyHttp, type Reply, startFaultyHttp } from './faulty-http';

/** An external-dns webhook provider with an in-memory zone, which carries out a request change by change, as most do. */
export interface WebhookFake {
  readonly http: FaultyHttp;
  /** The zone; tests may change it behind the provider's back. */
  endpoints: Endpoint[];
  /** What the name held after each single change. */
  readonly history: readonly (readonly string[])[];
  seed(records: readonly ZoneRecord[]): void;
  truth(): readonly ZoneRecord[];
  /** How many requests changed something. */
  writes(): number;
  /** Carries out that many changes of the next request, then fails with 500. */
  breakAfter(changes: number): void;
  close(): Promise<void>;
}

export interface Endpoint {
  readonly dnsName: string;
  readonly recordType: string;
  readonly targets: readonly string[];
  readonly recordTTL?: number;
  readonly setIdentifier?: string;
  readonly labels?: object;
  readonly providerSpecific?: readonly { readonly name: string; readonly value: string }[];
}

export interface WebhookOptions {
  readonly filters?: unknown;
  readonly contentType?: string;
  readonly ttlFloor?: number;
  /** What the provider makes of TTLs and targets before it stores them. */
  readonly spelling?: (one: Endpoint) => Endpoint;
  /** Stores TXT as bare text. */
  readonly bareText?: boolean;
  /** Takes TXT endpoints and forgets them. */
  readonly dropsText?: boolean;
  /** An empty list as Go writes it. */
  readonly nullWhenEmpty?: boolean;
  readonly order?: readonly ('create' | 'update' | 'delete')[];
}

const type = 'application/external.dns.webhook+json;version=1';
const watched = 'www.example.test';

export async function startWebhookFake(options: WebhookOptions = {}): Promise<WebhookFake> {
  const { order = ['delete', 'update', 'create'] } = options;
  const history: (readonly string[])[] = [];
  let endpoints: Endpoint[] = [];
  let writes = 0;
  let left = Number.POSITIVE_INFINITY;

  const same = (one: Endpoint) => (other: Endpoint) =>
    one.dnsName === other.dnsName &&
    one.recordType === other.recordType &&
    (one.setIdentifier ?? '') === (other.setIdentifier ?? '');

  function change(run: () => void): boolean {
    if (left-- <= 0) return false;
    run();
    history.push(endpoints.flatMap((one) => (one.dnsName === watched && one.recordType !== 'TXT' ? one.targets : [])));
    return true;
  }

  function put(one: Endpoint): void {
    if (one.recordType === 'TXT' && options.dropsText === true) return;
    endpoints.push(
      one.recordType === 'TXT' && options.bareText === true ? { ...one, targets: one.targets.map(bare) } : one,
    );
  }

  function remove(one: Endpoint): void {
    endpoints = endpoints.filter((other) => !same(one)(other));
  }

  /** 500 where a real provider would fail: an old endpoint that is not there as given, or a new one that is there already. */
  function apply(changes: Record<string, Endpoint[] | undefined>): number {
    const { create = [], updateOld = [], updateNew = [], delete: deleted = [] } = changes;
    if (updateOld.length !== updateNew.length) return 500;
    const stands = (one: Endpoint) => endpoints.some((other) => JSON.stringify(other) === JSON.stringify(one));
    if (![...updateOld, ...deleted].every(stands) || create.some((one) => endpoints.some(same(one)))) return 500;
    writes++;
    const parts = {
      create: create.map((one) => () => put(one)),
      delete: deleted.map((one) => () => remove(one)),
      update: updateNew.map((one, index) => () => {
        remove(updateOld[index] ?? one);
        put(one);
      }),
    };
    const done = order.flatMap((part) => parts[part]).every(change);
    left = Number.POSITIVE_INFINITY;
    return done ? 204 : 500;
  }

  async function handle({ method, path, headers, body }: Asked): Promise<Reply> {
    const answer = (value: unknown): Reply => ({
      status: 200,
      headers: { 'content-type': options.contentType ?? type, vary: 'Content-Type' },
      body: JSON.stringify(value),
    });
    if (headers.accept !== type || (method === 'POST' && headers['content-type'] !== type)) return { status: 415 };
    if (method === 'GET' && path === '/') return answer('filters' in options ? options.filters : {});
    if (method === 'GET' && path === '/records') {
      return answer(endpoints.length === 0 && options.nullWhenEmpty === true ? null : endpoints);
    }
    if (method === 'POST' && path === '/adjustendpoints') {
      const floor = options.ttlFloor ?? 0;
      const given: Endpoint[] = JSON.parse(body);
      const { spelling = (one: Endpoint) => one } = options;
      return answer(given.map((one) => spelling({ ...one, recordTTL: Math.max(floor, one.recordTTL ?? 0) })));
    }
    if (method === 'POST' && path === '/records') return { status: apply(JSON.parse(body)) };
    return { status: 404 };
  }

  const http = await startFaultyHttp({
    handle,
    // What is lost on the way are the values; the marker has a request of its own before.
    changes: movesValues,
    refusal: { status: 403, body: 'no' },
  });
  return {
    http,
    get endpoints() {
      return endpoints;
    },
    set endpoints(next) {
      endpoints = next;
    },
    history,
    seed(records) {
      const made = records.map(({ name: dnsName, type: recordType, ttl: recordTTL, values }) => ({
        dnsName,
        recordType,
        targets: recordType === 'TXT' ? values.map((value) => `"${value}"`) : values,
        recordTTL,
      }));
      endpoints = [...endpoints.filter((one) => !made.some(same(one))), ...made];
    },
    truth: () =>
      endpoints.map(({ dnsName, recordType, recordTTL = 0, targets }) => ({
        name: dnsName,
        type: recordType,
        ttl: recordTTL,
        values: targets.map(bare),
      })),
    writes: () => writes,
    breakAfter(changes) {
      left = changes;
    },
    close: () => http.close(),
  };
}

/** Whether a request changes more than the marker. */
export function movesValues({ method, path, body }: Asked): boolean {
  return method === 'POST' && path === '/records' && /"recordType":"(A|AAAA|CNAME)"/.test(body);
}

/** Whether a request changes the marker. */
export function movesMarker(asked: Asked): boolean {
  return asked.method === 'POST' && asked.path === '/records' && !movesValues(asked);
}

function bare(text: string): string {
  return text.replace(/^"|"$/g, '');
}
