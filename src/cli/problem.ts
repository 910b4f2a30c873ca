import type { Problem } from '../config/config';

/** A problem as a paragraph for people. */
export function problemText(
  problem: Pick<Problem, 'name' | 'why' | 'remedy'> & { readonly value?: string | null },
): string {
  const value = problem.value === undefined || problem.value === null ? '' : `=${problem.value}`;
  return `${problem.name}${value}\n    ${problem.why}\n    ${problem.remedy}`;
}
