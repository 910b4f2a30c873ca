/** The table the other way round, its newest line last, and from when its oldest line is. */
export function newestLast(csv: string, days: boolean): { readonly csv: string; readonly oldest: string } {
  // A cell in quotes may hold line breaks.
  const [head = '', ...lines] = csv.match(/(?:[^"\r]|"[^"]*")*\r\n/g) ?? [];
  const [, oldest = ''] = lines.at(-1)?.split(',') ?? [];
  const turned = days ? oldestFirst(lines, (line) => line.slice(0, line.indexOf(','))) : lines.toReversed();
  return { csv: [head, ...turned].join(''), oldest };
}

/** By day; what is of one day stays in its order. */
export function oldestFirst<T>(all: readonly T[], dayOf: (one: T) => string): readonly T[] {
  return all.toSorted((left, right) => (dayOf(left) < dayOf(right) ? -1 : dayOf(left) > dayOf(right) ? 1 : 0));
}
