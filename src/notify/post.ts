import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { plain } from './message';

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whatever came back; `status` null: nothing did. */
export type Answer =
  | { readonly status: number; readonly body: string; readonly retryAfter: string | null }
  | { readonly status: null; readonly why: string };

/** Asks once; resolves within the deadline, never rejects. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer>;

const deadlineMs = 10_000;
const maxBodyBytes = 64 * 1024;
const maxHeaderBytes = 16 * 1024;

/**
 * Requests over connections of their own, whose certificates are verified; nothing is followed, diverted by a proxy variable, inflated or
 * read past the limit.
 */
export function createAsk(lookup: LookupFunction, userAgent: string): Ask {
  return (question, signal) =>
    new Promise((resolve) => {
      const stop = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
      const broken = (error: unknown): void => {
        const late = stop.aborted && !signal.aborted;
        resolve({ status: null, why: late ? `no answer within ${deadlineMs / 1_000} s` : faultText(error) });
      };
      const { method, url, body } = question;
      const length = method === 'GET' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
      const headers = { 'User-Agent': userAgent, Accept: 'application/json', ...length, ...question.headers };
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      try {
        const options = { method, headers, lookup, signal: stop, agent: false, maxHeaderSize: maxHeaderBytes };
        const request = send(url, { ...options, rejectUnauthorized: true }, (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('error', broken);
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            chunks.push(chunk);
            if (bytes > maxBodyBytes) request.destroy(new Error(`the answer is larger than ${maxBodyBytes} bytes`));
          });
          response.on('end', () => {
            const said = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: response.statusCode ?? 0,
              body: said,
              retryAfter: response.headers['retry-after'] ?? null,
            });
          });
        });
        request.on('error', broken);
        request.end(method === 'GET' ? undefined : body);
      } catch (error) {
        broken(error);
      }
    });
}

/** An error's own words: a code and a message, never the request. */
export function faultText(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return plain(message.includes(code) ? message || 'failed' : `${code}: ${message}`);
}

type Find = (name: string, family: 0 | 4 | 6) => Promise<LookupAddress[]>;
const findSystem: Find = (name, family) => systemLookup(name, { all: true, family });

/**
 * Resolves names one after the other. getaddrinfo(3) occupies one of the four threads that probes, the disk and the name servers' questions
 * share, for as long as a broken resolver likes: channels may have one of them.
 */
export function createLookup(find: Find = findSystem): LookupFunction {
  const asking = new Map<string, ReturnType<Find>>();
  let last: Promise<unknown> = Promise.resolve();

  function ask(name: string, family: 0 | 4 | 6): ReturnType<Find> {
    const key = `${family} ${name}`;
    const already = asking.get(key);
    if (already !== undefined) return already;
    const answer = last.then(() => find(name, family)).finally(() => asking.delete(key));
    last = answer.catch(() => undefined);
    asking.set(key, answer);
    return answer;
  }

  return (name, { all, family }, callback) => {
    const wanted = family === 4 || family === 6 ? family : family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : 0;
    ask(name, wanted).then(
      (found) => {
        const [first] = found;
        if (all === true) callback(null, found);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}
