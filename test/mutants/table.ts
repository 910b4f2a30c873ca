import { adapters } from './adapters';
import { alive } from './alive';
import { changes } from './change';
import { control } from './control';
import { evidence } from './evidence';
import { guards } from './guards';
import type { Mutant } from './mutant';
import { names } from './names';
import { outside } from './outside';
import { explanations } from './why';
import { zone } from './zone';

/** All of them, in the order of a change's way through the daemon. */
export const mutants: readonly Mutant[] = [
  ...evidence,
  ...guards,
  ...changes,
  ...zone,
  ...control,
  ...names,
  ...outside,
  ...adapters,
  ...explanations,
  ...alive,
];
