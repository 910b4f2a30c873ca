import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './conformance';

/** One request, as it came. */
export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP service that can be made to fail in every way a transport can. */
export interface FaultyHttp {
  readonly url: string;
  readonly asked: readonly Asked[];
  inject(fault: Fault): void;
  heal(): void;
  /** What the next requests that match are answered, instead of being carried out; null: nothing ever. */
  answer(matches: (asked: Asked) => boolean, reply: Reply | null, times?: number): void;
  /** Runs once, before the next request that matches is carried out. */
  before(matches: (asked: Asked) => boolean, run: () => void | Promise<void>): void;
  close(): Promise<void>;
}

export interface Service {
  handle(asked: Asked): Promise<Reply>;
  /** Whether a request is one that may change something. */
  changes(asked: Asked): boolean;
  /** How the service refuses its client. */
  readonly refusal: Reply;
}

export async function startFaultyHttp({ handle, changes, refusal }: Service): Promise<FaultyHttp> {
  const asked: Asked[] = [];
  let fault: Fault | null = null;
  let canned: { matches: (asked: Asked) => boolean; reply: Reply | null; left: number }[] = [];
  let hooks: { matches: (asked: Asked) => boolean; run: () => void | Promise<void> }[] = [];

  function faulty(): Reply | 'nothing' | 'flood' | undefined {
    if (fault === 'hang') return 'nothing';
    if (fault === 'huge') return 'flood';
    if (fault === 'server-error') return { status: 502, body: '<html>Bad gateway</html>' };
    if (fault === 'throttled') return { status: 429, headers: { 'retry-after': '30' }, body: 'slow down' };
    if (fault === 'denied') return refusal;
    if (fault === 'garbage') return { status: 200, body: '<html>\u001b[2Jhello</html>' };
    if (fault === 'empty') return { status: 200 };
    return undefined;
  }

  async function replyTo(one: Asked): Promise<Reply | 'nothing' | 'flood'> {
    const prepared = canned.find(({ matches, left }) => left > 0 && matches(one));
    if (prepared !== undefined) {
      prepared.left--;
      return prepared.reply ?? 'nothing';
    }
    const failure = faulty();
    if (failure !== undefined) return failure;
    if (fault === 'lost' && changes(one)) return 'nothing';
    const hook = hooks.find(({ matches }) => matches(one));
    hooks = hooks.filter((other) => other !== hook);
    await hook?.run();
    const reply = await handle(one);
    return fault === 'applied-then-lost' && changes(one) ? 'nothing' : reply;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const one: Asked = { method, path: url, headers, body: await bodyOf(request) };
    asked.push(one);
    const reply = await replyTo(one);
    if (reply === 'nothing') return;
    if (reply === 'flood') return flood(response);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body ?? '');
  }

  const server = createServer((request, response) => void serve(request, response));
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    inject(next) {
      fault = next;
      if (next !== 'refused') return;
      server.close();
      server.closeAllConnections();
    },
    heal() {
      fault = null;
      canned = [];
      hooks = [];
      if (!server.listening) void listen(port);
    },
    answer: (matches, reply, times = 1) => void canned.push({ matches, reply, left: times }),
    before: (matches, run) => void hooks.push({ matches, run }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A body without end, as fast as it is taken. */
function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  response.on('error', () => undefined);
  more();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Waits for a condition, for at most two seconds. */
export async function eventually(condition: () => Promise<boolean>): Promise<boolean> {
  for (let round = 0; round < 80; round++) {
    if (await condition()) return true;
    await pause(25);
  }
  return false;
}
