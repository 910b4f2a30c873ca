import { obstacleRemedies } from './obstacles';
import type { Hold } from './state';

/**
 * What a human can say against a guard that refuses an order. Only a judgement can be overridden, because our probes may be wrong; never a
 * fact of the zone or of the configuration, and nothing that would empty the record or write over what is not ours.
 *
 *   guard          orders          override
 *   no-standby     switch, drill   yes: the site is not up, says our evidence
 *   not-up         failback        yes: it moves to the first site, and stays, because automation would not leave it there
 *   at-home        failback        never: there is nowhere to go
 *   unconfigured   switch, drill   never: only configured addresses are published (S4)
 *   unread         all             never: nothing can be compared and swapped with what was not read
 *   foreign        all             never: `adopt` takes it over, which is another thing (S11)
 *   drift, absent, twin, obstacle, diverged   all   never: the cause is in the zone, and is put right there (S22)
 *   dry-run        all             never: it promises that nothing is written
 */
export const overrides = ['no-standby', 'not-up'] as const;
export type Override = (typeof overrides)[number];

/** The guard an order may overrule by this name; null: there is no override for it. */
export function overrideNamed(guard: unknown): Override | null {
  return overrides.find((one) => one === guard) ?? null;
}

const remedies: Readonly<Record<string, string>> = {
  ...obstacleRemedies,
  'at-home': 'nothing needs to be done',
  unconfigured: 'add the site to FAILOVERD_SITES',
  unread: 'order it again once the zone was read; failoverd status says what keeps it from being read',
  'dry-run': 'set FAILOVERD_DRY_RUN=false',
} satisfies Readonly<Record<Exclude<Hold['by'], 'order'>, string>> & Readonly<Record<string, string>>;

const moves: Readonly<Record<Override, string>> = {
  'no-standby': '--override no-standby moves anyway',
  'not-up': '--override not-up moves to the first site anyway, and stays there until resume',
};

/** What can be done about a refusal, for the end of its text. */
export function wayOut(guard: string): string {
  const override = overrideNamed(guard);
  if (override !== null) return moves[override];
  const remedy = remedies[guard];
  return `there is no override for this${remedy === undefined ? '' : `: ${remedy}`}`;
}
