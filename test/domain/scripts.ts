import fc from 'fast-check';
import type { Event } from '../../src/domain/events';
import type { OutcomeCode } from '../../src/domain/state';
import { initial } from '../../src/domain/step';
import type { FailClass, Found, Observation, Vote } from '../../src/domain/types';
import { a, type Bench, b, c, fail, foundAt, pass, unknown } from './fixtures';

/** One thing that may happen to a service, as it stands at that moment; null: nothing but time. */
export type Act =
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'restart' }
  | { readonly act: 'event'; readonly make: (bench: Bench) => Event; readonly text: string };

const site = fc.constantFrom(a, b, c);
const bool = fc.boolean();

const failure: fc.Arbitrary<Observation> = fc
  .constantFrom<FailClass>('status', 'status', 'timeout', 'connect', 'tls', 'body')
  .map(fail);

/** Mostly answers of one kind for a while, as sites do. */
function observations(results: fc.Arbitrary<Observation>): fc.Arbitrary<readonly Act[]> {
  return fc
    .tuple(
      site,
      results,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 0, max: 12_000 }),
      fc.integer({ min: 0, max: 4_000 }),
      bool,
    )
    .map(([name, observation, times, everyMs, tookMs, paced]) =>
      Array.from({ length: times }).flatMap((): readonly Act[] => [
        { act: 'wait', ms: everyMs },
        event(`${name} ${observation.result}`, (bench) => ({
          type: 'observed',
          site: name,
          startedMs: bench.nowMs - tookMs,
          paced,
          observation,
        })),
      ]),
    );
}

/** One paced round of all sites, the common case: who of them passes. */
const round: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.constantFrom('ppp', 'fpp', 'fpp', 'pfp', 'fff', 'ffp', 'ppf'),
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 100, max: 10_000 }),
  )
  .map(([letters, times, everyMs]) =>
    Array.from({ length: times }).flatMap((): readonly Act[] => [
      { act: 'wait', ms: everyMs },
      ...[a, b, c].map((name, index) =>
        event(`${name} ${letters[index]}`, (bench) => ({
          type: 'observed',
          site: name,
          startedMs: bench.nowMs,
          paced: true,
          observation: letters[index] === 'p' ? pass : fail(),
        })),
      ),
    ]),
  );

const waiting: fc.Arbitrary<readonly Act[]> = fc
  .oneof(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 10_000, max: 1_200_000 }))
  .map((ms) => [{ act: 'wait', ms }, event('ticked', () => ({ type: 'ticked' }))]);

const vote: fc.Arbitrary<readonly Act[]> = fc
  .tuple(site, fc.constantFrom('east', 'west', 'here'), fc.constantFrom<Vote>('up', 'down', 'recovering', 'unknown'))
  .map(([name, vantage, said]) => [
    event(`${vantage}: ${name} ${said}`, (bench) => ({
      type: 'voted',
      site: name,
      vote: { vantage, domain: vantage, vote: said, atMs: bench.nowMs },
    })),
  ]);

const self: fc.Arbitrary<readonly Act[]> = fc.oneof(
  bool.map((ok) => [event(`canary ${ok}`, () => ({ type: 'canary', name: 'canary', ok }))]),
  fc.option(fc.constant('stalled')).map((why) => [event(`sick ${why}`, () => ({ type: 'sick', why }))]),
  fc.option(fc.constant('no space')).map((why) => [event(`stored ${why}`, () => ({ type: 'stored', why }))]),
  fc
    .tuple(site, bool)
    .map(([name, open]) => [
      event(`gate ${name} ${open}`, () => ({ type: 'gated', site: name, gate: { name: 'replica', open, why: '' } })),
    ]),
);

const ordering: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('hold', 'resume', 'resume', 'failback').map((order) => ({ order }) as const),
      fc.tuple(fc.constantFrom('switch', 'drill'), site).map(([order, name]) => ({ order, site: name }) as const),
    ),
    fc.option(fc.integer({ min: 1, max: 600_000 })),
  )
  .map(([order, forMs]) => [
    event(`order ${order.order}`, () => ({ type: 'ordered', order, actor: 'ada', why: 'x', forMs }) as Event),
  ]);

/** What a reading may show: mostly what we last knew, sometimes what is under way, sometimes anything. */
const reading: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.constantFrom('known', 'known', 'known', 'change', 'site', 'stranger', 'absent', 'foreign', 'obstacle'),
    site,
    fc.integer({ min: 0, max: 9 }),
    bool,
  )
  .map(([what, name, generation, marked]) => [
    event(`found ${what} ${name} ${generation}`, (bench): Event => {
      const { active, change, generation: known } = bench.state.durable;
      const bare: Found = foundAt(name, marked ? generation : null, bench.policy);
      const shown: Record<typeof what, Found> = {
        known: foundAt(active ?? a, known === 0 ? null : known, bench.policy),
        change: change === null ? bare : foundAt(change.to, change.generation, bench.policy),
        site: bare,
        stranger: { ...bare, sets: [{ type: 'A', ttl: 60, values: ['192.0.2.99'] }] },
        absent: { ...bare, sets: [] },
        foreign: { ...bare, foreignMarker: 'heritage=other' },
        obstacle: { ...bare, obstacles: ['an alias'] },
      };
      return { type: 'found', found: shown[what] };
    }),
  ]);

