import { printable } from '../domain/printable';

/** The candidate that a typing slip most likely meant, or null when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > 100) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 4)) + 1;
  for (const candidate of candidates) {
    const distance = edits(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

const mostNames = 20;

/** That there is no service of that name, which there are, and which of them was likely meant. */
export function noService(record: string, records: readonly string[]): string {
  const more = records.length > mostNames ? ` and ${records.length - mostNames} more` : '';
  const close = nearest(record, records);
  const meant = close === null ? '' : `; did you mean ${close}?`;
  return `no service "${printable(record, 253)}"; there are: ${records.slice(0, mostNames).join(', ')}${more}${meant}`;
}

/** Edits that turn one word into the other: insert, remove, replace, swap neighbours (optimal string alignment). */
function edits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const now = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      now.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (now[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = now;
  }
  return last[to.length] ?? 0;
}
