import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Outcome, Provider } from '../../providers/provider';
import { type RecordSet, sameValues } from '../../src/domain/records';
import type { Subject } from './conformance';
import { A, B, C, type Clause, found, marker, replace, seedA, setsIn } from './conformance-scene';

/** Two at once, readers meanwhile, and writes that come late. */
export function races(clause: Clause): void {
  clause('two writers at once: one wins', async ({ start, another, excuse }) => {
    const { provider } = await start(seedA);
    const rival = await another();
    const from = await found(provider);
    const outcomes = await Promise.all([
      replace(provider, from, B, marker(8)),
      replace(rival, from, C, marker(8, 'c')),
    ]);
    const end = (await found(provider)).sets;
    expect([B, C].some((sets) => sameValues(sets, end))).toBe(true);
    if (!provider.guarantees.compareAndSwap) return excuse('it claims no compare-and-swap; the end was one of the two');
    expect(outcomes.filter((outcome) => outcome.code === 'applied')).toHaveLength(1);
    // Not "conflict" for both: somebody must get on.
    expect(outcomes.filter((outcome) => outcome.code !== 'applied')).toHaveLength(1);
  });

  clause('polled each ms: never empty', async ({ start, another, note }) => {
    const { provider, subject } = await start(seedA);
    const polled = await throughSwitches(provider, await another(), subject);
    expect([...polled.behind, ...polled.through].filter((sets) => sets.length === 0)).toEqual([]);
    note(`${polled.behind.length} looks behind its back, ${polled.through.length} through it`);
  });

  clause('polled each ms: never mixed', async ({ start, another, excuse }) => {
    const { provider, subject } = await start(seedA);
    if (!provider.guarantees.atomic) return excuse('it does not claim to be atomic');
    const polled = await throughSwitches(provider, await another(), subject);
    const whole = (sets: readonly RecordSet[]) => [A, B, C].some((one) => sameValues(one, sets));
    expect([...polled.behind, ...polled.through].filter((sets) => !whole(sets))).toEqual([]);
  });

  clause('300 s late never wins over newer', async ({ start, another, excuse }) => {
    // What the newer change wrote: other values, and the old values again (a fence).
    for (const [newer, site] of [
      [C, 'c'],
      [A, 'a'],
    ] as const) {
      const { provider, subject } = await start(seedA);
      if (!provider.guarantees.compareAndSwap) return excuse('it claims no compare-and-swap');
      const { delayed } = subject;
      if (typeof delayed === 'string') return excuse(delayed);
      if (delayed === undefined)
        throw new Error('it claims compare-and-swap: its subject must be able to delay a write');
      const from = await found(provider);
      delayed.hold();
      expect((await replace(provider, from, B, marker(8), 300)).code).toBe('unknown');
      subject.heal();
      const other = await another();
      expect(await replace(other, await found(other), newer, marker(9, site))).toMatchObject({ code: 'applied' });
      expect(await delayed.deliver()).toBeGreaterThan(0);
      const end = await found(other);
      expect([end.sets, end.marker]).toEqual([newer, marker(9, site)]);
      expect(sameValues(setsIn(await subject.truth()), newer)).toBe(true);
    }
  });

  clause('abort is prompt, and a value', async ({ start, excuse }) => {
    const { provider, subject } = await start(seedA);
    const from = await found(provider);
    subject.faults.hang?.();
    const started = performance.now();
    const signal = AbortSignal.timeout(200);
    const [reading, outcome] = await Promise.all([
      provider.read(signal),
      provider.replace({ from, to: B, marker: marker(8) }, signal),
    ]);
    expect(performance.now() - started).toBeLessThan(5_000);
    if (subject.faults.hang === undefined) return excuse('nothing of it can hang');
    expect(reading.ok).toBe(false);
    expect(['unknown', 'unavailable']).toContain(outcome.code);
  });
}

const pollingMs = 1_000;

interface Polled {
  readonly behind: readonly (readonly RecordSet[])[];
  readonly through: readonly (readonly RecordSet[])[];
}

/** Several switches, and all that was seen each millisecond meanwhile: in the zone itself, and by another instance. */
async function throughSwitches(provider: Provider, watcher: Provider, subject: Subject): Promise<Polled> {
  const behind: (readonly RecordSet[])[] = [];
  const through: (readonly RecordSet[])[] = [];
  let done = false;
  async function poll(look: () => Promise<void>): Promise<void> {
    while (!done) {
      await look();
      await pause(1);
    }
  }
  async function switches(): Promise<void> {
    const until = performance.now() + pollingMs;
    // A server that is slow to show its zone is switched for longer.
    for (let n = 0; n < 5 || (behind.length < 200 && performance.now() < until); n++) {
      const to = [B, A, C][n % 3] ?? B;
      const again = (): Promise<Outcome> => found(provider).then((from) => replace(provider, from, to, marker(8 + n)));
      const first = await again();
      // The other instance may hold the lock just then, to look whether this write was cut short.
      expect(first.code === 'conflict' ? await again() : first).toMatchObject({ code: 'applied' });
    }
  }
  await Promise.all([
    poll(async () => void behind.push(setsIn(await subject.truth()))),
    poll(async () => {
      const reading = await watcher.read(AbortSignal.timeout(5_000));
      // "It changed while I read" is a failure, and not an empty name.
      if (reading.ok) through.push(reading.found.sets);
    }),
    switches().finally(() => {
      done = true;
    }),
  ]);
  expect(Math.min(behind.length, through.length)).toBeGreaterThan(0);
  return { behind, through };
}
