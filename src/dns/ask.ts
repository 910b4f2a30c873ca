import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { isHostName } from '../domain/records';
import { type Failure, type Heard, overTcp, overUdp, type Server } from './exchange';
import { type DnsRecord, encodeQuery, type QuestionType, type Signature } from './wire';

export interface Question {
  readonly server: Server;
  /** Normal form; a wildcard is asked for literally. */
  readonly name: string;
  readonly type: QuestionType;
  /** For everything together: both transports and all tries. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Ask for signatures too (EDNS DO). */
  readonly dnssec?: boolean;
  readonly tcpOnly?: boolean;
  /** Ask a resolver, which finds the answer itself (RD). */
  readonly recursion?: boolean;
}

export interface Answered {
  readonly ok: true;
  /** `NOERROR`, `NXDOMAIN`, `REFUSED`, …; `RCODE23` for one without a name here. */
  readonly rcode: string;
  readonly aa: boolean;
  /** At the asked name: of the asked type, or the CNAME that stands in its place. */
  readonly records: readonly DnsRecord[];
  readonly signatures: readonly Signature[];
  readonly negative: 'nodata' | 'nxdomain' | null;
  readonly via: 'udp' | 'tcp';
  /** Of the exchange that was answered. */
  readonly rttMs: number;
}
export type Answer = Answered | Failure | { readonly ok: false; readonly code: 'invalid'; readonly why: string };
export type Ask = (question: Question) => Promise<Answer>;

interface How {
  readonly via: 'udp' | 'tcp';
  readonly edns: boolean;
  readonly mixedCase: boolean;
  /** UDP tries that stayed without a reply. */
  readonly silences: number;
  /** What UDP came to, when TCP was turned to. */
  readonly udpWhy: string | null;
}

/** More than any path through `next` takes. */
const maxTries = 8;

/** Asks one server one question, without recursion unless told, UDP first; its answer, or why there is none. Never throws. */
export async function ask(question: Question): Promise<Answer> {
  const { server, name, type, timeoutMs } = question;
  // Many questions share one signal, and Node warns of more than ten listeners on one.
  const signal = AbortSignal.any([question.signal]);
  const invalid = invalidity(question);
  if (invalid !== null) return { ok: false, code: 'invalid', why: invalid };
  const startedMs = performance.now();
  const tcpOnly = question.tcpOnly ?? false;
  let how: How = { via: tcpOnly ? 'tcp' : 'udp', edns: true, mixedCase: !tcpOnly, silences: 0, udpWhy: null };
  for (let tries = 0; tries < maxTries; tries++) {
    const sentMs = performance.now();
    const leftMs = timeoutMs - (sentMs - startedMs);
    if (leftMs <= 0) break;
    const { via, edns, mixedCase } = how;
    const query = encodeQuery({
      name,
      type,
      edns,
      dnssec: question.dnssec ?? false,
      mixedCase,
      recursion: question.recursion ?? false,
      random: randomInt,
    });
    // Two silent UDP tries leave TCP half of the time.
    const heard =
      via === 'udp'
        ? await overUdp(server, query, Math.min(leftMs, timeoutMs / 4), signal)
        : await overTcp(server, query, leftMs, signal);
    const then = next(how, heard);
    if (then.done) return then.answer(performance.now() - sentMs);
    how = then.how;
  }
  return { ok: false, code: 'timeout', why: `no answer within ${timeoutMs} ms (UDP: ${how.udpWhy ?? 'unsettled'})` };
}

type Then =
  | { readonly done: true; readonly answer: (rttMs: number) => Answer }
  | { readonly done: false; readonly how: How };

/**
 * What to do with what was heard:
 *
 *   heard                                  over UDP                    over TCP
 *   reply                                  done                        done
 *   FORMERR, NOTIMP, BADVERS with EDNS     again without EDNS          again without EDNS
 *   reply in another case                  again without mixed case    –
 *   truncated, malformed, refused, reset   TCP                         done
 *   silence                                again once, then TCP        done
 *   no route, local, aborted               done                        done
 */
function next(how: How, heard: Heard): Then {
  if (!heard.ok) {
    const final = how.via === 'tcp' || ['no-route', 'local', 'aborted'].includes(heard.code);
    if (final) return fail(how, heard);
    if (heard.code !== 'timeout' || how.silences > 0) return overToTcp(how, heard.why);
    return { done: false, how: { ...how, silences: how.silences + 1 } };
  }
  const { reply } = heard;
  if (reply.kind === 'other-case') return { done: false, how: { ...how, mixedCase: false } };
  if (reply.kind !== 'reply') {
    const why = reply.kind === 'malformed' ? reply.why : 'a truncated reply';
    return how.via === 'udp' ? overToTcp(how, why) : fail(how, { ok: false, code: reply.kind, why });
  }
  const { rcode, aa, signatures } = reply;
  if (how.edns && ['FORMERR', 'NOTIMP', 'BADVERS'].includes(rcode))
    return { done: false, how: { ...how, edns: false } };
  const negative =
    rcode === 'NXDOMAIN' ? 'nxdomain' : rcode === 'NOERROR' && reply.records.length === 0 ? 'nodata' : null;
  const { via } = how;
  return {
    done: true,
    answer: (rttMs) => ({ ok: true, rcode, aa, records: reply.records, signatures, negative, via, rttMs }),
  };
}

function overToTcp(how: How, udpWhy: string): Then {
  return { done: false, how: { ...how, via: 'tcp', mixedCase: false, udpWhy } };
}

function fail(how: How, failure: Failure): Then {
  const before = how.udpWhy === null ? '' : `UDP: ${how.udpWhy}; `;
  const why = `${before}${how.via.toUpperCase()}: ${failure.why}`;
  return { done: true, answer: () => ({ ...failure, why }) };
}

function invalidity({ server, name }: Question): string | null {
  if (isIP(server.address) === 0) return 'the server is not an IP address';
  if (!Number.isInteger(server.port) || server.port < 1 || server.port > 65_535) return `port ${server.port}`;
  return isHostName(name.replace(/^\*\./, '')) ? null : 'the name is not a host name';
}
