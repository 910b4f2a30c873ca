import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canary } from '../canary';

/** A run of its own, of one test file that passes and does what is given. */
async function run(body: string): Promise<{ readonly code: number; readonly text: string }> {
  const rootDir = mkdtempSync(join(tmpdir(), 'failoverd-spill-'));
  try {
    writeFileSync(join(rootDir, 'one.test.js'), body);
    writeFileSync(join(rootDir, 'two.test.js'), "test('nothing', () => {});");
    const reporters = [join(__dirname, 'spill.js'), 'default'];
    const config = JSON.stringify({ rootDir, reporters, transform: {}, maxWorkers: 2 });
    const args = [require.resolve('jest/bin/jest'), '--config', config];
    return await new Promise((resolve) =>
      execFile(process.execPath, args, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), text: out + err }),
      ),
    );
  } finally {
    rmSync(rootDir, { recursive: true });
  }
}

const halves = [canary.slice(0, 4), canary.slice(4)].map((half) => JSON.stringify(half));
const quoted = halves.join(' + ');
const inBase64 = `Buffer.from('a:' + ${quoted} + '-pass').toString('base64')`;

test.each([
  ['nothing', "test('x', () => {});", 0, /^/],
  ['the console', `test('x', () => console.log('it is ' + ${quoted}));`, 1, /secret was shown:\n.*one\.test\.js: …/],
  [
    'standard output',
    `test('x', () => process.stdout.write(${quoted} + '\\n'));`,
    1,
    /shown:\nthe output of the run: …/,
  ],
  [
    'standard error',
    `test('x', () => process.stderr.write(${quoted} + '\\n'));`,
    1,
    /shown:\nthe output of the run: …/,
  ],
  ['base64', `test('x', () => console.log(${inBase64}));`, 1, /secret was shown:\n.*one\.test\.js: …/],
  ['a name', `test('x ' + ${quoted}, () => {});`, 1, /secret was shown:\n.*one\.test\.js: …/],
])(
  'a run that shows the canary in %s',
  async (_, body, code, says) => {
    const ended = await run(body);
    expect(ended.code).toBe(code);
    expect(says.test(ended.text)).toBe(true);
  },
  240_000,
);
