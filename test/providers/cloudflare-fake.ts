import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { normalSvcb } from '../../src/domain/svcb';
import { canary } from '../canary';
import { type FakeError, type FakeRecord, type FakeZoneRecords, isBody, missing, zoneRecords } from './cloudflare-zone';
import type { Fault, ZoneRecord } from './conformance';

/** A stand-in for the Cloudflare API v4 (zones, token, DNS records) on loopback, with faults. Good for daemons in other processes too. */
export interface CloudflareFake {
  /** For CLOUDFLARE_BASE_URL and CLOUDFLARE_API_TOKEN. */
  readonly url: string;
  readonly token: string;
  readonly zoneId: string;
  /** Every request that was answered or swallowed, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** Puts records there behind everybody's back; replaces what has the same name and type. */
  seed(records: readonly ZoneRecord[]): void;
  truth(): readonly ZoneRecord[];
  /** The zone's records by the vendor's rules, as a human in the dashboard would change them. */
  readonly zone: FakeZoneRecords;
  inject(fault: Fault): void;
  /** Answers the next `times` requests to a path with that ending as given. */
  answer(ending: string, reply: Reply, times?: number): void;
  /** Runs when the next batch has arrived, before it is carried out. */
  beforeBatch(run: () => void): void;
  /** The next `times` record listings show the zone as it is now, or as given. */
  stale(times: number, records?: readonly FakeRecord[]): void;
  /** Swallows batches until `heal`. */
  swallow(): void;
  /** Carries out a batch late or again (the newest, unless given); returns the HTTP status that its sender never sees. */
  deliver(body?: unknown): number;
  heal(): void;
  /** Changes that were carried out. */
  writes(): number;
  close(): Promise<void>;
}

export interface FakeRequest {
  readonly method: string;
  /** Without the `/client/v4` in front. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly status: number;
  readonly response: unknown;
}

/** `body` is sent as it is when it is a string or a buffer, else as JSON. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface FakeOptions {
  readonly zone?: string;
  readonly zoneId?: string;
  readonly zoneFields?: Readonly<Record<string, unknown>>;
  /** Further zones the token can see, by name. */
  readonly others?: readonly string[];
  /** The token is the account's, not a user's. */
  readonly ownedByAccount?: boolean;
  /** True: DNS Write on the other zones as well. */
  readonly mayWriteOthers?: boolean;
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the token verification says beside `active`. */
  readonly tokenFields?: Readonly<Record<string, unknown>>;
  /** False: DNS Read only. */
  readonly mayWrite?: boolean;
  /** False: no Zone Read; zones are refused. */
  readonly maySeeZones?: boolean;
  /** Requests before everything is answered 429. */
  readonly limit?: number;
  /** Largest page the server gives, whatever is asked. */
  readonly pageLimit?: number;
}

const prefix = '/client/v4';
const token = `${canary}-token-0123456789abcdefghijklmnopq`;

function failure(status: number, code: number, message: string, headers?: Readonly<Record<string, string>>): Reply {
  const body = { success: false, errors: [{ code, message }], messages: [], result: null };
  return { status, body, ...(headers === undefined ? {} : { headers }) };
}
function refusal(error: FakeError): Reply {
  return failure(error.status, error.code, error.message);
}
function success(result: unknown, more: Readonly<Record<string, unknown>> = {}): Reply {
  return { status: 200, body: { success: true, errors: [], messages: [], result, ...more } };
}

