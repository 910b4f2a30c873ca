import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { overrides } from '../../src/domain/overrides';
import type { Change, Durable } from '../../src/domain/state';
import { failClasses } from '../../src/domain/types';
import { parseDurable } from '../../src/store/durable';
import { emptyState, wholeState as whole } from './place';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const time = fc.double({ min: 0, max: 1e13, noNaN: true }).map((ms) => ms + 0);
const count = fc.nat(1e9);
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const kind = fc.constantFrom('failover', 'failback', 'order', 'drill', 'create', 'fence');
const vote = fc.constantFrom('up', 'recovering', 'down', 'unknown');
const failure = fc.record({ class: fc.constantFrom(...failClasses), why: text });
const hold = fc.record({
  by: fc.constantFrom('order', 'drift', 'foreign', 'absent', 'twin', 'obstacle', 'diverged'),
  actor: maybe(text),
  why: text,
  sinceMs: time,
  untilMs: maybe(time),
});
const change: fc.Arbitrary<Change> = fc.record({
  generation: count,
  from: maybe(text),
  to: text,
  kind,
  decidedMs: time,
  causeMs: maybe(time),
  phase: fc.constantFrom('intended', 'sending', 'unsure', 'applied'),
  attempts: count,
  sentMs: maybe(time),
  requestId: maybe(text),
  appliedMs: maybe(time),
  laggards: fc.array(text),
  trouble: maybe(fc.record({ code: fc.constantFrom('denied', 'read-failed', 'unverified'), why: text, sinceMs: time })),
  why: text,
  evidence: fc.record({
    sites: fc.array(
      fc.record({
        name: text,
        verdict: vote,
        disputed: fc.boolean(),
        votes: fc.array(fc.record({ vantage: text, vote, ageMs: time })),
        passes: count,
        fails: count,
        failRatio: maybe(fc.constantFrom(0, 0.4, 1)),
        sinceMs: maybe(time),
        lastFail: maybe(failure),
      }),
    ),
    refusals: fc.array(
      fc.record({
        guard: text,
        why: text,
        numbers: fc.dictionary(text, fc.oneof(time, text, fc.constant(null))),
        clears: text,
        page: fc.boolean(),
      }),
    ),
    actor: maybe(text),
  }),
});
const durable: fc.Arbitrary<Durable> = fc.record({
  generation: count,
  issued: count,
  active: maybe(text),
  change: maybe(change),
  hold: maybe(hold),
  obstacle: maybe(hold),
  pin: maybe(
    fc.record(
      {
        site: text,
        by: fc.constantFrom('order', 'zone', 'drill'),
        actor: maybe(text),
        why: text,
        sinceMs: time,
        untilMs: maybe(time),
        override: fc.subarray([...overrides]),
      },
      // A state of an older version has none.
      { requiredKeys: ['site', 'by', 'actor', 'why', 'sinceMs', 'untilMs'] },
    ),
  ),
  claims: fc.array(
    fc.record({ tool: fc.constantFrom('external-dns', 'octodns'), owner: maybe(text), name: text, text }),
  ),
  adopted: fc.array(text),
  switches: fc.array(
    fc.record({ atMs: time, generation: count, from: maybe(text), to: text, kind, verifiedMs: maybe(time), why: text }),
  ),
  penalty: fc.record({ value: time, atMs: time }),
});

describe('parseDurable', () => {
  test('every state comes back from its JSON as it was', () => {
    fc.assert(
      fc.property(durable, (state) => {
        const json = JSON.stringify(state);
        const again = parseDurable(JSON.parse(json));
        expect(again).not.toBeNull();
        expect(JSON.stringify(again)).toBe(json);
      }),
      { numRuns: 200 },
    );
  });

  test('anything at all is a state or null, never an exception', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (value) => parseDurable(value) === null));
  });

  const paths = everyPath(whole);

  test('the example is a state', () => {
    expect(parseDurable(whole)).toBe(whole);
  });

  test.each(paths.map((keys) => ({ path: keys.join('.'), keys })))('$path is looked at', ({ path, keys }) => {
    const wrong: unknown[] = [{ wrong: true }, Number.NaN, Symbol('x'), true, [null]];
    // What is in an array or in `numbers` may be missing; the words of a union are known to the letter.
    if (!/\.(\d+|n)$/.test(path)) wrong.push(undefined);
    if (/(^|\.)(by|kind|phase|code|verdict|vote|class)$/.test(path)) wrong.push('other', 'toString');
    for (const value of wrong) {
      const copy: unknown = structuredClone(whole);
      const same = typeof put(copy, keys, value) === typeof value && value === true;
      expect([value, parseDurable(copy)]).toEqual([value, same ? copy : null]);
    }
  });

  test('fields that older versions did not have may be absent, but not wrong', () => {
    const newer = (change: object, pin: object) =>
      parseDurable({ ...whole, change: { ...whole.change, ...change }, pin: { ...whole.pin, ...pin } });
    expect(newer({ sentMs: 5, requestId: 'r1' }, { override: ['no-standby'] })).not.toBeNull();
    for (const wrong of [{ sentMs: 'x' }, { requestId: 5 }]) expect(newer(wrong, {})).toBeNull();
    expect(parseDurable({ ...whole, releasedMs: 5, change: { ...whole.change, releasedMs: 4 } })).not.toBeNull();
    expect(parseDurable({ ...whole, releasedMs: 'x' })).toBeNull();
    expect(newer({ releasedMs: 'x' }, {})).toBeNull();
    for (const override of ['no-standby', ['drift'], null]) expect(newer({}, { override })).toBeNull();
  });

  test('fields of a later version pass', () => {
    expect(parseDurable({ ...emptyState, later: 1 })).not.toBeNull();
  });
});

function everyPath(value: unknown, above: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [[...above, key], ...everyPath(below, [...above, key])]);
}

/** Puts a value at a path (`undefined` removes what is there) and returns what was there. */
function put(root: unknown, keys: readonly string[], value: unknown): unknown {
  const [key = '', ...rest] = keys;
  if (typeof root !== 'object' || root === null) throw new Error(`nothing at ${key}`);
  const before: unknown = Reflect.get(root, key);
  if (rest.length > 0) return put(before, rest, value);
  if (value === undefined) Reflect.deleteProperty(root, key);
  else Reflect.set(root, key, value);
  return before;
}
