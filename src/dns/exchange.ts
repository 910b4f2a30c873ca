import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type Query, type Reply, readReply } from './wire';

/** One query to one server over one fresh socket, which is closed whatever happens. Never throws. */

export interface Server {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

/**
 * `no-route`: this host has no way to that address family or network, which says nothing about the server (told by UDP only).
 * `local`: our own side could not (out of sockets, forbidden). `truncated`: over TCP, the message stayed incomplete.
 */
export type FailureCode =
  | 'timeout'
  | 'refused-connection'
  | 'reset'
  | 'unreachable'
  | 'no-route'
  | 'malformed'
  | 'truncated'
  | 'local'
  | 'aborted';

export interface Failure {
  readonly ok: false;
  readonly code: FailureCode;
  readonly why: string;
}
export type Heard = { readonly ok: true; readonly reply: Exclude<Reply, { kind: 'stranger' }> } | Failure;

/** Datagrams that are not the reply, before one try is given up: forged ones must not keep us busy. */
const maxStrangers = 64;

/** Sends one datagram from a fresh random port, connected so that the kernel drops what other peers send. */
export function overUdp(server: Server, query: Query, waitMs: number, signal: AbortSignal): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    let strangers = 0;
    let connected = false;
    const finish = once(
      waitMs,
      signal,
      resolve,
      () => socket.close(),
      () => (strangers === 0 ? 'no reply' : `no reply but ${strangers} datagrams that do not belong to the question`),
    );
    socket.on('error', (error) => finish(failure(error, connected)));
    socket.on('message', (bytes) => {
      const reply = readReply(bytes, query);
      if (reply.kind !== 'stranger') return finish({ ok: true, reply });
      strangers += 1;
      if (strangers === maxStrangers) finish(malformed(`${strangers} datagrams that do not belong to the question`));
    });
    socket.on('connect', () => {
      connected = true;
      attempt(finish, () => socket.send(query.bytes));
    });
    attempt(finish, () => socket.connect(server.port, server.address));
  });
}

/** Asks over TCP (RFC 7766). The length prefix bounds the reply to 64 KiB; what follows it is not read. */
export function overTcp(server: Server, query: Query, waitMs: number, signal: AbortSignal): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    let connected = false;
    const received = Buffer.allocUnsafe(2 + 0xffff);
    let filled = 0;
    const finish = once(
      waitMs,
      signal,
      resolve,
      () => socket.destroy(),
      () => (connected ? `no whole reply, ${filled} bytes` : 'no connection'),
    );
    socket.on('error', (error) => finish(failure(error, true)));
    socket.on('connect', () => {
      connected = true;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.bytes.length);
      socket.write(Buffer.concat([length, query.bytes]));
    });
    socket.on('data', (chunk) => {
      filled += chunk.copy(received, filled);
      const end = 2 + received.readUInt16BE(0);
      if (filled < 2 || filled < end) return;
      const reply = readReply(received.subarray(2, end), query);
      if (reply.kind === 'stranger') finish(malformed('a reply that does not belong to the question'));
      else finish({ ok: true, reply });
    });
    socket.on('end', () =>
      finish({ ok: false, code: 'truncated', why: `connection closed after ${filled} bytes of the reply` }),
    );
  });
}

/** The first result wins: from then on timer, signal and socket are gone. */
function once(
  waitMs: number,
  signal: AbortSignal,
  resolve: (heard: Heard) => void,
  close: () => void,
  silence: () => string,
): (heard: Heard) => void {
  let open = true;
  const finish = (heard: Heard) => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    close();
    resolve(heard);
  };
  const abort = () => finish({ ok: false, code: 'aborted', why: 'stopped by us' });
  const timer = setTimeout(
    () => finish({ ok: false, code: 'timeout', why: `${silence()} within ${Math.round(waitMs)} ms` }),
    waitMs,
  );
  if (signal.aborted) setImmediate(abort);
  else signal.addEventListener('abort', abort, { once: true });
  return finish;
}

/** Runs what may throw at once (a full descriptor table does). */
function attempt(finish: (heard: Heard) => void, run: () => void): void {
  try {
    run();
  } catch (error) {
    finish(failure(error, false));
  }
}

function malformed(why: string): Failure {
  return { ok: false, code: 'malformed', why };
}

function failure(error: unknown, sent: boolean): Failure {
  const errno = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'UNKNOWN';
  return { ok: false, code: failureCode(errno, sent), why: errno };
}

/** What a system error code says; `sent`: something may have left this host already. */
export function failureCode(errno: string, sent: boolean): FailureCode {
  switch (errno) {
    case 'ECONNREFUSED':
      return 'refused-connection';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    // Before anything was sent it is our own routing table that says so; later it is a router on the way.
    case 'ENETUNREACH':
      return sent ? 'unreachable' : 'no-route';
    // No address of this family of our own; while opening a TCP connection, no free port.
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return sent ? 'local' : 'no-route';
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'ETIMEDOUT':
      return 'unreachable';
    default:
      return 'local';
  }
}
