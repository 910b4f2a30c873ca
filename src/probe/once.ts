import type { Observation } from '../domain/types';
import { fail } from './attempt';
import type { Check, Expectations } from './check';
import type { ProbeContext } from './context';
import type { Deadline } from './deadline';
import { probeExec } from './exec';
import { probeHttp } from './http';
import { probeTcp, type Target } from './tcp';
import { probeTls } from './tls';

/** One check of one site, at one of its addresses. */
export interface Question {
  readonly check: Check;
  /** The managed name: who we say we are looking for when the check names no host. */
  readonly record: string;
  readonly site: string;
  /** Null when the check looks at the site as a whole. */
  readonly address: string | null;
  readonly expect: Expectations;
  readonly allowPrivate: boolean;
}

/** Asks a question once and never throws. The address or the check's own host is vetted and pinned before anything is sent. */
export async function probeOnce(question: Question, context: ProbeContext, deadline: Deadline): Promise<Observation> {
  const { check, expect, record, site, address } = question;
  if (check.kind === 'exec') {
    const env = { FAILOVERD_RECORD: record, FAILOVERD_SITE: site, FAILOVERD_ADDRESS: address ?? '' };
    return probeExec({ argv: check.command.map((part) => fill(part, question)), env }, context, deadline);
  }
  const host = check.host === null ? address : fill(check.host, question);
  if (host === null) return { result: 'unknown', why: 'the check names no host and the site has no address' };
  const found = await context.resolver.resolve(host, question.allowPrivate, deadline);
  if (found.result === 'unknown') return found;
  if (found.result === 'fail') return fail(deadline, found.class, found.why);
  const [first = ''] = found.addresses;
  const name = check.host === null ? recordHost(record) : bareHost(host);
  const target: Target = { address: first, port: check.port, name };
  switch (check.kind) {
    case 'tcp':
      return probeTcp(target, context, deadline);
    case 'tls':
      return probeTls(target, context, deadline);
    default:
      return probeHttp(
        { target, secure: check.kind === 'https', path: fill(check.path, question), expect },
        context,
        deadline,
      );
  }
}

/** Whether the check has to be run at each address of a site, rather than once. */
export function looksAtAddress(check: Check): boolean {
  const texts = check.kind === 'exec' ? check.command : [check.host ?? '{address}', check.path];
  return texts.some((text) => text.includes('{address}'));
}

function fill(text: string, { site, address }: Question): string {
  return text.replaceAll('{site}', site).replaceAll('{address}', address ?? '');
}

/** A wildcard answers for any name under it, but is not itself a host name: ask as one of those it covers. */
export function recordHost(record: string): string {
  return record.startsWith('*.') ? `failoverd-check.${record.slice(2)}` : record;
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
