import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Fault } from './conformance';

/** A request as it came, for the fake to check the signature of. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `body` is sent as it is when it is a string or a buffer, else as JSON. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Params = Readonly<Record<string, unknown>>;

/** What differs from vendor to vendor. */
export interface Vendor {
  /** Who asks for what; a reply instead: the request was refused at the door. */
  open(request: RawRequest): { readonly action: string; readonly params: Params } | Reply;
  isWrite(action: string): boolean;
  handle(action: string, params: Params): Reply;
  refuse(why: 'throttled' | 'denied'): Reply;
}

/** What becomes of the n-th write since (0 is the first). */
export type Fate = 'carry-out' | 'lose-answer' | 'lose-request' | Reply;

export interface FakeServer {
  readonly url: string;
  /** What was asked, oldest first, answered or not. */
  readonly asked: readonly { readonly action: string; readonly params: Params }[];
  inject(fault: Exclude<Fault, 'applied-then-lost' | 'lost'>): void;
  /** Decides the fate of the writes from now on. */
  tamper(fate: (write: number, action: string) => Fate): void;
  /** Answers the next `times` requests for that action as given. */
  answer(action: string, reply: Reply, times?: number): void;
  heal(): void;
  writes(): number;
  close(): Promise<void>;
}

export async function startServer(vendor: Vendor): Promise<FakeServer> {
  const asked: { readonly action: string; readonly params: Params }[] = [];
  const canned: { readonly action: string; readonly reply: Reply; left: number }[] = [];
  let fault: Fault | null = null;
  let fate: (write: number, action: string) => Fate = () => 'carry-out';
  let counted = 0;
  let writes = 0;

  function replyTo(request: RawRequest): Reply | 'nothing' | 'flood' {
    if (fault === 'hang') return 'nothing';
    if (fault === 'huge') return 'flood';
    if (fault === 'server-error') return html(502, '<html>Bad gateway</html>');
    if (fault === 'garbage') return html(200, '<html>\u001b[2Jhello</html>');
    if (fault === 'empty') return { status: 200, body: '' };
    const opened = vendor.open(request);
    if ('status' in opened) return opened;
    asked.push(opened);
    if (fault === 'throttled' || fault === 'denied') return vendor.refuse(fault);
    const { action, params } = opened;
    const ready = canned.find((one) => one.action === action && one.left > 0);
    if (ready !== undefined) {
      ready.left--;
      return ready.reply;
    }
    if (!vendor.isWrite(action)) return vendor.handle(action, params);
    const decided = fate(counted++, action);
    if (decided === 'lose-request') return 'nothing';
    if (decided !== 'carry-out' && decided !== 'lose-answer') return decided;
    const before = vendor.handle(action, params);
    writes++;
    return decided === 'lose-answer' ? 'nothing' : before;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers, url = '/' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const reply = replyTo({ method, url, headers, body: Buffer.concat(chunks).toString() });
    if (reply === 'nothing') return;
    if (reply === 'flood') return flood(response);
    const raw = typeof reply.body === 'string' || Buffer.isBuffer(reply.body);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(raw ? reply.body : JSON.stringify(reply.body));
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    inject(next) {
      fault = next;
      if (next !== 'refused') return;
      server.close();
      server.closeAllConnections();
    },
    tamper(next) {
      fate = next;
      counted = 0;
    },
    answer: (action, reply, times = 1) => void canned.push({ action, reply, left: times }),
    heal() {
      if (!server.listening) server.listen(port, '127.0.0.1');
      fault = null;
      fate = () => 'carry-out';
      canned.length = 0;
    },
    writes: () => writes,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function html(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/html' }, body };
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
