import { type Dice, diceOf } from './dice';
import type { Act } from './faults';
import type { Plan } from './plan';
import { asWritten } from './settings';
import { seeded } from './time';

/** What somebody does to the services file before the daemon is told to read it again. */
export type Edit =
  /** A setting gets another good value. */
  | { readonly how: 'sets'; readonly key: string; readonly value: string }
  /** The sites are put into another order; one of several is taken out, or gets another address. */
  | { readonly how: 'turns' }
  | { readonly how: 'takes-out'; readonly nth: number }
  | { readonly how: 'readdresses'; readonly nth: number }
  /** A setting gets a value, or a line a key, that makes no sense; one line is lost. */
  | { readonly how: 'spoils'; readonly key: string; readonly value: string }
  | { readonly how: 'misspells'; readonly key: string }
  | { readonly how: 'drops'; readonly key: string }
  /** Only so much of the file was written. */
  | { readonly how: 'tears'; readonly share: number }
  | { readonly how: 'unreadable'; readonly code: string };

/** Settings that may be changed alone, whatever the others are. */
const values: Readonly<Record<string, readonly string[]>> = {
  fall: ['1', '2', '3', '5'],
  rise: ['1', '2', '4', '6'],
  sustain: ['0s', '5s', '20s', '1m'],
  window: ['0', '10', '30'],
  ttl: ['5s', '30s', '1m', '5m'],
  failback: ['auto', 'manual'],
  failback_after: ['10s', '1m', '5m'],
  max_switches: ['2/1h', '4/6h', '6/1h'],
  selftest: ['off', '10m'],
};
const rubbish = ['', '-1', 'yes please', '1e999', 'NaN', '\u0000', '3;', '127.0.0.1', '9999999d'];

/** A plan in which, now and then, somebody edits the settings; by dice of its own, as twists have theirs. */
export function reloading(plan: Plan): Plan {
  const dice = diceOf(seeded(plan.seed * 374_761_393 + 2));
  if (plan.quiet !== undefined || !dice.chance(0.15)) return plan;
  const acts = plan.acts.map((act): Act => {
    if (!dice.chance(0.6)) return act;
    const atMs = dice.span(1_000, 4 * 60_000);
    return {
      ...act,
      episodes: [...act.episodes, { atMs, forMs: 1_000, fault: { kind: 'reload', edit: editOf(dice) } }],
    };
  });
  return { ...plan, policy: asWritten(plan.policy), acts };
}

function editOf(dice: Dice): Edit {
  const key = dice.one(Object.keys(values));
  const value = dice.one(values[key] ?? []);
  const broken = dice.one(['record', 'sites', 'check', 'owner', ...Object.keys(values)]);
  return dice.one<Edit>([
    { how: 'sets', key, value },
    { how: 'sets', key, value },
    { how: 'turns' },
    { how: 'takes-out', nth: dice.below(4) },
    { how: 'readdresses', nth: dice.below(3) },
    { how: 'spoils', key, value: dice.one(rubbish) },
    { how: 'misspells', key: broken },
    { how: 'drops', key: broken },
    { how: 'tears', share: dice.below(100) / 100 },
    { how: 'unreadable', code: dice.one(['ENOENT', 'EACCES', 'EISDIR', 'EFBIG', 'EIO']) },
  ]);
}
