import { bad, good, type Parsed } from './parse';

/** Splits at commas outside double quotes. */
export function splitOutsideQuotes(text: string): readonly string[] {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\' && quoted) index++;
    else if (text[index] === '"') quoted = !quoted;
    else if (text[index] === ',' && !quoted) {
      items.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...items, text.slice(start)];
}

/** A program by absolute path and its arguments, apart by spaces; `"…"` keeps spaces, `\"` and `\\` stand for themselves inside. No shell. */
export function parseCommand(text: string): Parsed<readonly string[]> {
  const words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index] ?? '';
    if (quoted && char === '\\' && /["\\]/.test(text[index + 1] ?? '')) word = `${word ?? ''}${text[++index]}`;
    else if (char === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (char === ' ' && !quoted) {
      if (word !== null) words.push(word);
      word = null;
    } else word = `${word ?? ''}${char}`;
  }
  if (quoted) return bad('has a quote that is not closed', 'close it, or write \\" inside quotes');
  if (word !== null) words.push(word);
  const program = words[0] ?? '';
  if (!/^\/[^{}]*[^{}/]$/.test(program))
    return bad(
      `"${program}" is not the absolute path of a program`,
      'write it like exec:/usr/local/bin/check-site {site}',
    );
  return words.length <= 64 ? good(words) : bad(`has ${words.length} words; at most 64 are allowed`, 'use a script');
}
