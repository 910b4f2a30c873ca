import { type RecordSet, type RecordType, recordSet } from '../domain/records';
import { hintsOf } from '../domain/svcb';
import type { Answer, Answered, Ask } from './ask';
import type { NameServer } from './nameservers';
import type { QuestionType, Signature } from './wire';

/**
 * What one name server shows at the managed name.
 *
 *   what it does                                               seen as
 *   NOERROR or NXDOMAIN, authoritative                         answered
 *   not authoritative, REFUSED, NOTAUTH                        wrong: it does not serve the zone (lame), and will not by waiting
 *   NXDOMAIN to one type, records of another                   wrong: resolvers would drop the whole name
 *   no reply, an unreadable one, SERVFAIL, FORMERR, NOTIMP …   unreachable: it told nothing about the records
 *
 * HTTPS and SVCB, once it has answered for the addresses:
 *
 *   NOERROR or NXDOMAIN, authoritative                         counts: its hints must be the site's
 *   NOTIMP, FORMERR, REFUSED, NOTAUTH                          it has none: an old server refuses a type it does not know, to clients as to us
 *   anything else, where the zone has hints                    as for addresses: what it hints at is not known, and may be the old site
 *   anything else, where it has none                           it has none: filters drop what they do not know, and nothing is looked for
 */
export type Look =
  | {
      readonly state: 'answered';
      /** Empty: there is no record. */
      readonly sets: readonly RecordSet[];
      readonly signatures: readonly Signature[];
      /** Whether it shows keys of the zone. */
      readonly keys: boolean;
    }
  | { readonly state: 'wrong'; readonly why: string }
  /** `noRoute`: our own host has no way to this address. */
  | { readonly state: 'unreachable'; readonly why: string; readonly noRoute: boolean };

export interface LookInput {
  readonly record: string;
  readonly isCnameService: boolean;
  /** Null: unknown, its keys are not asked for. */
  readonly zone: string | null;
  /** Types in which the zone has address hints, as far as we know. */
  readonly hinted: readonly RecordType[];
  /** For all questions to this server together. */
  readonly timeoutMs: number;
  readonly ask: Ask;
}

/**
 * Asks one server for A, AAAA and HTTPS at once (an answer shows a CNAME too), for SVCB where the zone hints by it, and for the zone's keys:
 * at most five questions. A silence to HTTPS that means nothing holds the verification up by a third of the time only. A CNAME service asks for the CNAME itself as well, because the end of the chain may be broken while the record is right (RFC 6604).
 */
export async function lookAt(server: NameServer, input: LookInput, signal: AbortSignal): Promise<Look> {
  const question = (name: string, type: QuestionType, timeoutMs = input.timeoutMs) =>
    input.ask({ server, name, type, timeoutMs, signal, dnssec: true });
  const types: readonly ('A' | 'AAAA' | 'CNAME')[] = input.isCnameService ? ['CNAME', 'A', 'AAAA'] : ['A', 'AAAA'];
  const isHinted = (type: RecordType): boolean => input.hinted.includes(type);
  const hints = (['HTTPS', 'SVCB'] as const).filter(
    (type) => isHinted(type) || (type === 'HTTPS' && !input.isCnameService),
  );
  const [keys, hinted, ...answers] = await Promise.all([
    input.zone === null ? null : question(input.zone, 'DNSKEY'),
    Promise.all(
      hints.map((type) => question(input.record, type, isHinted(type) ? input.timeoutMs : input.timeoutMs / 3)),
    ),
    ...types.map((type) => question(input.record, type)),
  ]);
  const told: Answered[] = [];
  for (const [index, answer] of answers.entries()) {
    const bad = answer === null ? null : unusable(types[index] ?? 'A', answer);
    if (bad !== null) return bad;
    if (answer?.ok === true) told.push(answer);
    // The record itself is known now; what the chain behind it does is not ours.
    if (types[index] === 'CNAME' && told.some(hasCname)) break;
  }
  for (const [index, answer] of hinted.entries()) {
    const type = hints[index] ?? 'HTTPS';
    const bad = unusable(type, answer);
    if (bad === null && answer.ok) told.push(answer);
    else if (bad !== null && isHinted(type) && !isRefused(answer)) return bad;
  }
  const sets = setsOf(told);
  const gone = told.find((answer) => answer.negative === 'nxdomain' && answer.records.length === 0);
  if (gone !== undefined && sets.length > 0) {
    return { state: 'wrong', why: 'answers NXDOMAIN to one type although it has records of another' };
  }
  const signatures = told.flatMap((answer) => answer.signatures);
  return { state: 'answered', sets, signatures, keys: keys?.ok === true && keys.records.length > 0 };
}

function isRefused(answer: Answer): boolean {
  return answer.ok && ['NOTIMP', 'FORMERR', 'REFUSED', 'NOTAUTH'].includes(answer.rcode);
}

function unusable(type: QuestionType, answer: Answer): Look | null {
  if (!answer.ok) {
    const why = `no answer to ${type}: ${answer.code} (${answer.why})`;
    return { state: 'unreachable', why, noRoute: answer.code === 'no-route' };
  }
  if (answer.rcode === 'REFUSED' || answer.rcode === 'NOTAUTH') {
    return { state: 'wrong', why: `answers ${answer.rcode} to ${type}: it does not serve the zone to us` };
  }
  if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') {
    return { state: 'unreachable', why: `answers ${answer.rcode} to ${type}`, noRoute: false };
  }
  return answer.aa
    ? null
    : {
        state: 'wrong',
        why: `answers ${type} without authority: it does not serve the zone, or another answers for it`,
      };
}

function hasCname(answer: Answered): boolean {
  return answer.records.some(({ type }) => type === 'CNAME');
}

/** The record sets that some answers of one server show together; HTTPS and SVCB without hints are neighbours, and left out. */
export function setsOf(answers: readonly Answered[]): readonly RecordSet[] {
  const records = answers.flatMap((answer) => answer.records);
  return (['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB'] as const).flatMap((type) => {
    const own = records.filter((record) => record.type === type);
    const set = recordSet(
      type,
      Math.max(0, ...own.map(({ ttl }) => ttl)),
      own.map(({ value }) => value),
    );
    const isNeighbour = (type === 'HTTPS' || type === 'SVCB') && own.every(({ value }) => hintsOf(value).length === 0);
    return set === null || own.length === 0 || isNeighbour ? [] : [set];
  });
}
