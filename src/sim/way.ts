import type { FailureCode } from '../../providers/provider';
import type { ProviderFault } from './faults';
import { never, type Time } from './time';

/** The way of requests between one daemon and one provider, with everything that happens to them there. */
export interface Way {
  /** The way there: null when the request arrives, else why it does not. */
  travel(signal: AbortSignal): Promise<Lost | null>;
  /** Sends what changes something there: `effect` is what it does when it arrives, `lied` what is answered by one that lies. */
  deliver<T>(signal: AbortSignal, effect: () => T, lied: T): Promise<{ readonly ok: true; readonly value: T } | Lost>;
  /** How old what it reads is. */
  staleMs(): number;
}

export interface Lost {
  readonly ok: false;
  /** `unknown`: there was no answer. */
  readonly code: FailureCode;
  readonly why: string;
  readonly retryAfterMs?: number;
}

/** Whether the process may go on, before and after every look and every call that changes something: never once it is dead. */
export type Passes = (what: 'look' | 'call') => Promise<boolean>;

export interface WayInput {
  readonly time: Time;
  readonly random: () => number;
  readonly faults: () => readonly ProviderFault[];
  readonly reaches: () => boolean;
  /** Of the process whose calls these are. */
  readonly passes: Passes;
  /** Stands in the provider's own words, and must get no further. */
  readonly secret: string;
}

/** So long an adapter waits for the answer to one of several calls. */
const callMs = 8_000;

export function createWay({ time, random, faults, reaches, passes, secret }: WayInput): Way {
  const has = <How extends ProviderFault['how']>(how: How) =>
    faults().find((one): one is Extract<ProviderFault, { how: How }> => one.how === how);
  const rtt = (): number => 5 + random() * 40 + (has('slow')?.ms ?? 0);

  async function travel(signal: AbortSignal): Promise<Lost | null> {
    if (!reaches() || has('hangs') !== undefined) {
      await ended(signal);
      return unanswered;
    }
    await time.sleep(rtt());
    if (signal.aborted) return unanswered;
    const refused = has('refuses');
    return refused === undefined ? null : refusal(refused.code, refused.retryAfterMs);
  }

  function refusal(code: FailureCode, retryAfterMs: number | null): Lost {
    const why = `injected ${code} for token ${secret}`;
    return { ok: false, code, why, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  }

  /** It arrives whenever it arrives; whether anybody still waits is another question. */
  async function wander<T>(signal: AbortSignal, ms: number, effect: () => T): ReturnType<typeof arrive<T>> {
    const arrival = time.sleep(random() * ms).then(() => ({ ok: true as const, value: effect() }));
    return Promise.race([arrival, ended(signal).then(() => unanswered)]);
  }

  async function arrive<T>(
    signal: AbortSignal,
    effect: () => T,
    lied: T,
  ): Promise<{ readonly ok: true; readonly value: T } | Lost> {
    const silent = has('no-answer');
    if (silent !== undefined && reaches()) {
      if (silent.landsMs !== null) void time.after(silent.landsMs, () => void effect());
      await ended(signal);
      return unanswered;
    }
    const broken = has('breaks-off');
    if (broken !== undefined && reaches() && random() < broken.share) {
      if (random() < 0.5) effect();
      await Promise.race([ended(signal), time.sleep(callMs)]);
      return unanswered;
    }
    const winding = has('reorders');
    if (winding !== undefined && reaches()) return wander(signal, winding.ms, effect);
    const lost = await travel(signal);
    if (lost !== null) return lost;
    const readOnly = has('read-only');
    if (readOnly !== undefined) return refusal(readOnly.code, null);
    const value = has('lies') === undefined ? effect() : lied;
    const twice = has('delivers-twice');
    if (twice !== undefined) void time.after(twice.againMs, () => void effect());
    await time.sleep(rtt());
    return signal.aborted ? unanswered : { ok: true, value };
  }

  /** Only a process that lives makes a call, and only one that lives learns what came of it. */
  async function alive<T>(what: 'look' | 'call', act: () => Promise<T>): Promise<T> {
    if (!(await passes(what))) return never();
    const answer = await act();
    return (await passes(what)) ? answer : never();
  }

  return {
    travel: (signal) => alive('look', () => travel(signal)),
    deliver: (signal, effect, lied) => alive('call', () => arrive(signal, effect, lied)),
    staleMs: () => has('stale-reads')?.ms ?? 0,
  };
}

const unanswered: Lost = { ok: false, code: 'unknown', why: 'no answer in time' };

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
