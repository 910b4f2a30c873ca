import type { MarkerVerifier, ServerAnswer, Verification } from '../control/ports';
import { markerName } from '../domain/records';
import { type Answer, type Ask, ask as askServer } from './ask';
import type { NameServer, NameServers } from './nameservers';
import { inParallel, label, maxParallel } from './verify';

export interface MarkerVerifierInput {
  readonly record: string;
  readonly nameservers: NameServers;
  /** For one server. */
  readonly timeoutMs: number;
  readonly ask?: Ask;
}

/** Asks every authoritative server for the TXT beside the record. One agrees when it shows, with authority, exactly the marker. */
export function createMarkerVerifier(input: MarkerVerifierInput): MarkerVerifier {
  const { record, nameservers, timeoutMs } = input;
  const ask = input.ask ?? askServer;
  return {
    async shows(text, signal): Promise<Verification> {
      const listing = await nameservers.list(signal);
      if (!listing.ok) return listing;
      const asked = await inParallel(listing.servers, maxParallel, async (server) => {
        const answer = await ask({ server, name: markerName(record), type: 'TXT', timeoutMs, signal });
        return { server, answer };
      });
      const answers = asked
        .filter((one) => !isLeftOut(one, asked))
        .map(({ server, answer }) => ({ server: label(server), ...compare(answer, text) }));
      const lost = listing.lost.map(({ name, why }) => ({ server: name, agrees: false, unreachable: true, why }));
      return { ok: true, answers: [...answers, ...lost] };
    },
  };
}

interface Asked {
  readonly server: NameServer;
  readonly answer: Answer;
}

/** An address our host has no route to is left out while the same name server could be asked at another of its addresses. */
function isLeftOut({ server, answer }: Asked, all: readonly Asked[]): boolean {
  if (answer.ok || answer.code !== 'no-route') return false;
  return all.some((other) => other.server.name === server.name && other.answer.ok);
}

function compare(answer: Answer, text: string): Omit<ServerAnswer, 'server'> {
  if (!answer.ok) return { agrees: false, unreachable: true, why: answer.why };
  if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') {
    return { agrees: false, why: `answers ${answer.rcode} to TXT` };
  }
  if (!answer.aa) return { agrees: false, why: 'answers TXT without authority' };
  const texts = answer.records.filter(({ type }) => type === 'TXT').map(({ value }) => value);
  if (texts.length === 1 && texts[0] === text) return { agrees: true, why: '' };
  const shown = texts.map((value) => `"${value.slice(0, 300)}"`).join(', ') || 'no TXT';
  return { agrees: false, why: `shows ${shown}, expected "${text}"` };
}
