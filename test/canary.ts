import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In every secret that a test gives a daemon or a command. Nothing that they write, print or answer may have it, nor may the run itself. */
export const canary = 'cAnArY7';

/** Also as base64 has it, wherever it begins among three bytes; the letters that hang on its neighbours are left out. */
const spellings = [
  canary,
  ...[0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(canary)]);
    return whole.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6));
  }),
];

/** The length of its longest spelling: in a stream, the end of one piece may be the beginning of it. */
export const longestSpelling = Math.max(...spellings.map((one) => one.length));

/** Where it stands in any of these texts, and what stands around it; without the canary, so that it can be told. */
export function spilt(shown: Iterable<readonly [where: string, text: string]>): readonly string[] {
  return [...shown].flatMap(([where, text]) => {
    const at = spellings.map((one) => text.indexOf(one)).find((index) => index >= 0);
    if (at === undefined) return [];
    const around = text.slice(Math.max(0, at - 80), at + 80);
    return [`${where}: …${spellings.reduce((rest, one) => rest.replaceAll(one, '<canary>'), around)}…`];
  });
}

/** Throws where any of them has it. */
export function mustNotShow(shown: Iterable<readonly [where: string, text: string]>): void {
  const found = spilt(shown);
  if (found.length > 0) throw new Error(`a secret was shown: ${found.join('; ')}`);
}

/** Every file below a directory; but for those of these names, which the tests themselves put there. */
export function filesOf(directory: string, given: readonly string[] = []): readonly (readonly [string, string])[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !given.includes(file.name))
    .map((file) => join(file.parentPath, file.name))
    .map((path) => [path, readFileSync(path, 'latin1')] as const);
}
