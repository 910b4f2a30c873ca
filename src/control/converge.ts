import type { Proof } from '../../providers/provider';
import { type Convergence, type Course, courseOf, courseText, ended, heard, isComplete } from '../domain/convergence';
import type { Tell } from '../domain/events';
import type { Site } from '../domain/types';
import { siteNamed } from '../domain/view';
import type { Pursuer } from './point';
import type { Ports, Verifier } from './ports';
import { within } from './within';

export interface Meter {
  /** The verifier, whose answers the meter sees too. */
  readonly verifier: Verifier;
  /** A switch to the site that is active now was verified: the measuring of an older one is over. */
  begin(): void;
  now(): Convergence | null;
  stop(): void;
}

interface Run {
  readonly site: Site;
  readonly beganMs: number;
  readonly abort: AbortController;
  cancel: () => void;
  course: Course;
}

const firstPauseMs = 5_000;
/** Pauses grow with the time that has gone by: rounds are logarithmic in the TTL, and a time is right to an eighth. */
const slowing = 8;
const graceMs = 60_000;
const roundDeadlineMs = 7_000;
/** Above what the pauses allow for the longest TTL (a day). */
const maxRounds = 100;

/**
 * Asks the resolvers after every verified switch, never before: our own questions would keep the old answer in their caches. It is measured
 * in memory beside the decision, and a restart does not resume it.
 */
export function createMeter(
  service: Pursuer,
  ports: Pick<Ports, 'clock' | 'random' | 'store' | 'teller' | 'verifier' | 'panel'>,
  proofs: () => readonly Proof[],
): Meter {
  const { clock, panel } = ports;
  let run: Run | null = null;
  let stopped = false;
  let servers: { readonly generation: number; readonly new: number; readonly asked: number } | null = null;

  const verifier: Verifier = {
    async verify(site, signal) {
      const generation = service.view().state.durable.change?.generation ?? null;
      const seen = await ports.verifier.verify(site, signal);
      if (seen.ok && generation !== null) {
        servers = { generation, new: seen.answers.filter(({ agrees }) => agrees).length, asked: seen.answers.length };
      }
      return seen;
    },
  };

  function drop(): void {
    run?.cancel();
    run?.abort.abort();
    run = null;
  }

  /** Whether resolvers should still come to this site: a change away from it, ours or by hand, makes what they show meaningless. */
  function isWanted({ site, abort }: Run): boolean {
    const { active, change } = service.view().state.durable;
    return !abort.signal.aborted && active === site.name && (change === null || change.to === site.name);
  }

  async function round(mine: Run): Promise<void> {
    if (panel === undefined || !isWanted(mine)) return forget(mine);
    const elapsedMs = clock.nowMs() - mine.beganMs;
    const answers = await within(clock, roundDeadlineMs, [mine.abort.signal], (signal) => panel.ask(mine.site, signal));
    if (!isWanted(mine)) return forget(mine);
    mine.course = heard(mine.course, answers, elapsedMs);
    const leftMs = 2 * service.policy.ttlMs + graceMs - (clock.nowMs() - mine.beganMs);
    if (isComplete(mine.course) || leftMs <= 0 || mine.course.rounds >= maxRounds) {
      mine.course = ended(mine.course);
      return tell(tellOf(mine.course));
    }
    const pauseMs = Math.max(firstPauseMs, elapsedMs / slowing) * (0.9 + 0.2 * ports.random());
    mine.cancel = clock.after(Math.min(pauseMs, leftMs), () => void round(mine));
  }

  function forget(mine: Run): void {
    if (run === mine) drop();
  }

  /** Told and kept like what the decision tells, which has no part in this. */
  function tell(told: Tell): void {
    const { code, text, level, page, fields } = told;
    const line = { atMs: clock.nowMs(), wallMs: clock.wallMs(), kind: 'tell', code, text } as const;
    ports.store.journal(service.policy.record, [{ ...line, data: { level, page, ...fields } }]);
    ports.teller.tell(service.policy.record, told);
  }

  return {
    verifier,
    begin() {
      drop();
      const { active, generation } = service.view().state.durable;
      const site = siteNamed(service.policy, active);
      // Where DNS does not show the record itself (a proxy), no resolver ever shows the site.
      if (stopped || panel === undefined || site === null || proofs().some((proof) => proof !== 'dns')) return;
      const mine: Run = {
        site,
        beganMs: clock.nowMs(),
        abort: new AbortController(),
        cancel: () => undefined,
        course: courseOf(site.name, generation),
      };
      run = mine;
      // Services that switched together do not ask in one breath.
      mine.cancel = clock.after(1_000 * ports.random(), () => void round(mine));
    },
    now() {
      const { change } = service.view().state.durable;
      const { generation = null, ...count } = servers ?? { new: 0, asked: 0 };
      const counted = change?.phase === 'applied' && change.generation === generation ? count : null;
      const resolvers = run !== null && isWanted(run) ? run.course : null;
      return counted === null && resolvers === null ? null : { servers: counted, resolvers };
    },
    stop() {
      stopped = true;
      drop();
    },
  };
}

function tellOf(course: Course): Tell {
  const { state, resolvers, ...fields } = course;
  const converged = state === 'converged';
  return {
    code: converged ? 'converged' : 'unconverged',
    level: converged ? 'info' : 'warn',
    page: false,
    text: `${converged ? 'resolvers converged' : 'resolvers have not converged'}: ${courseText(course)}`,
    fields: {
      ...fields,
      resolvers: resolvers.map(({ resolver, state, newAfterMs }) => ({ resolver, state, newAfterMs })),
    },
  };
}
