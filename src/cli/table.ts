import { padded, widthOf } from './width';

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
