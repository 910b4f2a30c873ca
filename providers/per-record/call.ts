import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { printable } from '../../src/domain/printable';

/** What became of one call of a vendor's SDK. */
export type Called<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** What the SDK threw; only its adapter can tell whether that is an answer. */
      readonly error: unknown;
      /** False: no connection was made, so surely nothing was sent. */
      readonly reached: boolean;
      /** What happened on the wire, should it be no answer. */
      readonly why: string;
    };

const deadlineMs = 8_000;
/** A page of 100 records is about 40 KiB. */
const bodyLimitBytes = 1024 * 1024;

/**
 * Makes one call through an agent of its own, within the signal and our deadline. The SDKs of both vendors can neither be aborted nor
 * bounded: one follows redirects with its credentials (node-fetch), both inflate what is compressed, and both buffer without end. So
 * the agent connects to the endpoint and nowhere else, once (no redirect, no retry, no second use), takes no compressed answer and
 * no more than 1 MiB, and the connection is destroyed when the call ends for whatever reason.
 */
export async function callOnce<T>(
  endpoint: URL,
  signal: AbortSignal,
  send: (agent: HttpAgent) => Promise<T>,
): Promise<Called<T>> {
  if (signal.aborted) return { ok: false, error: null, reached: false, why: 'stopped before it was sent' };
  const stop = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const line = openLine(endpoint);
  try {
    return { ok: true, value: await Promise.race([send(line.agent), rejectOn(stop)]) };
  } catch (error) {
    return { ok: false, error: stop.aborted ? null : error, reached: line.reached(), why: why() };
  } finally {
    line.end();
  }

  function why(): string {
    if (signal.aborted) return 'stopped before an answer came';
    if (stop.aborted) return `no answer within ${deadlineMs} ms`;
    const trouble = line.trouble();
    if (!line.reached()) return `could not connect (${trouble ?? 'no code'})`;
    return trouble ?? 'broken off, or an answer that cannot be read';
  }
}

interface Line {
  readonly agent: HttpAgent;
  reached(): boolean;
  /** What went wrong on the connection, if anything did. */
  trouble(): string | null;
  end(): void;
}

function openLine(endpoint: URL): Line {
  const secure = endpoint.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  let socket: Socket | null = null;
  let reached = false;
  let trouble: string | null = null;

  agent.createConnection = (_, callback) => {
    if (socket !== null) {
      trouble = 'a redirect, which is not followed';
      callback?.(new Error(trouble), socket);
      return undefined;
    }
    const made = connect(endpoint, secure);
    socket = made;
    made.once(secure ? 'secureConnect' : 'connect', () => {
      reached = true;
    });
    made.on('error', (error) => {
      trouble ??= 'code' in error ? printable(String(error.code)) : 'no code';
    });
    limit(made, (why) => {
      trouble = why;
      made.destroy();
    });
    return made;
  };
  return {
    agent,
    reached: () => reached,
    trouble: () => trouble,
    end() {
      socket?.destroy();
      agent.destroy();
    },
  };
}

function connect(endpoint: URL, secure: boolean): Socket {
  const host = endpoint.hostname.replace(/^\[|\]$/g, '');
  const port = Number(endpoint.port === '' ? (secure ? 443 : 80) : endpoint.port);
  if (!secure) return connectTcp({ host, port });
  return connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...(isIP(host) === 0 ? { servername: host } : {}) });
}

/**
 * Looks at what arrives before anybody reads it. Not by a listener: node-fetch takes a second listener for `data` on the socket for a
 * body that broke off (node-fetch 2.7, fixResponseChunkedTransferBadEnding).
 */
function limit(socket: Socket, refuse: (why: string) => void): void {
  const push = socket.push.bind(socket);
  let bytes = 0;
  let head: string | null = '';
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (!Buffer.isBuffer(chunk)) return push(chunk, encoding);
    bytes += chunk.length;
    if (head !== null) head += chunk.toString('latin1');
    const end = head?.indexOf('\r\n\r\n') ?? -1;
    const fields = end < 0 ? (head ?? '') : (head ?? '').slice(0, end + 2);
    const why =
      bytes > bodyLimitBytes
        ? `an answer longer than ${bodyLimitBytes} bytes`
        : /\r\ncontent-encoding:/i.test(fields)
          ? 'a compressed answer, which was not asked for'
          : null;
    if (end >= 0) head = null;
    if (why === null) return push(chunk, encoding);
    refuse(why);
    return false;
  };
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}
