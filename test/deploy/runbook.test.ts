import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { obstacleRemedies } from '../../src/domain/obstacles';
import { failedCode } from '../../src/notify/report';
import { refusedCode } from '../../src/reloading';
import { headings } from './headings';
import { checkout } from './machine';

/** Every alert that failoverd raises by itself has its place in the runbook. */

const source = (name: string): string => readFileSync(join(checkout, 'src', 'domain', name), 'utf8');

/** The alerts as they stand in the code: `code: 'x', page: …`, `code = \`x:${site}\``, and the guards whose refusal is a page. */
function codes(): readonly string[] {
  const made = ['alerts.ts', 'behind.ts', 'proven.ts', 'explain.ts', 'refused.ts', 'step.ts'].flatMap((name) => [
    ...source(name).matchAll(/\bcode: ['`]([a-z-]+)(?::\$\{\w+\})?['`],\s*page\b/g),
    ...source(name).matchAll(/\bcode = `([a-z-]+):\$\{/g),
  ]);
  const guards = source('guards.ts')
    .split(/\bno\(/)
    .flatMap((one) => (/\btrue,?\s*\)/.test(one) ? (/^\s*'([a-z-]+)'/.exec(one)?.[1] ?? []) : []));
  const named = made.flatMap(([, code]) => code ?? []);
  // `refused.ts` names this one although it is none of the guards that page.
  return [
    ...new Set([
      ...named,
      ...guards,
      'dry-run',
      refusedCode,
      failedCode({ channel: '' }).replace(':', ''),
      ...Object.keys(obstacleRemedies).filter((by) => by !== 'order'),
    ]),
  ];
}

test('the alerts are found in the code', () => {
  expect(codes()).toEqual(
    expect.arrayContaining([
      'held',
      'down',
      'disputed',
      'write-stuck',
      'behind',
      'write-path',
      'budget',
      'drift',
      'elsewhere',
    ]),
  );
  expect(codes().length).toBeGreaterThanOrEqual(26);
});

test.each(codes())('%s has a heading in docs/operations.md, and a command under it', (code) => {
  expect(headings('docs/operations.md').filter((heading) => heading === code)).toEqual([code]);
  const page = readFileSync(join(checkout, 'docs', 'operations.md'), 'utf8');
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`\`${code}\`\n`)) ?? '';
  expect(section).toMatch(/`(failoverd|systemctl|journalctl|dig|df|timedatectl|nginx)\b/);
});
