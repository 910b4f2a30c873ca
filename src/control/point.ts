import type { Outcome, Reading } from '../../providers/provider';
import { notYet } from '../domain/behind';
import { objections } from '../domain/change';
import type { Effect } from '../domain/events';
import { pointed } from '../domain/hints';
import { longestMs } from '../domain/pressed';
import { sameValues } from '../domain/records';
import type { State } from '../domain/state';
import type { Found, Policy } from '../domain/types';
import { siteNamed, type View } from '../domain/view';
import { backoffMs } from './backoff';
import type { Event, Ports } from './ports';
import { within } from './within';

/** What an attempt needs of the service it works for. */
export interface Pursuer {
  readonly policy: Policy;
  view(): View;
  post(event: Event): void;
}

type Pointing = Extract<Effect, { type: 'point' }>;

export interface Pointer {
  /** Pursues the change with this generation; a newer one takes the place of an older one that is still under way. */
  point(effect: Pointing): void;
  /** Whether a request that may write is under way. */
  busy(): boolean;
  /** Starts nothing new and resolves when the attempt under way has ended. */
  stop(): Promise<void>;
}

const readDeadlineMs = 5_000;
const replaceDeadlineMs = 15_000;
const firstRetryMs = 500;
const retryCapMs = 60_000;

/** read → re-check → replace, one attempt at a time; every outcome goes back as an event, and the decision says what follows. */
export function createPointer(service: Pursuer, ports: Pick<Ports, 'clock' | 'random' | 'provider'>): Pointer {
  let cancel = (): void => undefined;
  let abort = new AbortController();
  let current: { readonly generation: number; readonly done: Promise<void> } | null = null;
  let stopped = false;

  function change(generation: number): State['durable']['change'] {
    const { durable, behind } = service.view().state;
    const now = durable.change;
    const open = now?.phase !== 'applied' || behind !== null;
    return now !== null && now.generation === generation && open ? now : null;
  }

  async function attempt(generation: number): Promise<void> {
    if (current !== null) {
      if (current.generation !== generation) abort.abort();
      await current.done;
    }
    if (stopped || current !== null || change(generation) === null) return;
    abort = new AbortController();
    const done = pursue(generation, abort.signal);
    current = { generation, done };
    await done;
    current = null;
  }

  async function pursue(generation: number, signal: AbortSignal): Promise<void> {
    const reading = await within(ports.clock, readDeadlineMs, [signal], (limit) => ports.provider.read(limit));
    if (!reading.ok) return failed(generation, reading);
    service.post({ type: 'found', found: reading.found });
    // Re-justified with the reading in hand, in the same breath as the request leaves.
    const now = change(generation);
    if (now === null || stopped || signal.aborted) return;
    const [objection] = objections(service.view(), now);
    const isRest = now.phase === 'applied';
    // Nobody drops what one of two providers holds already: the rest waits until it is justified again.
    if (objection !== undefined) return isRest ? waits(generation, objection.why) : undefined;
    const early = notYet(service.view(), now, reading.found);
    if (early !== null) return waits(generation, early);
    service.post({ type: 'sending', generation });
    const outcome = await replace(reading.found, now.to, generation, signal);
    service.post({
      type: 'wrote',
      generation,
      outcome: outcome.code,
      why: outcome.why,
      requestId: outcome.requestId ?? null,
      retryAfterMs: outcome.retryAfterMs ?? null,
      ...(outcome.behind === undefined ? {} : { behind: outcome.behind }),
    });
  }

  function waits(generation: number, why: string): void {
    service.post({ type: 'waits', generation, why });
  }

  async function replace(from: Found, to: string, generation: number, signal: AbortSignal): Promise<Outcome> {
    const { owner } = service.policy;
    const wanted = pointed(siteNamed(service.policy, to)?.sets ?? [], from.sets);
    // A fence writes the marker alone: a TTL that a person chose stays.
    const sets = sameValues(wanted, from.sets) ? from.sets : wanted;
    const replacement = { from, to: sets, marker: { owner, generation, site: to } };
    return within(ports.clock, replaceDeadlineMs, [signal], (limit) => ports.provider.replace(replacement, limit));
  }

  function failed(generation: number, reading: Extract<Reading, { ok: false }>): void {
    const { code, why, retryAfterMs = null } = reading;
    service.post({ type: 'read-failed', code, why, generation, retryAfterMs });
  }

  return {
    point({ generation, attempt: number, atLeastMs, restedMs = 0 }) {
      if (stopped) return;
      cancel();
      const waitMs = backoffMs(number, ports.random, firstRetryMs, retryCapMs);
      const delayMs = Math.max(waitMs - restedMs, Math.min(atLeastMs, longestMs), 0);
      cancel = ports.clock.after(delayMs, () => void attempt(generation));
    },
    busy: () => current !== null,
    async stop() {
      stopped = true;
      cancel();
      await current?.done;
    },
  };
}
