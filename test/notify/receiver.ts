import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a channel's service got. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export type Reply =
  | 'hang'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

/** A service on loopback that takes whatever comes, answers as it is told, and remembers. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  reply: (received: Received) => Reply;
  close(): Promise<void>;
}

export async function openReceiver(reply: Receiver['reply'] = () => ({ status: 200 }), port = 0): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = request;
      const received = { method, path: url, headers, body, json: objectIn(body) };
      receiver.received.push(received);
      const told = receiver.reply(received);
      if (told === 'hang') return;
      response.writeHead(told.status, told.headers).end(told.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    received: [],
    reply,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The recipe of docs/notifications.md, as a receiver would write it; also refuses what is older than five minutes. */
export function webhookIsGenuine({ headers, body }: Received, secret: string, nowMs: number): boolean {
  const timestamp = String(headers['x-failoverd-timestamp']);
  const expected = `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
  const given = String(headers['x-failoverd-signature']);
  const fresh = Math.abs(nowMs / 1_000 - Number(timestamp)) < 300;
  return fresh && given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

/** As open.dingtalk.com says: within an hour, the signature of time and secret in the query. */
export function dingtalkIsGenuine({ path }: Received, secret: string, nowMs: number): boolean {
  const query = new URL(path, 'http://localhost').searchParams;
  const timestamp = query.get('timestamp') ?? '';
  const mac = createHmac('sha256', Buffer.from(secret, 'utf8'));
  mac.update(Buffer.from([timestamp, secret].join('\n'), 'utf8'));
  return (
    /^\d{13}$/.test(timestamp) &&
    Math.abs(nowMs - Number(timestamp)) < 3_600_000 &&
    query.get('sign') === mac.digest('base64')
  );
}

/** As open.feishu.cn says: within an hour, the signature of an empty message under time and secret in the body. */
export function feishuIsGenuine({ json }: Received, secret: string, nowMs: number): boolean {
  const { timestamp, sign } = json;
  if (typeof timestamp !== 'string' || !/^\d{10}$/.test(timestamp)) return false;
  const key = Buffer.from(`${timestamp}\n${secret}`, 'utf8');
  return Math.abs(nowMs / 1_000 - Number(timestamp)) < 3_600 && createHmac('sha256', key).digest('base64') === sign;
}

/** A text inside an object, by the names that lead there. */
export function textAt(value: unknown, ...names: readonly string[]): string {
  let at: unknown = value;
  for (const name of names)
    at = typeof at === 'object' && at !== null ? new Map(Object.entries(at)).get(name) : undefined;
  return typeof at === 'string' ? at : '';
}
