import { expect } from '@jest/globals';
import type { Reading } from '../../providers/provider';
import { markerText, parseMarker, recordSet } from '../../src/domain/records';

/** What holds for whatever an adapter made of whatever it was answered. */

/** `RUNS=1000 SEED=2 npx jest …-fuzz` tries more. */
export const fuzzing = { seed: Number(process.env['SEED'] ?? 1), numRuns: Number(process.env['RUNS'] ?? 25) };

const failures: readonly string[] = ['throttled', 'denied', 'unavailable', 'unknown'];
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A sentence for people: it can be printed, it is no page, and holds no secret. */
export function holdsSentence(text: string, secrets: readonly string[] = []): void {
  expect(text).not.toMatch(unprintable);
  expect(text.length).toBeLessThan(2_000);
  for (const secret of secrets) expect(text).not.toContain(secret);
}

/** A reading of the contract: sets in normal form and never empty, a marker that is one, or a failure with its code. */
export function holdsReading(reading: Reading, secrets: readonly string[] = []): void {
  if (!reading.ok) {
    expect(failures).toContain(reading.code);
    holdsSentence(reading.why, secrets);
    return;
  }
  const { sets, marker, foreignMarker, obstacles } = reading.found;
  for (const set of sets) {
    expect(recordSet(set.type, set.ttl, set.values)).toEqual(set);
    expect([set.values.length > 0, Number.isSafeInteger(set.ttl)]).toEqual([true, true]);
  }
  if (marker !== null) expect(parseMarker(markerText(marker))).toEqual(marker);
  for (const text of [foreignMarker ?? '', ...obstacles]) holdsSentence(text, secrets);
}

/** The call's result, had within its signal's 500 ms, and what a busy machine adds. */
export async function inTime<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await call(AbortSignal.timeout(500));
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  return result;
}
