/** Rows as aligned columns, two spaces apart; a row's last cell is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

const colours = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Colours text on a terminal, and leaves it alone in a pipe. */
export function paint(isTty: boolean): (colour: keyof typeof colours, text: string) => string {
  return (colour, text) => (isTty ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text);
}
