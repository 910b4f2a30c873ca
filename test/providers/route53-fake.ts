import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Fault, ZoneRecord } from './conformance';
import { changesOf, changeXml, document, parseXml, setXml, zoneXml } from './route53-fake-messages';
import {
  applyBatch,
  compareNames,
  page,
  type StoredChange,
  type StoredSet,
  type StoredZone,
  storedName,
} from './route53-fake-zone';

/** A refusal the service may answer with. `bare`: the older document shape without `<ErrorResponse>` around it. */
export interface FakeError {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bare?: boolean;
}

export type FakeFault =
  | Fault
  /** The write is held by the network and delivered later: after `delayMs`, or when `deliver` is called. */
  | 'delayed'
  /** The write is delivered twice; the client hears what the second one got. */
  | 'duplicate'
  /** The body breaks off in the middle. */
  | 'cut'
  /** Changes never become INSYNC. */
  | 'pending'
  | FakeError;

export interface FakeRequest {
  readonly operation: string;
  /** Path and query as they came. */
  readonly url: string;
  /** Of a write. */
  readonly changes: readonly StoredChange[];
}

/** Amazon Route 53 on 127.0.0.1, REST-XML of 2013-04-01, as much of it as record sets need. */
export interface Route53Fake {
  readonly url: string;
  /** Everything that was asked, oldest first. */
  readonly requests: readonly FakeRequest[];
  addZone(zone: { readonly id: string; readonly name: string; readonly isPrivate?: boolean }): void;
  /** Puts record sets there without the API; replaces what has the same name, type and identifier. */
  seed(zoneId: string, records: readonly (ZoneRecord & Partial<Pick<StoredSet, 'setIdentifier' | 'extra'>>)[]): void;
  /** Everything in a zone but its SOA and NS, names and TXT without their escapes and quotes. */
  truth(zoneId: string): readonly ZoneRecord[];
  /** Batches that changed something. */
  writes(): number;
  /** From now on, until `heal`. Faults of writes leave reads alone; `on: 'writes'` does so for the others. */
  inject(fault: FakeFault, options?: { readonly on?: 'all' | 'writes'; readonly delayMs?: number }): void;
  heal(): void;
  /** Record set protection, by name and type. */
  protect(name: string, type: string): void;
  /** Delivers the writes that are held, oldest first, and tells which were taken. */
  deliver(): readonly ('applied' | 'rejected')[];
  close(): Promise<void>;
}

interface Zone extends StoredZone {
  sets: readonly StoredSet[];
}

