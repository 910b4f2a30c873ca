import type { Proof } from '../../providers/provider';
import type { ServerWord } from '../domain/events';
import { leadsTo } from '../domain/hints';
import { askAgainMs } from '../domain/rto';
import type { Found, Site } from '../domain/types';
import { siteNamed } from '../domain/view';
import { backoffMs } from './backoff';
import type { Pursuer } from './point';
import type { Ports } from './ports';
import { within } from './within';

/** Who does not show the site's set; of two providers those whose word it is, the others being asked through DNS. */
function apart({ sets, parts }: Found, site: Site): readonly string[] {
  if (parts === undefined) return leadsTo(sets, site) ? [] : [`${api} does not show the new set`];
  return parts
    .filter((part) => part.proof !== 'dns' && (part.found === null || !leadsTo(part.found.sets, site)))
    .map((part) =>
      part.found === null ? `${part.provider}: ${part.why}` : `${part.provider} does not show the new set`,
    );
}

/** A word that there is no agreement; without a reason it says it all itself. */
function differs(server: string, why = ''): ServerWord {
  return { server, agrees: false, why };
}

function laggards(answers: readonly ServerWord[]): readonly string[] {
  return answers.filter(({ agrees }) => !agrees).map(({ server, why }) => (why === '' ? server : `${server}: ${why}`));
}

const api = "the provider's API";
const throughRecord = 'the service through the record';

export interface Verifying {
  /** Asks every authoritative server until all answer the change with this generation. */
  verify(generation: number, attempt: number): void;
  /** Asks once, in steady state, whether the servers answer what the zone holds. */
  compare(site: Site, generation: number): Promise<void>;
  stop(): void;
}

const deadlineMs = 5_000;
const firstRetryMs = 100;

/** Whether users can see the record: by asking the authoritative servers, or, where DNS cannot show it, through API and service. */
export function createVerifying(
  service: Pursuer,
  ports: Pick<Ports, 'clock' | 'random' | 'verifier' | 'provider' | 'prober'>,
  proofs: () => readonly Proof[],
): Verifying {
  let cancel = (): void => undefined;
  let stopped = false;

  /** All proofs that are called for must hold. */
  function ask(site: Site): Promise<readonly ServerWord[]> {
    const asks = [
      ...(proofs().includes('dns') ? [throughDns] : []),
      ...(proofs().some((proof) => proof !== 'dns') ? [readBack] : []),
    ];
    return within(ports.clock, deadlineMs, [], async (signal) =>
      (await Promise.all(asks.map((one) => one(site, signal)))).flat(),
    );
  }

  async function throughDns(site: Site, signal: AbortSignal): Promise<readonly ServerWord[]> {
    const { hinted } = service.view().state;
    const seen = await ports.verifier.verify({ ...site, hinted }, signal);
    if (!seen.ok) return [differs('no authoritative server could be asked', seen.why)];
    if (seen.answers.length === 0) return [differs('no authoritative server was asked')];
    return seen.answers.map(({ server, agrees, why }) => ({ server, agrees, why }));
  }

  /** DNS cannot show it: the provider's own word, and for a proxy in between the service passing its check through the record. */
  async function readBack(site: Site, signal: AbortSignal): Promise<readonly ServerWord[]> {
    const through = proofs().includes('api') ? ports.prober.through() : null;
    const [reading, seen] = await Promise.all([ports.provider.read(signal), through]);
    if (!reading.ok) return [differs(api, reading.why)];
    const differing = apart(reading.found, site);
    if (differing.length > 0) return differing.map((one) => differs(one));
    const back = { server: api, agrees: true, why: 'shows the new set' };
    if (seen === null) return [back];
    if (seen.result === 'pass') return [back, { server: throughRecord, agrees: true, why: 'passes its check' }];
    return [differs(throughRecord, seen.why)];
  }

  async function run(generation: number): Promise<void> {
    const { change } = service.view().state.durable;
    const site = siteNamed(service.policy, change?.to ?? null);
    if (stopped || site === null || change?.generation !== generation || change.phase !== 'applied') return;
    const answers = await ask(site);
    if (!stopped) service.post({ type: 'verified', generation, laggards: laggards(answers), answers });
  }

  return {
    verify(generation, attempt) {
      cancel();
      if (stopped) return;
      cancel = ports.clock.after(
        backoffMs(attempt, ports.random, firstRetryMs, askAgainMs),
        () => void run(generation),
      );
    },
    async compare(site, generation) {
      const differing = laggards(await ask(site));
      const { change, active } = service.view().state.durable;
      if (!stopped && change === null && active === site.name)
        service.post({ type: 'verified', generation, laggards: differing });
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
