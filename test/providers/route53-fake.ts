import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault, ZoneRecord } from './conformance';
import {
  type Answer,
  type Call,
  type FakeError,
  FakeService,
  type Operation,
  refusal,
  type Seed,
} from './route53-fake-service';

export type { FakeError, Operation } from './route53-fake-service';

export type FakeFault =
  | Fault
  /** The write is held by the network and delivered when `deliver` is called. */
  | 'delayed'
  /** The write is delivered twice; the client hears what the second one got. */
  | 'duplicate'
  /** The body breaks off in the middle. */
  | 'cut'
  /** Changes never become INSYNC. */
  | 'pending'
  | FakeError
  /** HTTP 200 with this document. */
  | { readonly body: string };

export interface FakeRequest extends Pick<Call, 'operation' | 'changes'> {
  /** Path and query as they came. */
  readonly url: string;
}

/** Amazon Route 53 on 127.0.0.1, REST-XML of 2013-04-01, as much of it as record sets need. */
export interface Route53Fake {
  readonly url: string;
  /** Everything that was asked, oldest first. */
  readonly requests: readonly FakeRequest[];
  addZone(zone: { readonly id: string; readonly name: string; readonly isPrivate?: boolean }): void;
  /** Puts record sets there without the API; replaces what has the same name, type and identifier. */
  seed(zoneId: string, records: readonly Seed[]): void;
  remove(zoneId: string, name: string, type: string): void;
  /** Everything in a zone but SOA and NS, names and TXT without their escapes and quotes. */
  truth(zoneId: string): readonly ZoneRecord[];
  /** Batches that were taken. */
  writes(): number;
  /** From now on, until `heal`; on every operation, or the one named. The faults of writes leave the others alone anyway. */
  inject(fault: FakeFault, options?: { readonly on?: Operation }): void;
  heal(): void;
  /** What the credentials may do; the rest is AccessDenied. */
  permit(allowed: (request: FakeRequest) => boolean): void;
  /** Record set protection, by name and type. */
  protect(name: string, type: string): void;
  /** Delivers the writes that are held, oldest first, and tells which were taken. */
  deliver(): readonly ('applied' | 'rejected')[];
  close(): Promise<void>;
}

/** A write on its way. */
interface Held {
  arrive(): 'applied' | 'rejected';
}

export async function startRoute53Fake(): Promise<Route53Fake> {
  const service = new FakeService();
  const requests: FakeRequest[] = [];
  const sockets = new Set<Socket>();
  const held: Held[] = [];
  let permitted: (request: FakeRequest) => boolean = () => true;
  let injected: { fault: FakeFault; on: Operation | null } | null = null;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const call = service.call(request.method ?? '', request.url ?? '/', body);
    const asked = { operation: call.operation, url: request.url ?? '', changes: call.changes };
    requests.push(asked);
    const { authorization = '', 'x-amz-security-token': token = '' } = request.headers;
    const credential = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/.*Signature=/.exec(authorization);
    if (credential === null) return send(response, refusal({ status: 403, code: 'MissingAuthenticationToken' }));
    if (!permitted(asked))
      return send(response, refusal({ status: 403, code: 'AccessDenied', message: 'not authorized' }));
    if (injected === null || (injected.on !== null && injected.on !== call.operation))
      return send(response, call.run());
    const { fault } = injected;
    if (typeof fault === 'object') return send(response, 'body' in fault ? { status: 200, ...fault } : refusal(fault));
    if (fault === 'denied') {
      const message = `not authorized: ${credential[1]} ${token} ${authorization}`;
      return send(response, refusal({ status: 403, code: 'AccessDenied', message }));
    }
    if (fault === 'throttled')
      return send(response, refusal({ status: 400, code: 'Throttling', message: 'Rate exceeded' }));
    if (fault === 'server-error') return send(response, refusal({ status: 500, code: 'InternalFailure' }));
    if (fault === 'garbage') return send(response, { status: 200, body: '<html><body><p>Welcome</body></html>' });
    if (fault === 'empty') return send(response, { status: 200, body: '' });
    if (fault === 'huge') return endless(response);
    if (fault === 'cut') return cut(response, call.run().body);
    if (fault === 'hang') return;
    if (call.operation !== 'ChangeResourceRecordSets' || fault === 'pending') return send(response, call.run());
    if (fault === 'applied-then-lost') call.run();
    if (fault === 'delayed') hold(call, response);
    if (fault === 'duplicate') {
      call.run();
      send(response, call.run());
    }
  }

  function hold(call: Call, response: ServerResponse): void {
    const one: Held = {
      arrive() {
        const answer = call.run();
        if (!response.destroyed) send(response, answer);
        return answer.status === 200 ? 'applied' : 'rejected';
      },
    };
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
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  const stop = () => {
    if (server.listening) server.close();
    for (const socket of sockets) socket.destroy();
  };

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    addZone: ({ id, name, isPrivate = false }) => service.addZone(id, name, isPrivate),
    seed: (zoneId, records) => service.seed(zoneId, records),
    remove: (zoneId, name, type) => service.remove(zoneId, name, type),
    truth: (zoneId) => service.truth(zoneId),
    writes: () => service.writes,
    inject(fault, { on } = {}) {
      injected = { fault, on: on ?? null };
      service.settles = fault !== 'pending';
      if (fault === 'refused') stop();
    },
    heal() {
      injected = null;
      service.settles = true;
      if (!server.listening) server.listen(port, '127.0.0.1');
    },
    permit(allowed) {
      permitted = allowed;
    },
    protect: (name, type) => service.protect(name, type),
    deliver: () => held.splice(0).map((one) => one.arrive()),
    async close() {
      held.splice(0);
      stop();
    },
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'fake-request', ...headers });
  response.end(body);
}

/** Half a body, and then the connection is gone. */
function cut(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-length': body.length + 1_000 });
  response.write(body.slice(0, body.length / 2), () => response.destroy());
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