function generationOf(bench: Bench): number {
  return bench.state.durable.change?.generation ?? bench.state.durable.generation;
}

const attempt: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.constantFrom<OutcomeCode>(
      'applied',
      'applied',
      'applied',
      'unknown',
      'unavailable',
      'denied',
      'throttled',
      'conflict',
    ),
    fc.integer({ min: 0, max: 20_000 }),
    fc.constantFrom('seen', 'lagging', 'unasked'),
  )
  .map(([outcome, tookMs, verified]) => [
    event('sending', (bench) => ({ type: 'sending', generation: generationOf(bench) })),
    { act: 'wait', ms: tookMs },
    event(`wrote ${outcome}`, (bench) => ({
      type: 'wrote',
      generation: generationOf(bench),
      outcome,
      why: outcome,
      requestId: null,
      retryAfterMs: null,
    })),
    event(`verified ${verified}`, (bench) =>
      verified === 'unasked'
        ? { type: 'ticked' }
        : { type: 'verified', generation: generationOf(bench), laggards: verified === 'seen' ? [] : ['ns2'] },
    ),
  ]);

const failing: fc.Arbitrary<readonly Act[]> = fc
  .constantFrom('throttled', 'denied', 'unavailable', 'unknown')
  .map((code) => [
    event(
      `read failed ${code}`,
      (bench) =>
        ({
          type: 'read-failed',
          why: 'x',
          code,
          generation: bench.state.durable.change?.generation ?? null,
          retryAfterMs: null,
        }) as Event,
    ),
  ]);

function event(text: string, make: (bench: Bench) => Event): Act {
  return { act: 'event', make, text };
}

const restart: fc.Arbitrary<readonly Act[]> = fc.constant([
  { act: 'restart' } as const,
  event('found known', (bench) => ({
    type: 'found',
    found: foundAt(bench.state.durable.active ?? a, bench.state.durable.generation || null, bench.policy),
  })),
]);

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.constant(pass) },
  { weight: 3, arbitrary: failure },
  { weight: 1, arbitrary: fc.constant(unknown) },
);

const all = {
  sight: { weight: 6, arbitrary: observations(anything) },
  blindness: { weight: 6, arbitrary: observations(fc.constant(unknown)) },
  round: { weight: 8, arbitrary: round },
  waiting: { weight: 2, arbitrary: waiting },
  vote: { weight: 1, arbitrary: vote },
  self: { weight: 1, arbitrary: self },
  order: { weight: 1, arbitrary: ordering },
  reading: { weight: 1, arbitrary: reading },
  attempt: { weight: 5, arbitrary: attempt },
  unreadable: { weight: 1, arbitrary: failing },
  restart: { weight: 1, arbitrary: restart },
} as const;
export type Part = keyof typeof all;
export const everything: readonly Part[] = [
  'sight',
  'round',
  'waiting',
  'vote',
  'self',
  'order',
  'reading',
  'attempt',
  'unreadable',
  'restart',
];

/** A random life of these parts, beginning with a first reading that shows the first site. */
export function life(parts: readonly Part[] = everything): fc.Arbitrary<readonly Act[]> {
  const weighed = parts.map((part) => all[part]);
  const beginning: Act = event(`found ${a}`, (bench) => ({ type: 'found', found: foundAt(a, null, bench.policy) }));
  return fc
    .array(fc.oneof(...weighed), { minLength: 5, maxLength: 25 })
    .map((acts) => readable([beginning, ...acts.flat()]));
}

/** A counterexample is printed as what happened, one word or two each. */
function readable(acts: readonly Act[]): readonly Act[] {
  const words = acts.map((one) => (one.act === 'wait' ? `${one.ms}ms` : one.act === 'event' ? one.text : one.act));
  return Object.assign(acts, { [fc.toStringMethod]: () => words.join(', ') });
}

/** Lets the acts happen; `look` sees the state before and after every event, and that all but the durable part is gone after a restart. */
export function live(
  bench: Bench,
  acts: readonly Act[],
  look: (before: Bench['state'], happened: Event | 'restart') => void,
): void {
  for (const one of acts) {
    const before = bench.state;
    if (one.act === 'wait') bench.wait(one.ms);
    else if (one.act === 'restart') {
      bench.state = initial(JSON.parse(JSON.stringify(bench.state.durable)));
      look(before, 'restart');
    } else {
      const happened = one.make(bench);
      bench.post(happened);
      look(before, happened);
    }
  }
}
