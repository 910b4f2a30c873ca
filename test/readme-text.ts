import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Markdown, taken apart as far as tests of the manual need it. */

/** The project's own folder: tests run compiled, from `dist/test`. */
export const root = join(__dirname, '..', '..');

export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** What stands in fences, in order. */
export function blocksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map(([whole]) => whole);
}

/** The text without its fences. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```[^\n]*\n[\s\S]*?^```/gm, '');
}

export interface Heading {
  readonly level: number;
  readonly text: string;
}

export function headingsOf(markdown: string): readonly Heading[] {
  return [...proseOf(markdown).matchAll(/^(#{1,6}) (.+)$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
}

/** The anchor GitHub makes of a heading: letters, digits, hyphens and underscores, in lower case, blanks as hyphens. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
    .replaceAll(' ', '-');
}

/** Where links and pictures lead. */
export function linksOf(markdown: string): readonly string[] {
  return [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
}

/** The shell function `failoverd` as a page has it; empty: it has none. */
export function commandFunction(markdown: string): string {
  const [found = ''] = /^failoverd\(\) \(\n(?: {2}.*\n)+\)$/m.exec(blocksOf(markdown).join('\n')) ?? [];
  return found;
}

/** The words of a line as a shell takes them: quotes kept together, what follows a #, a pipe or a redirection left out. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [word, double, single] of line.matchAll(/"([^"]*)"|'([^']*)'|[^\s]+/g)) {
    if (/^([#<>|;]|&&)/.test(word)) break;
    words.push(double ?? single ?? word);
  }
  return words;
}

/** Every `failoverd …` and `npm start -- …` that is run in the blocks of a page, as arguments. */
export function commandLinesOf(markdown: string): readonly (readonly string[])[] {
  const lines = blocksOf(markdown).flatMap((block) => block.split('\n'));
  return lines.flatMap((line) => {
    const [, given] = /(?:^|&& |; |^\w+=\S+ )(?:failoverd|npm (?:\S+ )*start --) ([a-z][^)]*)/.exec(line) ?? [];
    return given === undefined ? [] : [wordsOf(given)];
  });
}
