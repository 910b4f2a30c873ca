import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './machine';

/** The anchors of a page's headings, as they are made of them: small letters, hyphens for spaces, nothing else but letters and digits. */
export function headings(page: string): readonly string[] {
  const text = readFileSync(join(checkout, page), 'utf8');
  return [...text.matchAll(/^#{2,6} +(.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
