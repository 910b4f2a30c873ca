import { expect } from '@jest/globals';
import { sameValues } from '../../src/domain/records';
import type { OutcomeCode } from '../../src/domain/state';
import { type Fault, faults } from './conformance';
import { A, B, C, type Clause, found, marker, replace, seedA } from './conformance-scene';

/** What a replace may answer under each fault. `unknown` is always safe; a surer answer must be true. */
const allowed: Readonly<Record<Fault, readonly OutcomeCode[]>> = {
  refused: ['unavailable', 'unknown'],
  hang: ['unknown', 'unavailable'],
  'server-error': ['unavailable', 'unknown'],
  throttled: ['throttled'],
  denied: ['denied'],
  garbage: ['unknown', 'unavailable'],
  empty: ['unknown', 'unavailable'],
  huge: ['unknown', 'unavailable'],
  'applied-then-lost': ['unknown'],
  lost: ['unknown'],
};

/** Milliseconds. What gets no answer takes them all; the write has to come to it before, whatever runs beside. */
const waits = 2_500;

const cannot = 'its transport cannot fail in that way';

/** Every failure is mapped to an outcome that is true, and nothing is told that should not be. */
export function failures(clause: Clause): void {
  for (const fault of faults) {
    clause(`fault ${fault}`, async ({ start, excuse }) => {
      const { provider, subject } = await start(seedA);
      const inject = subject.faults[fault];
      if (inject === undefined) return excuse(cannot);
      const from = await found(provider);
      inject();
      const outcome = await replace(provider, from, B, marker(8), waits);
      expect(allowed[fault]).toContain(outcome.code);
      const reading = await provider.read(AbortSignal.timeout(waits));
      const told = JSON.stringify([outcome, reading]);
      for (const secret of subject.secrets) expect(told).not.toContain(secret);
      if (fault !== 'applied-then-lost' && fault !== 'lost') {
        // Never "absent".
        expect(reading.ok).toBe(false);
        if (fault === 'throttled' || fault === 'denied') expect(reading).toMatchObject({ code: fault });
      }
      subject.heal();
      expect((await found(provider)).sets).toEqual(fault === 'applied-then-lost' ? B : A);
    });
  }

  for (const fault of ['lost', 'applied-then-lost'] as const) {
    clause(`reads and goes on after ${fault}`, async ({ start, another, excuse }) => {
      const { provider, subject } = await start(seedA);
      const inject = subject.faults[fault];
      if (inject === undefined) return excuse(cannot);
      const from = await found(provider);
      inject();
      expect((await replace(provider, from, B, marker(8), waits)).code).toBe('unknown');
      subject.heal();
      const truth = await found(await another());
      expect(sameValues(truth.sets, fault === 'lost' ? A : B)).toBe(true);
      expect(await replace(provider, await found(provider), C, marker(9, 'c'))).toMatchObject({ code: 'applied' });
      expect(await found(provider)).toMatchObject({ sets: C, marker: marker(9, 'c') });
    });
  }

  clause('no secret in any finding', async ({ start, excuse }) => {
    const { provider, subject } = await start(seedA);
    if (subject.secrets.length === 0) return excuse('it has no secrets');
    const findings = async (): Promise<string> => JSON.stringify(await provider.preflight(AbortSignal.timeout(300)));
    const told = [await findings()];
    for (const fault of ['refused', 'denied', 'server-error', 'garbage', 'hang'] as const satisfies readonly Fault[]) {
      const inject = subject.faults[fault];
      if (inject === undefined) continue;
      inject();
      told.push(await findings());
      subject.heal();
    }
    for (const secret of subject.secrets) expect(told.join('\n')).not.toContain(secret);
  });
}
