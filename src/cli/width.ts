const csi = '\u001b';
/** Colours and other graphic renditions; they take no room. */
const rendition = new RegExp(`${csi}\\[[\\d;]*m`, 'g');

/** Code points that take two columns: East Asian wide and full width, and emoji (Unicode 15.1, UAX #11, without the unassigned). */
const wide: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23f3],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f1e6, 0x1f1ff],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  const bare = text.replace(rendition, '');
  if (/^[ -~]*$/.test(bare)) return bare.length;
  return [...graphemes.segment(bare)].reduce((sum, { segment }) => sum + graphemeWidth(segment), 0);
}

function graphemeWidth(grapheme: string): number {
  const point = grapheme.codePointAt(0) ?? 0;
  if (/^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u.test(grapheme)) return 0;
  // U+FE0F asks for the emoji, two columns, of a character that has a text form too.
  return grapheme.includes('\ufe0f') || wide.some(([first, last]) => first <= point && point <= last) ? 2 : 1;
}

/** Padded to that many columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** At most that many columns: what does not fit ends in `…`, and colours end with it. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let room = columns - 1;
  const coloured = text.includes(csi);
  for (const part of text.split(new RegExp(`(${csi}\\[[\\d;]*m)`))) {
    if (part.startsWith(csi)) kept += part;
    else {
      for (const { segment } of graphemes.segment(part)) {
        const width = graphemeWidth(segment);
        if (width > room) return room < 0 ? '' : `${kept}…${coloured ? `${csi}[0m` : ''}`;
        kept += segment;
        room -= width;
      }
    }
  }
  return kept;
}

/** Words on lines of at most that many columns, those after the first behind `indent`; what is longer than a line is broken. */
export function wrap(text: string, columns: number, indent = ''): string {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const room = Math.max(2, columns - Math.max(lead.length, indent.length));
  const [first = '', ...rest] = text
    .slice(lead.length)
    .split(' ')
    .flatMap((word) => pieces(word, room));
  const lines: string[] = [];
  let line = `${lead}${first}`;
  for (const word of rest) {
    if (widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function pieces(word: string, columns: number): readonly string[] {
  if (widthOf(word) <= columns) return [word];
  const all = [''];
  for (const { segment } of graphemes.segment(word)) {
    const piece = `${all.at(-1)}${segment}`;
    if (widthOf(piece) > columns) all.push(segment);
    else all[all.length - 1] = piece;
  }
  return all;
}
