import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withServers } from '../servers/installed';
import { findProgram } from '../servers/programs';

const manual = readFileSync(join(__dirname, '../../../deploy/rfc2136/README.md'), 'utf8');

/** The manual's example in that language, with a secret in place of the dots. */
function example(language: string): string {
  const [, text = ''] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(manual) ?? [];
  return text.replace('…', Buffer.alloc(32, 'x').toString('base64'));
}

function check(program: string, args: (file: string) => readonly string[], text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-manual-'));
  const file = join(directory, 'conf');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, args(file), { encoding: 'utf8' });
  rmSync(directory, { recursive: true, force: true });
  return status === 0 ? 'accepted' : `${stdout}${stderr}`;
}

withServers("BIND's part of the manual", ['named-checkconf'], () => {
  test("BIND takes the manual's configuration, and no worse one", () => {
    const args = (file: string) => [file];
    expect(check('named-checkconf', args, example('named'))).toBe('accepted');
    expect(check('named-checkconf', args, example('named').replace('A AAAA', 'A AAAB'))).toContain('AAAB');
  });
});

withServers("Knot's part of the manual", ['knotc'], () => {
  test("Knot takes the manual's configuration, and no worse one", () => {
    const args = (file: string) => ['-c', file, 'conf-check'];
    expect(check('knotc', args, example('knot'))).toBe('accepted');
    expect(check('knotc', args, example('knot').replace('equal', 'equally'))).toContain('update-owner-match');
  });
});
