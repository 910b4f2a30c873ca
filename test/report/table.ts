import type { Card } from '../providers/conformance-scene';

/** What became of one clause on one adapter. */
export type Mark = 'pass' | 'fail' | 'excused' | 'not run';

/** One adapter's column. */
export interface Column {
  readonly card: Card;
  /** By clause, in the order of the suite. */
  readonly marks: ReadonlyMap<string, Mark>;
}

const signs: Readonly<Record<Mark, string>> = { pass: '✓', fail: '✗', excused: '–', 'not run': '' };

/** Header and body of the table: clauses down, adapters across. */
export function cells(columns: readonly Column[]): readonly (readonly string[])[] {
  const clauses = [...new Set(columns.flatMap(({ marks }) => [...marks.keys()]))];
  return [
    ['clause', ...columns.map(({ card }) => card.adapter)],
    ...clauses.map((clause) => [clause, ...columns.map(({ marks }) => signs[marks.get(clause) ?? 'not run'])]),
  ];
}

/** For a terminal: adapters' names word by word above their columns. */
export function plainTable(columns: readonly Column[]): string {
  const [header = [], ...body] = cells(columns);
  const words = header.map((name, index) => (index === 0 ? ['conformance'] : name.split(' ')));
  const height = Math.max(...words.map(({ length }) => length));
  const top = Array.from({ length: height }, (_, line) => words.map((one) => one[line] ?? ''));
  return aligned([...top, ...body])
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}

/** For a page, as the formatter would lay it out. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [header = [], ...body] = aligned(rows);
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(header), line(header.map((cell) => '-'.repeat(cell.length))), ...body.map(line)].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const [first = []] = rows;
  const widths = first.map((_, index) => Math.max(3, ...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)));
}

/** One line of totals. */
export function summary(columns: readonly Column[]): string {
  const clauses = cells(columns).length - 1;
  const all = columns.flatMap(({ marks }) => [...marks.values()]);
  const count = (mark: Mark): number => all.filter((one) => one === mark).length;
  const blank = clauses * columns.length - all.length + count('not run');
  return (
    `Conformance: ${clauses} clauses × ${columns.length} adapters: ${count('pass')} ✓, ${count('fail')} ✗, ` +
    `${count('excused')} – (not claimed, or not possible there), ${blank} not run`
  );
}

/** Adapter by adapter, what should be known of some marks. */
export function notes(columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ card }) =>
    Object.entries(card.notes).map(([clause, note]) => `  ${card.adapter}, ${clause}: ${note}`),
  );
}
