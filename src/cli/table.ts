import { padded, widthOf, wrap } from './width';

/** Rows as aligned columns, two spaces apart; a row's last cell is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) =>
      row.map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

/** How far the lines after the first stand in, where the last column has too little room of its own. */
const hanging = 6;

/**
 * The same rows for a terminal of that many columns: the last cell is wrapped under itself, and cells that do not fit stand on lines of their own.
 * null: a pipe, where each row is one line.
 */
export function fitted(rows: readonly (readonly string[])[], columns: number | null): readonly string[] {
  if (rows.length === 0) return [];
  const lines = table(rows).split('\n');
  if (columns === null) return lines;
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => widthOf(row[index] ?? ''))));
  return rows.map((row, at) => {
    const line = lines[at] ?? '';
    if (widthOf(line) <= columns) return line;
    const done: string[] = [];
    let open = '';
    const put = (text: string, indent: number): void => {
      done.push(...wrap(text, columns, ' '.repeat(indent)).split('\n'));
      open = done.pop() ?? '';
    };
    for (const [index, cell] of row.entries()) {
      const start = `${open}  `;
      const last = index === row.length - 1;
      if (index === 0) open = padded(cell, widths[0] ?? 0);
      else if (widthOf(start) + widthOf(cell) <= columns) open = `${start}${padded(cell, widths[index] ?? 0)}`;
      else if (last && 2 * widthOf(start) <= columns) put(`${start}${cell}`, widthOf(start));
      else {
        done.push(open.trimEnd());
        put(`${' '.repeat(hanging)}${cell}`, hanging);
      }
    }
    return [...done, open.trimEnd()].join('\n');
  });
}

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

export type Paint = (colour: keyof typeof colours, text: string) => string;

/** Colours text, or leaves it alone. */
export function paint(isColoured: boolean): Paint {
  return (colour, text) => (isColoured && text !== '' ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text);
}

/**
 * Whether to colour: on a terminal, unless NO_COLOR says no (no-color.org, read 2026-11-23) or the terminal cannot; FORCE_COLOR, as in
 * Node, says yes everywhere, or no with 0.
 */
export function isColoured(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: terminal = '' } = env;
  if (force !== '') return force !== '0' && force !== 'false';
  return isTty && no === '' && terminal !== 'dumb';
}
