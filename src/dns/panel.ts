import type { Panel } from '../control/ports';
import type { ResolverAnswer } from '../domain/convergence';
import { leadsTo } from '../domain/hints';
import { valuesKey } from '../domain/records';
import type { Site } from '../domain/types';
import { type Answer, type Answered, type Ask, ask as askServer } from './ask';
import type { Server } from './exchange';
import { setsOf } from './look';
import type { QuestionType } from './wire';

export interface PanelInput {
  /** The managed name; of a wildcard the literal name is asked for, and names below it may stand in caches for as long. */
  readonly record: string;
  readonly sites: readonly Site[];
  /** `ip:port`, as the configuration writes it. */
  readonly resolvers: readonly string[];
  /** For one question. A resolver is asked at most four, one after the other. */
  readonly timeoutMs: number;
  readonly ask?: Ask;
}

/**
 * Asks each resolver, with recursion, for what users ask for.
 *
 *   what it does                                             seen as
 *   exactly the site's set, and no hint elsewhere            new
 *   any other records, no record, NXDOMAIN                   old
 *   no reply, an unreadable one, SERVFAIL, REFUSED, …        unreachable: it told nothing about the record
 *
 * Resolvers are asked at once, the types of one after each other, and a round waits for the one before: no resolver ever has two questions.
 */
export function createPanel(input: PanelInput): Panel {
  const ask = input.ask ?? askServer;
  const types = typesOf(input.sites);
  const resolvers = [...new Set(input.resolvers)].map((label) => ({ label, server: serverOf(label) }));
  let before: Promise<unknown> = Promise.resolve();

  async function look({ label, server }: (typeof resolvers)[number], site: Site, signal: AbortSignal) {
    const told: Answered[] = [];
    for (const type of types) {
      const { record: name, timeoutMs } = input;
      const answer = await ask({ server, name, type, timeoutMs, signal, recursion: true });
      const trouble = troubleWith(type, answer);
      if (trouble === '' && answer.ok) told.push(answer);
      // A resolver that does not know HTTPS sends nobody anywhere by it.
      else if (type !== 'HTTPS')
        return { resolver: label, state: 'unreachable', why: trouble, ttlLeftMs: null } as const;
    }
    return { resolver: label, ...seen(told, site) };
  }

  return {
    ask(site, signal) {
      const round = before.then(() => Promise.all(resolvers.map((resolver) => look(resolver, site, signal))));
      before = round;
      return round;
    },
  };
}

/** Of any site: a family that the new one lacks may still be in caches. A CNAME stands in the place of everything else. */
function typesOf(sites: readonly Site[]): readonly QuestionType[] {
  const published = new Set(sites.flatMap((site) => site.sets.map((set) => set.type)));
  const types = (['A', 'AAAA', 'CNAME'] as const).filter((type) => published.has(type));
  return published.has('CNAME') ? types : [...types, 'HTTPS'];
}

function troubleWith(type: QuestionType, answer: Answer): string {
  if (!answer.ok) return `no answer to ${type}: ${answer.code} (${answer.why})`;
  return answer.rcode === 'NOERROR' || answer.rcode === 'NXDOMAIN' ? '' : `answers ${answer.rcode} to ${type}`;
}

function seen(told: readonly Answered[], site: Site): Omit<ResolverAnswer, 'resolver'> {
  const sets = setsOf(told);
  const why = `answers ${valuesKey(sets).slice(0, 400) || 'no record'}`;
  if (sets.length > 0 && leadsTo(sets, site)) return { state: 'new', why, ttlLeftMs: null };
  return { state: 'old', why, ttlLeftMs: Math.max(0, ...sets.map(({ ttl }) => ttl * 1_000)) };
}

/** The configuration writes `192.0.2.53:53` and `[2001:db8::53]:53`, always with the port. */
function serverOf(label: string): Server {
  const at = label.lastIndexOf(':');
  return { address: label.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(label.slice(at + 1)) };
}