type Answer = { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

const nameservers = ['ns-1.awsdns-01.test', 'ns-2.awsdns-02.test'];

export async function startRoute53Fake(): Promise<Route53Fake> {
  const zones = new Map<string, Zone>();
  const requests: FakeRequest[] = [];
  const sockets = new Set<Socket>();
  const held: { run: () => Answer; timer: NodeJS.Timeout | null }[] = [];
  const polls = new Map<string, number>();
  const protections = new Set<string>();
  let injected: { fault: FakeFault; on: 'all' | 'writes'; delayMs: number | null } | null = null;
  let writes = 0;

  function change(zone: Zone, changes: readonly StoredChange[]): Answer {
    const result = applyBatch(zone, zone.sets, changes, (set) => protections.has(`${set.name} ${set.type}`));
    if ('messages' in result) {
      return refusal({ status: 400, code: 'InvalidChangeBatch', message: `[${result.messages.join(', ')}]` });
    }
    zone.sets = result.sets;
    writes += 1;
    const id = `C${String(writes).padStart(12, '0')}`;
    polls.set(id, 0);
    return ok(document('ChangeResourceRecordSetsResponse', changeXml(id, 'PENDING')));
  }

  function getChange(id: string): Answer {
    const asked = polls.get(id);
    if (asked === undefined) return refusal({ status: 404, code: 'NoSuchChange', message: `No change with id ${id}` });
    polls.set(id, asked + 1);
    const settled = asked >= 1 && injected?.fault !== 'pending';
    return ok(document('GetChangeResponse', changeXml(id, settled ? 'INSYNC' : 'PENDING')));
  }

  function listZones(query: URLSearchParams): Answer {
    const from = storedName(query.get('dnsname') ?? '');
    const maxItems = Number(query.get('maxitems') ?? 100);
    const rest = [...zones.values()]
      .sort((a, b) => compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .filter((zone) => from === '.' || compareNames(zone.name, from) >= 0)
      .filter((zone) => zone.name !== from || zone.id >= (query.get('hostedzoneid') ?? ''));
    const next = rest[maxItems];
    return ok(
      document(
        'ListHostedZonesByNameResponse',
        ['HostedZones', rest.slice(0, maxItems).map((zone) => zoneXml(zone, zone.sets.length))],
        ['DNSName', query.get('dnsname') ?? undefined],
        ['IsTruncated', next !== undefined],
        ['NextDNSName', next?.name],
        ['NextHostedZoneId', next?.id],
        ['MaxItems', maxItems],
      ),
    );
  }

  function listSets(zone: Zone, query: URLSearchParams): Answer {
    const maxItems = Math.min(Number(query.get('maxitems') ?? 300), 300);
    if (query.get('type') !== null && query.get('name') === null) {
      return refusal({ status: 400, code: 'InvalidInput', message: 'type without name' });
    }
    const start = { name: query.get('name'), type: query.get('type'), identifier: query.get('identifier') };
    const { items, next } = page(zone.sets, start, maxItems);
    return ok(
      document(
        'ListResourceRecordSetsResponse',
        ['ResourceRecordSets', items.map(setXml)],
        ['IsTruncated', next !== undefined],
        ['NextRecordName', next?.name],
        ['NextRecordType', next?.type],
        ['NextRecordIdentifier', next?.setIdentifier],
        ['MaxItems', maxItems],
      ),
    );
  }

  function zoneOf(id: string): Zone | Answer {
    const message = `No hosted zone found with ID: ${id}`;
    return zones.get(id) ?? refusal({ status: 404, code: 'NoSuchHostedZone', message });
  }

  /** What the service does with a request; a write is a function, so that it can be held, lost or doubled. */
  function route(
    request: IncomingMessage,
    body: string,
  ): { operation: string; changes: readonly StoredChange[]; run: () => Answer } {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [version, kind, id = '', sub] = url.pathname.split('/').filter(Boolean);
    const read = (operation: string, run: () => Answer) => ({ operation, changes: [], run });
    if (version === '2013-04-01' && request.method === 'GET') {
      if (kind === 'hostedzonesbyname') return read('ListHostedZonesByName', () => listZones(url.searchParams));
      if (kind === 'change') return read('GetChange', () => getChange(id));
      if (kind === 'hostedzone' && sub === undefined) {
        return read('GetHostedZone', () => {
          const zone = zoneOf(id);
          if ('status' in zone) return zone;
          const servers = zone.nameservers.map((server) => ['NameServer', server] as const);
          const set = zone.isPrivate ? undefined : [['NameServers', servers] as const];
          return ok(document('GetHostedZoneResponse', zoneXml(zone, zone.sets.length), ['DelegationSet', set]));
        });
      }
      if (kind === 'hostedzone' && sub === 'rrset') {
        return read('ListResourceRecordSets', () => {
          const zone = zoneOf(id);
          return 'status' in zone ? zone : listSets(zone, url.searchParams);
        });
      }
    }
    if (version === '2013-04-01' && request.method === 'POST' && kind === 'hostedzone' && sub === 'rrset') {
      const parsed = parseXml(body);
      const changes = parsed === null ? 'not well-formed' : changesOf(parsed);
      if (typeof changes === 'string') {
        const run = () => refusal({ status: 400, code: 'InvalidInput', message: `Invalid XML ; ${changes}` });
        return { operation: 'ChangeResourceRecordSets', changes: [], run };
      }
      const run = () => {
        const zone = zoneOf(id);
        return 'status' in zone ? zone : change(zone, changes);
      };
      return { operation: 'ChangeResourceRecordSets', changes, run };
    }
    return read('Unknown', () => refusal({ status: 404, code: 'UnknownOperationException' }));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { operation, changes, run } = route(request, body);
    requests.push({ operation, url: request.url ?? '', changes });
    const credential = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/.*Signature=/.exec(request.headers.authorization ?? '');
    const isWrite = operation === 'ChangeResourceRecordSets';
    const now = injected;
    if (credential === null) return send(response, refusal({ status: 403, code: 'MissingAuthenticationToken' }));
    if (now === null || (now.on === 'writes' && !isWrite)) return send(response, run());
    const { fault } = now;
    if (typeof fault === 'object') return send(response, refusal(fault));
    if (fault === 'denied') {
      const echo = `${credential[1]} ${request.headers['x-amz-security-token'] ?? ''} ${request.headers.authorization ?? ''}`;
      return send(response, refusal({ status: 403, code: 'AccessDenied', message: `not authorized: ${echo}` }));
    }
    if (fault === 'throttled') {
      return send(response, refusal({ status: 400, code: 'Throttling', message: 'Rate exceeded' }));
    }
    if (fault === 'server-error') return send(response, refusal({ status: 500, code: 'InternalFailure' }));
    if (fault === 'garbage') return send(response, { status: 200, body: '<html><body><p>Welcome</body></html>' });
    if (fault === 'empty') return send(response, { status: 200, body: '' });
    if (fault === 'huge') return endless(response);
    if (fault === 'cut') {
      const { body: whole } = run();
      response.writeHead(200, { 'content-length': whole.length + 1_000 });
      response.write(whole.slice(0, whole.length / 2), () => response.destroy());
      return;
    }
    if (fault === 'pending' || !isWrite) return fault === 'hang' ? undefined : send(response, run());
    if (fault === 'applied-then-lost') run();
    if (fault === 'delayed') hold(run, now.delayMs);
    if (fault === 'duplicate') {
      run();
      send(response, run());
    }
  }

  function hold(run: () => Answer, delayMs: number | null): void {
    const one: (typeof held)[number] = { run, timer: null };
    if (delayMs !== null) one.timer = setTimeout(() => held.splice(held.indexOf(one), 1)[0]?.run(), delayMs);
    held.push(one);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    if (server.listening) server.close();
    for (const socket of sockets) socket.destroy();
  };

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    addZone({ id, name, isPrivate = false }) {
      const apex = { name: storedName(name), ttl: 900, setIdentifier: undefined, extra: [] };
      const sets = [
        { ...apex, type: 'NS', values: nameservers.map((server) => `${server}.`) },
        {
          ...apex,
          type: 'SOA',
          values: ['ns-1.awsdns-01.test. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400'],
        },
      ];
      zones.set(id, { id, name: storedName(name), isPrivate, nameservers, sets });
    },
    seed(zoneId, records) {
      const zone = zones.get(zoneId);
      if (zone === undefined) throw new Error(`no zone ${zoneId}`);
      for (const { name, type, ttl, values, setIdentifier, extra = [] } of records) {
        const stored = type === 'TXT' ? values.map(quoted) : values;
        const set = {
          name: storedName(name),
          type,
          ttl: stored.length > 0 ? ttl : undefined,
          values: stored,
          setIdentifier,
          extra,
        };
        const others = zone.sets.filter(
          (one) => one.name !== set.name || one.type !== type || one.setIdentifier !== setIdentifier,
        );
        zone.sets = [...others, set];
      }
    },
    truth(zoneId) {
      const sets = zones.get(zoneId)?.sets ?? [];
      return sets
        .filter((set) => set.type !== 'SOA' && set.type !== 'NS')
        .map(({ name, type, ttl = 0, values }) => ({
          name: name.slice(0, -1).replace('\\052', '*'),
          type,
          ttl,
          values: type === 'TXT' ? values.map((value) => value.slice(1, -1).replace(/\\(.)/g, '$1')) : values,
        }));
    },
    writes: () => writes,
    inject(fault, { on = 'all', delayMs } = {}) {
      injected = { fault, on, delayMs: delayMs ?? null };
      if (fault === 'refused') stop();
    },
    heal() {
      injected = null;
      if (!server.listening) server.listen(port, '127.0.0.1');
    },
    protect(name, type) {
      protections.add(`${storedName(name)} ${type}`);
    },
    deliver() {
      return held.splice(0).map(({ run, timer }) => {
        if (timer !== null) clearTimeout(timer);
        return run().status === 200 ? 'applied' : 'rejected';
      });
    },
    async close() {
      for (const { timer } of held.splice(0)) if (timer !== null) clearTimeout(timer);
      stop();
    },
  };
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function ok(body: string): Answer {
  return { status: 200, body };
}

function refusal({ status, code, message = 'no', headers = {}, bare = false }: FakeError): Answer {
  const body = bare
    ? document(code, ['Messages', [['Message', message]]], ['RequestId', 'fake-request'])
    : document(
        'ErrorResponse',
        [
          'Error',
          [
            ['Type', status < 500 ? 'Sender' : 'Receiver'],
            ['Code', code],
            ['Message', message],
          ],
        ],
        ['RequestId', 'fake-request'],
      );
  return { status, body, headers };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'fake-request', ...headers });
  response.end(body);
}

/** Keeps sending until the other side goes away. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/xml' });
  const chunk = 'a'.repeat(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  response.write('<?xml version="1.0"?>\n<ListResourceRecordSetsResponse>');
  more();
}
