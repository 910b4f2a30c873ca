import { type ClientRequest, get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { printable } from '../../src/domain/printable';
import type { Settings } from './settings';

/** What the running nginx says of itself: the statement in its map. */
export type Asked = { readonly ok: true; readonly statement: string } | { readonly ok: false; readonly why: string };

const maxBytes = 1_024;
const answerMs = 3_000;

/** Asks over a connection of its own: one that is kept open would stay with a worker of the configuration before. */
export function askRunning({ url, host }: Settings, signal: AbortSignal): Promise<Asked> {
  const at = `${url.origin}${url.pathname}`;
  return new Promise((resolve) => {
    const no = (why: string): void => resolve({ ok: false, why: `${at}: ${why}` });
    const get = (took: (response: IncomingMessage) => void): ClientRequest => {
      const options = {
        agent: false,
        headers: { host },
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      };
      return url.protocol === 'https:'
        ? getSecure(url, { ...options, servername: host }, took)
        : getPlain(url, options, took);
    };
    const request = get((response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        return no(`HTTP ${response.statusCode}, instead of 200 and the statement of what nginx runs`);
      }
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > maxBytes) response.destroy(new Error(`more than ${maxBytes} characters`));
      });
      response.once('end', () => resolve({ ok: true, statement: text.replace(/\n$/, '') }));
      response.once('error', (error) => no(printable(error.message)));
    });
    request.once('error', (error) => {
      const why = signal.aborted
        ? 'no answer before the deadline'
        : error.name === 'TimeoutError' || error.name === 'AbortError'
          ? `no answer within ${answerMs} ms`
          : printable(error.message);
      no(why);
    });
  });
}

/**
 * nginx starts the new workers 100 ms before it tells the old ones to stop (1.22, ngx_process_cycle.c), and until then both take
 * connections: so much time must have passed since a new one was first heard, and the last answers must all be new.
 */
const overlapMs = 150;
const answersInARow = 3;
const paceMs = 15;
const settleMs = 10_000;

export type Settled = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Waits until nginx answers nothing but that statement, for at most ten seconds. */
export async function settled(settings: Settings, statement: string, signal: AbortSignal): Promise<Settled> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(settleMs)]);
  let why = 'it could not be asked any more';
  let firstMs: number | null = null;
  let row = 0;
  while (!until.aborted) {
    const startedMs = performance.now();
    const asked = await askRunning(settings, until);
    if (asked.ok && asked.statement === statement) {
      firstMs ??= startedMs;
      row++;
      if (row >= answersInARow && startedMs - firstMs >= overlapMs) return { ok: true };
    } else row = 0;
    if (!until.aborted) why = asked.ok ? `it runs "${printable(asked.statement)}"` : asked.why;
    await pause(paceMs, undefined, { signal: until }).catch(() => undefined);
  }
  return { ok: false, why };
}
