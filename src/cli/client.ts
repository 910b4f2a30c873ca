import axios from 'axios';
import { type Exit, exits } from './command';

/** `usage`: what was asked is wrong in itself, whatever the daemon knows. */
type Failing = 'unreachable' | 'usage' | 'refused';

export type Fetched<T> =
  /** `next`: where the rest of it is, if there is more than the answer holds (RFC 8288). */
  | { readonly ok: true; readonly body: T; readonly next?: string }
  | { readonly ok: false; readonly code: Failing; readonly why: string };

/** Where the daemon listens for its own command line. */
export function socketPath(stateDir: string): string {
  return `${stateDir}/failoverd.sock`;
}

/** Asks the running daemon over its Unix socket. */
export async function ask<T>(stateDir: string, path: string, body?: object, deadlineMs = 5_000): Promise<Fetched<T>> {
  const socket = socketPath(stateDir);
  try {
    const answer = await axios.request<
      T & { readonly error?: string; readonly why?: string; readonly remedy?: string }
    >({
      url: `http://localhost${path}`,
      method: body === undefined ? 'get' : 'post',
      data: body,
      socketPath: socket,
      proxy: false,
      maxRedirects: 0,
      signal: AbortSignal.timeout(deadlineMs),
      validateStatus: () => true,
    });
    const link: unknown = answer.headers['link'];
    if (answer.status < 400)
      return { ok: true, body: answer.data, ...(typeof link === 'string' ? { next: link } : {}) };
    const { error, remedy } = answer.data;
    const why = error ?? answer.data.why ?? `the daemon answered ${answer.status} to ${path}`;
    const code = answer.status === 400 ? 'usage' : 'refused';
    return { ok: false, code, why: remedy === undefined ? why : `${why}: ${remedy}` };
  } catch (error) {
    const code = axios.isAxiosError(error) ? (error.code ?? 'no code') : 'no answer';
    if (code === 'ERR_CANCELED') {
      return {
        ok: false,
        code: 'unreachable',
        why: `the daemon at ${socket} did not answer within ${deadlineMs / 1_000} s: it is stopped or stuck`,
      };
    }
    const hint = 'is it running, and is FAILOVERD_STATE_DIR the same as the daemon’s?';
    return { ok: false, code: 'unreachable', why: `no daemon at ${socket} (${code}): ${hint}` };
  }
}

/** How a command ends that the daemon did not do. */
export function exitOf(code: Failing): Exit {
  return exits[code];
}
