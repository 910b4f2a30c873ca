import type { Clock } from './ports';
import type { Service } from './service';

/** A running service with what it was made from and what must be closed after it. */
export interface Member {
  readonly record: string;
  /** Equal fingerprints: nothing about this service changed. */
  readonly fingerprint: string;
  readonly service: Service;
  /** Closes what the service used: its adapter, its probes. */
  close(): Promise<void>;
}

/** Everything needed to make a member, so that a reload can be refused before anything running is touched. */
export interface Plan {
  readonly record: string;
  readonly fingerprint: string;
  make(): Promise<Made>;
}
export type Made = { readonly ok: true; readonly member: Member } | NotMade;
/** `passing`: it may work when tried again, so it is no fault of the configuration. */
export interface NotMade {
  readonly ok: false;
  readonly why: string;
  readonly passing: boolean;
}

export interface Daemon {
  members(): readonly Member[];
  /**
   * Brings the running services to the planned ones: unchanged ones go on, changed ones restart. On failure nothing changed. A second
   * call waits for the first, so that no service is ever made twice.
   */
  apply(plans: readonly Plan[]): Promise<{ readonly ok: true } | NotMade>;
  stop(graceMs: number): Promise<void>;
}

export function createDaemon(graceMs: number): Daemon {
  let members: readonly Member[] = [];
  let applying: Promise<unknown> = Promise.resolve();

  async function end(ended: readonly Member[], waitMs: number): Promise<void> {
    await Promise.all(ended.map((member) => member.service.stop(waitMs)));
    await Promise.all(ended.map((member) => member.close()));
  }

  async function change(plans: readonly Plan[]): Promise<{ readonly ok: true } | NotMade> {
    const kept = members.filter((member) => plans.some((plan) => plan.fingerprint === member.fingerprint));
    const fresh = plans.filter((plan) => !kept.some((member) => member.fingerprint === plan.fingerprint));
    const made: Member[] = [];
    for (const plan of fresh) {
      const one = await plan.make();
      if (!one.ok) {
        await Promise.all(made.map((member) => member.close()));
        return one;
      }
      made.push(one.member);
    }
    await end(
      members.filter((member) => !kept.includes(member)),
      graceMs,
    );
    members = [...kept, ...made];
    for (const member of made) member.service.start();
    return { ok: true };
  }

  return {
    members: () => members,
    apply(plans) {
      const applied = applying.then(() => change(plans));
      applying = applied;
      return applied;
    },
    async stop(waitMs) {
      await applying;
      await end(members, waitMs);
    },
  };
}

export interface Elsewhere {
  /** A service of this daemon began an automatic switch. */
  began(record: string): void;
  /** How many other services did within the window (S20). */
  count(record: string, windowMs: number): number;
}

/** Who switched lately, across all services of this daemon. */
export function createElsewhere(clock: Pick<Clock, 'nowMs'>): Elsewhere {
  const last = new Map<string, number>();
  return {
    began: (record) => void last.set(record, clock.nowMs()),
    count: (record, windowMs) =>
      [...last].filter(([other, atMs]) => other !== record && clock.nowMs() - atMs < windowMs).length,
  };
}

/** Turns that lie at least `gapMs` apart: each call takes the next and tells how long it is until then. */
export function createTurns(clock: Pick<Clock, 'nowMs'>, gapMs: number): () => number {
  let nextMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock.nowMs();
    const turnMs = Math.max(nowMs, nextMs);
    nextMs = turnMs + gapMs;
    return turnMs - nowMs;
  };
}
