import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ownUid, rightsFindings, rootFindings } from '../../providers/rights';

const directory = mkdtempSync(join(tmpdir(), 'failoverd-rights-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const owner = statSync(directory).uid;

describe('who else may write', () => {
  test.each<readonly ['file' | 'folder', number, number | null, RegExp | null]>([
    ['file', 0o644, owner, null],
    ['file', 0o700, owner, null],
    ['file', 0o664, owner, /\(mode 0664, owner \d+\): chmod go-w, for whoever changes it moves the name$/],
    ['file', 0o646, owner, /mode 0646/],
    ['folder', 0o755, owner, null],
    ['folder', 0o2775, owner, null],
    ['folder', 0o777, owner, /mode 0777/],
    ['folder', 0o1777, owner, /mode 1777/],
    ['file', 0o644, null, null],
  ])('a %s of mode %o for user %s', async (kind, mode, uid, why) => {
    const path = join(directory, `${kind}${mode}`);
    if (kind === 'file') writeFileSync(path, '');
    else mkdirSync(path, { recursive: true });
    chmodSync(path, mode);
    const findings = await rightsFindings(path, 'moves the name', uid);
    expect(findings).toEqual(why === null ? [] : [{ level: 'warn', text: expect.stringMatching(why) }]);
  });

  test('its owner, who is neither this user nor root', async () => {
    const path = join(directory, 'strange');
    writeFileSync(path, '');
    if (owner === 0) chownSync(path, 4_711, 4_711);
    const findings = await rightsFindings(path, 'moves the name', owner + 1);
    expect(findings).toEqual([
      { level: 'warn', text: expect.stringMatching(/owner \d+\): give it to root or to this/) },
    ]);
  });

  test('what is not there tells nothing', async () => {
    expect(await rightsFindings(join(directory, 'none'), 'moves the name', 0)).toEqual([]);
  });
});

test.each([
  [0, 1],
  [1_000, 0],
  [null, 0],
])('user %s', (uid, warnings) => {
  expect(rootFindings(uid, 'the program')).toHaveLength(warnings);
  expect(ownUid()).toBe(process.getuid?.());
});
