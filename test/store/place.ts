import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalLine } from '../../src/control/ports';
import type { Durable } from '../../src/domain/state';
import { openStore, type StoreOptions } from '../../src/store/open';
import type { OpenStore } from '../../src/store/store';

/** A fresh temporary directory that holds a state directory of the name `state`, not yet made. */
export function place(): { readonly outer: string; readonly options: StoreOptions; remove(): void } {
  const outer = mkdtempSync(join(tmpdir(), 'failoverd-store-'));
  const options: StoreOptions = {
    directory: join(outer, 'state'),
    uid: process.getuid?.() ?? 0,
    pid: process.pid,
    bootId: 'boot-1',
    uptimeMs: () => 1_000,
    wallMs: () => 1_790_000_000_000,
  };
  return { outer, options, remove: () => rmSync(outer, { recursive: true, force: true }) };
}

/** Opens, or fails the test with the reason. */
export function opened(options: StoreOptions): { readonly store: OpenStore; readonly notes: readonly string[] } {
  const answer = openStore(options);
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.why}`);
  return answer;
}

export const emptyState: Durable = {
  generation: 0,
  issued: 0,
  active: null,
  change: null,
  hold: null,
  obstacle: null,
  pin: null,
  claims: [],
  adopted: [],
  switches: [],
  penalty: { value: 0, atMs: 0 },
};

/** A state that differs with `generation`. */
export function state(generation: number, padding = ''): Durable {
  const hold = { by: 'order', actor: 'ann', why: `look ${padding}`, sinceMs: generation, untilMs: null } as const;
  return { ...emptyState, generation, issued: generation, active: 'asia-east1', hold };
}

/** A state with something in every field that has to be there. */
export const wholeState: Durable = {
  ...state(3),
  change: {
    generation: 4,
    from: 'a',
    to: 'b',
    kind: 'failover',
    decidedMs: 1,
    causeMs: 1,
    phase: 'unsure',
    attempts: 1,
    appliedMs: null,
    laggards: ['ns1'],
    trouble: { code: 'denied', why: 'no', sinceMs: 1 },
    why: 'down',
    evidence: {
      sites: [
        {
          name: 'a',
          verdict: 'down',
          disputed: false,
          votes: [{ vantage: 'v', vote: 'down', ageMs: 1 }],
          passes: 0,
          fails: 3,
          failRatio: 1,
          sinceMs: 1,
          lastFail: { class: 'connect', why: 'refused' },
        },
      ],
      refusals: [{ guard: 'g', why: 'w', numbers: { n: 1 }, clears: 'c', page: true }],
      actor: null,
    },
  },
  obstacle: { by: 'drift', actor: null, why: 'w', sinceMs: 1, untilMs: null },
  pin: { site: 'a', by: 'order', actor: 'ann', why: 'w', sinceMs: 1, untilMs: 2 },
  switches: [{ atMs: 1, generation: 2, from: null, to: 'a', kind: 'create', verifiedMs: 2, why: 'w' }],
};

export function line(code: string, text = 'something happened', wallMs = 1_790_000_000_000): JournalLine {
  return { atMs: 5, wallMs, kind: 'event', code, text, data: { site: 'asia-east1' } };
}

export const record = 'www.example.test';
