import { answerOf } from '../domain/answer';
import { decide } from '../domain/decide';
import type { Effect, Moment, Tell } from '../domain/events';
import { explain, type ServiceStatus } from '../domain/explain';
import { type Override, overrideNamed } from '../domain/overrides';
import type { State } from '../domain/state';
import { initial, step } from '../domain/step';
import type { Policy } from '../domain/types';
import type { View } from '../domain/view';
import { type Why, why } from '../domain/why';
import { createBeat } from './beat';
import { createMeter } from './converge';
import { createFailures } from './failures';
import { linesOf } from './journal';
import { createJudging } from './judged';
import { createPace } from './pace';
import { createPointer, type Pursuer } from './point';
import type { Event, Ports } from './ports';
import { createSelftesting } from './selftest';
import type { Stood } from './then';
import { createVerifying } from './verify';

/** One managed name, alive: its mailbox, its probes, its pursuit of the wanted record. */
export interface Service extends Pursuer {
  /** Gives a human's order; what became of it. It is in effect when this returns. */
  order(ordered: Ordered): Answer;
  status(): ServiceStatus;
  /** Why the record is where it is now. */
  why(): Why;
  start(): void;
  /** Ends all timers and probes; a write under way is waited for, at most `graceMs`, then parked: the next start takes it up. */
  stop(graceMs: number): Promise<void>;
}

type Ordered = Extract<Event, { type: 'ordered' }>;
export interface Answer {
  readonly accepted: boolean;
  readonly why: string;
  /** Of a refusal: which guard, and the override a human may order it again with. */
  readonly guard?: string;
  readonly override?: Override;
}

const tickMs = 1_000;

/** event → step → save → journal → effects, one event at a time; what effects bring about comes back as events. */
export function createService(policy: Policy, ports: Ports): Service {
  let state: State = initial(null);
  let cancelTick = (): void => undefined;
  let busy = false;
  let stopped = false;
  let ended = false;
  const mailbox: Event[] = [];
  const failures = createFailures();
  const judging = createJudging();
  let answer: Answer = { accepted: false, why: 'the service has stopped' };

  function moment(): Moment {
    const nowMs = ports.clock.nowMs();
    return { nowMs, failbackOpen: ports.failbackOpen(), elsewhere: ports.elsewhere(nowMs) };
  }

  const self: Pursuer = {
    policy,
    view: (): View => ({ state, policy, moment: moment() }),
    post(event) {
      if (ended) return;
      mailbox.push(event);
      if (busy) return;
      busy = true;
      for (let next = mailbox.shift(); next !== undefined; next = mailbox.shift()) handle(next);
      busy = false;
    },
  };

  const pointer = createPointer(self, ports);
  const beat = createBeat(self, ports, () => verifying, pointer.busy);
  const meter = createMeter(self, ports, beat.proofs);
  const verifying = createVerifying(self, { ...ports, verifier: meter.verifier }, beat.proofs);
  const selftesting = createSelftesting(self, ports, beat, pointer.busy);
  const paces = policy.sites.map((site) => createPace(self, site, ports));

  function handle(event: Event): void {
    const now = moment();
    const before = state;
    const next = step(before, event, policy, now);
    state = next.state;
    save(before, event, next.effects, now.nowMs);
    // Before any effect: a test that is under way gives way to what was just decided.
    selftesting.look();
    for (const effect of next.effects) run(effect);
    if (event.type === 'observed' && !stopped) for (const pace of paces) pace.look();
  }

  /** Saved before any effect. What cannot be saved is held in memory and said aloud: the zone itself is the record. */
  function save(before: State, event: Event, effects: readonly Effect[], nowMs: number): void {
    const wallMs = ports.clock.wallMs();
    if (event.type === 'observed') observe(event, wallMs);
    const lines = linesOf(before, state, event, effects, nowMs, wallMs, stood);
    const moved = before.durable !== state.durable || (event.type === 'ticked' && state.unsaved !== null);
    if (!moved && lines.length === 0) return;
    const saved = moved
      ? ports.store.commit(policy.record, nowMs, state.durable, lines)
      : ports.store.journal(policy.record, lines);
    const why = saved.ok ? null : saved.why;
    if (why !== state.unsaved && (moved || why !== null)) mailbox.push({ type: 'stored', why });
  }

  /** What the journal keeps of the whole, so that a past moment can be explained. */
  function stood(): Stood {
    const view = self.view();
    const { text, code } = answerOf(view, decide(view));
    const judged = judging(view);
    return { code, answer: text, active: state.durable.active, ...(judged === null ? {} : { judged }) };
  }

  function observe(event: Extract<Event, { type: 'observed' }>, wallMs: number): void {
    const { observation, site } = event;
    failures.seen(site, observation, ports.clock.nowMs());
    ports.teller.observed(policy.record, site, observation);
    ports.store.observe(policy.record, {
      site,
      wallMs,
      result: observation.result,
      class: observation.result === 'fail' ? observation.class : null,
      latencyMs: observation.result === 'unknown' ? null : observation.latencyMs,
      why: observation.result === 'pass' ? null : observation.why,
    });
  }

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'point':
        pointer.point(effect);
        break;
      case 'verify':
        verifying.verify(effect.generation, effect.attempt);
        break;
      case 'read':
        beat.now();
        break;
      case 'tell':
        if (effect.tell.code === 'ordered') answer = { accepted: true, why: effect.tell.text };
        if (effect.tell.code === 'order-refused') answer = refusal(effect.tell);
        ports.teller.tell(policy.record, effect.tell);
        if (effect.tell.code === 'switched') meter.begin();
    }
  }

  function tick(): void {
    self.post({ type: 'ticked' });
    if (!stopped) cancelTick = ports.clock.after(tickMs, tick);
  }

  return {
    ...self,
    order(ordered) {
      answer = { accepted: false, why: 'the service has stopped' };
      self.post(ordered);
      const { unsaved } = state;
      if (!answer.accepted || unsaved === null) return answer;
      return { ...answer, why: `${answer.why}; it could not be saved (${unsaved}), and a restart may forget it` };
    },
    why: () => failures.into(why(self.view()), ports.clock.nowMs()),
    status: () => ({ ...explain(self.view()), convergence: meter.now() }),
    start() {
      // Not before: while this service was made, an older one of the same record may still have been writing.
      state = initial(ports.store.load(policy.record));
      beat.start();
      for (const pace of paces) pace.start();
      cancelTick = ports.clock.after(tickMs, tick);
    },
    async stop(graceMs) {
      stopped = true;
      cancelTick();
      beat.stop();
      verifying.stop();
      meter.stop();
      selftesting.stop();
      for (const pace of paces) pace.stop();
      let cancelGrace = (): void => undefined;
      const grace = new Promise<void>((resolve) => {
        cancelGrace = ports.clock.after(graceMs, resolve);
      });
      await Promise.race([pointer.stop(), grace]);
      cancelGrace();
      // From here on the state belongs to whoever starts next: a late answer must not be saved over theirs.
      ended = true;
    },
  };
}

function refusal({ text, fields }: Tell): Answer {
  const override = overrideNamed(fields['guard']);
  const guard = String(fields['guard']);
  return { accepted: false, why: text, guard, ...(override === null ? {} : { override }) };
}
