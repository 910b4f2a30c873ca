import { type ClientRequest, request as httpRequest, IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, isIPv6, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import axios from 'axios';
import type { Observation } from '../domain/types';
import { attempt, type Exchange, elapsedMs, fail, failure, pass, type Settle } from './attempt';
import type { Expectations } from './check';
import type { ProbeContext } from './context';
import type { Deadline } from './deadline';
import { judgeBody, judgeStatus, needsBody } from './expect';
import type { Target } from './tcp';
import { connectTls, expiryWarning, waitingFor } from './tls';

const maxHeaderBytes = 16 * 1024;
const maxBodyBytes = 64 * 1024;
const bodyLimit = `${maxBodyBytes} bytes of body`;
/** Headers, body and the framing between chunks, as they came over the wire. */
const maxWireBytes = maxBodyBytes + 2 * maxHeaderBytes;
/** Interim (1xx) answers before the real one; real servers send one or two. */
const maxInterim = 8;

export interface HttpQuestion {
  readonly target: Target;
  readonly secure: boolean;
  /** Path and query. */
  readonly path: string;
  readonly expect: Expectations;
}

/**
 * Asks one URL over a connection of its own, made to the target's address whatever the name resolves to by then, and judges the
 * answer. Nothing is followed, inflated, proxied or read past the limits.
 */
export function probeHttp(question: HttpQuestion, context: ProbeContext, deadline: Deadline): Promise<Observation> {
  return attempt(context, deadline, (settle) => ask(question, context, deadline, settle));
}

function ask(question: HttpQuestion, context: ProbeContext, deadline: Deadline, settle: Settle): Exchange {
  let socket: Socket | null = null;
  let stopped = false;
  let reading: (() => string) | null = null;

  const createConnection = (): Socket => {
    const { address: host, port } = question.target;
    socket = question.secure ? connectTls(question.target, context) : connect({ host, port });
    return socket;
  };
  const transport = {
    request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
      // axios promises nothing about when it gets here.
      if (stopped) throw new Error('stopped before it began');
      const send = question.secure ? httpsRequest : httpRequest;
      // Without an agent there is no pool: the connection serves this probe alone.
      const request = send(
        { ...options, agent: undefined, maxHeaderSize: maxHeaderBytes, createConnection },
        onResponse,
      );
      // axios keeps quiet about errors once it has answered; a parse error in the body is one.
      request.on('error', (error) => settle(failure(error, context, deadline)));
      let interim = 0;
      request.on('information', () => {
        if (++interim > maxInterim) settle(fail(deadline, 'protocol', `more than ${maxInterim} interim (1xx) answers`));
      });
      request.on('upgrade', () => settle(fail(deadline, 'protocol', 'status 101: switches protocols, unasked')));
      return request;
    },
  };
  axios
    .request<unknown>({ ...axiosSettings, url: urlOf(question), transport, headers: headersFor(context) })
    .then(({ data: answer }) => {
      if (!(answer instanceof IncomingMessage)) return settle({ result: 'unknown', why: 'our side: no answer stream' });
      reading = readAnswer(answer, question.expect, context, deadline, settle);
    })
    .catch((error: unknown) => settle(failure(error, context, deadline)));

  return {
    waiting: () => reading?.() ?? (socket === null ? 'not yet connecting' : waitingOn(socket)),
    stop: () => {
      stopped = true;
      socket?.destroy();
    },
  };
}

/** `maxContentLength` is ours to enforce, on the stream: axios counts what it has read, not what came over the wire. */
const axiosSettings = {
  method: 'get',
  adapter: 'http',
  responseType: 'stream',
  maxRedirects: 0,
  proxy: false,
  decompress: false,
  transformResponse: (data: unknown): unknown => data,
  validateStatus: () => true,
} as const;

function headersFor(context: ProbeContext): Record<string, string | false> {
  return { Accept: '*/*', 'Accept-Encoding': false, 'User-Agent': context.userAgent };
}

function urlOf({ target, secure, path }: HttpQuestion): string {
  const host = isIPv6(target.name) ? `[${target.name}]` : target.name;
  return `${secure ? 'https' : 'http'}://${host}:${target.port}${path.startsWith('/') ? path : `/${path}`}`;
}

function waitingOn(socket: Socket): string {
  if (socket.connecting) return 'connecting';
  return socket instanceof TLSSocket && !socket.authorized ? waitingFor(socket) : 'waiting for the answer';
}

/** Reads the answer to its end or a limit; returns what it is waiting for. */
function readAnswer(
  answer: IncomingMessage,
  expect: Expectations,
  context: ProbeContext,
  deadline: Deadline,
  settle: Settle,
): () => string {
  const { socket, headers } = answer;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const oversize = (limit: string): void => settle(fail(deadline, 'oversize', `the answer is larger than ${limit}`));

  answer.on('error', (error) => settle(failure(error, context, deadline)));
  const shortfall = judgeStatus(answer.statusCode ?? 0, headers.location, expect);
  if (shortfall !== null) settle(fail(deadline, shortfall.class, shortfall.why));
  else if (Number(headers['content-length'] ?? 0) > maxBodyBytes) oversize(bodyLimit);
  else {
    const warning = socket instanceof TLSSocket ? expiryWarning(socket, context) : null;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) oversize(bodyLimit);
      else if (socket.bytesRead > maxWireBytes) oversize(`${maxWireBytes} bytes on the wire`);
      else if (needsBody(expect)) chunks.push(chunk);
    });
    answer.on('end', () => settle(judge(Buffer.concat(chunks), answer, expect, deadline, warning)));
  }
  return () => `reading the body (${bytes} bytes so far)`;
}

function judge(
  body: Buffer,
  answer: IncomingMessage,
  expect: Expectations,
  deadline: Deadline,
  warning: string | null,
): Observation {
  const shortfall = judgeBody(body, answer.headers['content-encoding'], expect);
  if (shortfall !== null) return fail(deadline, shortfall.class, shortfall.why);
  const latencyMs = elapsedMs(deadline);
  if (expect.maxLatencyMs !== null && latencyMs > expect.maxLatencyMs) {
    return fail(
      deadline,
      'latency',
      `right answer, but in ${latencyMs} ms; at most ${expect.maxLatencyMs} ms are allowed`,
    );
  }
  return pass(deadline, warning);
}