export async function startCloudflareFake(options: FakeOptions = {}): Promise<CloudflareFake> {
  const zoneName = options.zone ?? 'example.test';
  const zoneId = options.zoneId ?? '023e105f4ecef8ad9ca31a8372d0c353';
  const zone = zoneRecords(zoneName);
  const zones = [zoneName, ...(options.others ?? [])].map((name, index) => ({
    id: index === 0 ? zoneId : `d${index.toString(16).padStart(31, '0')}`,
    name,
    status: 'active',
    type: 'full',
    paused: false,
    development_mode: 0,
    name_servers: ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    activated_on: '2026-01-02T00:01:00.123456Z',
    created_on: '2026-01-01T05:20:00.123456Z',
    modified_on: '2026-01-01T05:20:00.123456Z',
    owner: { id: '9a7806061c88ada191ed06f989cc3dac', name: 'Example Owner', type: 'organization' },
    account: { id: '9a7806061c88ada191ed06f989cc3dac', name: 'Example Account' },
    meta: { step: 2, page_rule_quota: 3, phishing_detected: false },
    ...(index === 0 ? options.zoneFields : {}),
  }));
  const requests: FakeRequest[] = [];
  const answers: { ending: string; reply: Reply; left: number }[] = [];
  let fault: Fault | null = null;
  let served = 0;
  let writes = 0;
  let lastBatch: Readonly<Record<string, unknown>> = {};
  let hook: (() => void) | null = null;
  let old: { records: readonly FakeRecord[]; left: number } = { records: [], left: 0 };
  let swallowing = false;

  function batch(body: Readonly<Record<string, unknown>>): Reply {
    const result = zone.batch(body);
    if (!result.ok) return refusal(result.error);
    writes++;
    return success(result.value);
  }
  function change(result: ReturnType<FakeZoneRecords['post']>): Reply {
    if (!result.ok) return refusal(result.error);
    writes++;
    return success(result.value);
  }

  function page(
    items: readonly unknown[],
    query: URLSearchParams,
    defaults: { size: number; least: number; most: number },
  ): Reply {
    const number = Number(query.get('page') ?? 1);
    const asked = Number(query.get('per_page') ?? defaults.size);
    if (!(number >= 1) || !(asked >= defaults.least && asked <= defaults.most)) {
      return failure(400, 1004, 'Invalid list parameters.');
    }
    const size = Math.min(asked, options.pageLimit ?? asked);
    const part = items.slice((number - 1) * size, number * size);
    const pages = Math.ceil(items.length / size);
    const info = { page: number, per_page: size, count: part.length, total_count: items.length, total_pages: pages };
    return success(part, { result_info: info });
  }

  function listRecords(query: URLSearchParams): Reply {
    const from = old.left > 0 ? old.records : zone.all();
    if (old.left > 0) old = { ...old, left: old.left - 1 };
    const name = (query.get('name.exact') ?? query.get('name'))?.toLowerCase() ?? null;
    const type = query.get('type');
    const items = from.filter((one) => (name === null || one.name === name) && (type === null || one.type === type));
    return page(items, query, { size: 100, least: 1, most: 5_000_000 });
  }

  /** Authentication, then routing. Null: no answer is sent. */
  function handle(
    method: string,
    path: string,
    query: URLSearchParams,
    body: unknown,
    authorization: string,
  ): Reply | null {
    if (!/^Bearer \S+$/.test(authorization)) return failure(400, 6003, 'Invalid request headers');
    const owner = '9a7806061c88ada191ed06f989cc3dac';
    const verifying = path === '/user/tokens/verify' || path === `/accounts/${owner}/tokens/verify`;
    const asked = path.startsWith('/accounts/');
    if (authorization !== `Bearer ${token}`) {
      return verifying ? failure(401, 1000, 'Invalid API Token') : failure(403, 9109, 'Invalid access token');
    }
    if (options.limit !== undefined && served > options.limit) {
      return failure(429, 971, 'Please wait and consider throttling your request speed', { 'retry-after': '120' });
    }
    if (verifying && asked !== (options.ownedByAccount === true)) return failure(401, 1000, 'Invalid API Token');
    if (verifying) return success({ id: 'ed17574386854bf78a67040be0a770b0', status: 'active', ...options.tokenFields });
    const [, root, id, leaf, rest, ...more] = path.split('/');
    if (root !== 'zones' || more.length > 0) return failure(404, 7000, 'No route for that URI');
    if (leaf === undefined && options.maySeeZones === false) {
      return failure(403, 9109, 'Unauthorized to access requested resource');
    }
    if (id === undefined) {
      const name = query.get('name');
      return page(
        zones.filter((one) => name === null || one.name === name),
        query,
        { size: 20, least: 5, most: 50 },
      );
    }
    const found = zones.find((one) => one.id === id);
    if (found === undefined)
      return failure(404, 7003, `Could not route to /client/v4${path}, perhaps your object identifier is invalid?`);
    if (leaf === undefined) return success(found);
    if (leaf !== 'dns_records') return failure(404, 7000, 'No route for that URI');
    if (id !== zoneId && method !== 'GET') {
      return options.mayWriteOthers === true ? refusal(missing) : failure(403, 10000, 'Authentication error');
    }
    if (id !== zoneId) return page([], query, { size: 100, least: 1, most: 5_000_000 });
    if (method === 'GET') return rest === undefined ? listRecords(query) : getRecord(rest);
    return write(method, rest, isBody(body) ? body : {});
  }

  function getRecord(id: string): Reply {
    const record = zone.all().find((one) => one.id === id);
    return record === undefined ? failure(404, 81044, 'Record does not exist.') : success(record);
  }

  function write(method: string, id: string | undefined, body: Readonly<Record<string, unknown>>): Reply | null {
    if (options.mayWrite === false) return failure(403, 10000, 'Authentication error');
    if (fault === 'lost') return null;
    if (method === 'POST' && id === undefined) return change(zone.post(body));
    if (id === undefined) return failure(405, 10405, 'Method not allowed for this authentication scheme');
    if (method === 'POST' && id === 'batch') {
      lastBatch = body;
      hook?.();
      hook = null;
      if (swallowing) return null;
      return batch(body);
    }
    if (method === 'PATCH') return change(zone.patch(id, body));
    if (method === 'PUT') return change(zone.put(id, body));
    if (method === 'DELETE') {
      const removed = change(zone.remove(id));
      return removed.status === 200 ? success({ id }) : removed;
    }
    return failure(405, 10405, 'Method not allowed');
  }

  /** What a fault answers; undefined: it leaves this request alone. */
  function faulty(method: string): Reply | 'nothing' | 'flood' | undefined {
    if (fault === 'hang') return 'nothing';
    if (fault === 'huge') return 'flood';
    if (fault === 'server-error')
      return { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' };
    if (fault === 'throttled')
      return failure(429, 971, 'Please wait and consider throttling your request speed', { 'retry-after': '30' });
    // An API that echoes the credential must not make us repeat it.
    if (fault === 'denied') return failure(403, 10000, `Authentication error for Bearer ${token} on ${method}`);
    if (fault === 'garbage')
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>\u001b[2Jhello</html>' };
    if (fault === 'empty') return { status: 200, body: '' };
    return undefined;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    served++;
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : '/';
    const body = await bodyOf(request);
    const log = (status: number, told: unknown) =>
      requests.push({
        method,
        path,
        query: Object.fromEntries(url.searchParams),
        headers,
        body,
        status,
        response: told,
      });
    const canned = answers.find((one) => path.endsWith(one.ending) && one.left > 0);
    if (canned !== undefined) canned.left--;
    const reply =
      canned?.reply ?? faulty(method) ?? handle(method, path, url.searchParams, body, headers.authorization ?? '');
    const lost = reply === null || (fault === 'applied-then-lost' && method !== 'GET');
    if (reply === 'flood') return flood(response);
    if (reply === 'nothing' || lost) {
      log(0, null);
      return;
    }
    log(reply.status, reply.body);
    const raw = typeof reply.body === 'string' || Buffer.isBuffer(reply.body);
    const text = raw ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      'cf-ray': `ray-${served}`,
      ...options.headers,
      ...reply.headers,
    });
    response.end(text);
  }

  const server = createServer((request, response) => void serve(request, response));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    token,
    zoneId,
    requests,
    zone,
    seed(records) {
      const replaced = (one: FakeRecord) => records.some(({ name, type }) => name === one.name && type === one.type);
      const made = records.flatMap(({ name, type, ttl, values }) =>
        values.flatMap((value) => {
          const record = zone.make({ name, type, ttl, ...given(type, value) });
          if (!record.ok) throw new Error(`cannot seed ${name} ${type} ${value}: ${record.error.message}`);
          return [record.value];
        }),
      );
      zone.set([...zone.all().filter((one) => !replaced(one)), ...made]);
    },
    truth() {
      const sets = new Map<string, ZoneRecord>();
      for (const { name, type, ttl, content } of zone.all()) {
        const known = sets.get(`${name} ${type}`);
        const value = type === 'TXT' ? content.replace(/^"|"$/g, '') : (isSvcb(type) && normalSvcb(content)) || content;
        sets.set(`${name} ${type}`, { name, type, ttl, values: [...(known?.values ?? []), value] });
      }
      return [...sets.values()];
    },
    inject(next) {
      fault = next;
      if (next !== 'refused') return;
      server.close();
      server.closeAllConnections();
    },
    answer: (ending, reply, times = 1) => void answers.push({ ending, reply, left: times }),
    beforeBatch(run) {
      hook = run;
    },
    stale(times, records = zone.all()) {
      old = { records, left: times };
    },
    swallow() {
      swallowing = true;
    },
    deliver: (body = lastBatch) => batch(isBody(body) ? body : {}).status,
    heal() {
      if (!server.listening) server.listen(port, '127.0.0.1');
      fault = null;
      swallowing = false;
      answers.length = 0;
      old = { records: [], left: 0 };
    },
    writes: () => writes,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function isSvcb(type: string): boolean {
  return type === 'HTTPS' || type === 'SVCB';
}

/** A value as the API wants it: TXT in quotes, HTTPS and SVCB in parts with quotes around the parameters, the rest as it is. */
function given(type: string, value: string): Readonly<Record<string, unknown>> {
  if (type === 'TXT') return { content: `"${value}"` };
  const [, priority, target, params = ''] = /^(\d+) (\S+) ?(.*)$/.exec(value) ?? [];
  if (!isSvcb(type)) return { content: value };
  return { data: { priority: Number(priority), target, value: params.replace(/=([^" ]+)/g, '="$1"') } };
}

/** A body without end, as fast as it is taken. */
function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  response.on('error', () => {});
  more();
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > 1_048_576) return undefined;
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
