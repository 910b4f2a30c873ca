import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutant';

/** The project's own folder: this runs compiled, from `dist/test/mutants`. */
export const root = join(__dirname, '..', '..', '..');
const beside = [
  'node_modules',
  'package.json',
  'docs',
  'deploy',
  'providers',
  'src',
  'test',
  'README.md',
  'CHANGELOG.md',
];
/** A mutant that never ends was not noticed by anybody. */
const limitMs = 600_000;

/** A copy of the compiled project, in which one file at a time is spoilt. */
export interface Bench {
  /** Who noticed: the first test or seed that failed; null: nobody did. */
  judge(mutant: Mutant): Promise<string | null>;
  /** The same of the project as it is. */
  seeds(): Promise<string | null>;
  tests(names: readonly string[]): Promise<string | null>;
  close(): void;
}

export function createBench(place: string): Bench {
  mkdirSync(place);
  cpSync(join(root, 'dist'), join(place, 'dist'), { recursive: true });
  for (const name of beside) symlinkSync(join(root, name), join(place, name));

  /** The simulator ends by itself with the first broken promise; any other end, a throw too, is not its word. */
  async function seeds(): Promise<string | null> {
    const { code, text } = await run(place, [join(place, 'dist/test/mutants/seeds.js')]);
    if (code === 0) return null;
    if (code === 3) return `simulator, ${text}`;
    throw new Error(`the simulator ended with ${code}`);
  }

  /** File by file, in the order given: the quick ones first. */
  async function tests(names: readonly string[]): Promise<string | null> {
    for (const name of names) {
      const failed = await testFile(name);
      if (failed !== null) return failed;
    }
    return null;
  }

  async function testFile(name: string): Promise<string | null> {
    const result = join(place, 'result.json');
    rmSync(result, { force: true });
    const settings = { rootDir: join(place, 'dist'), testEnvironment: 'node', transform: {}, testTimeout: 20_000 };
    const { code } = await run(place, [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...[
        '--config',
        JSON.stringify(settings),
        '--runInBand',
        '--forceExit',
        '--silent',
        '--json',
        '--outputFile',
        result,
      ],
      ...['--runTestsByPath', join(place, 'dist/test', `${name}.test.js`)],
    ]);
    if (code === 0) return null;
    const report: Report = JSON.parse(readFileSync(result, 'utf8'));
    const failed = report.testResults.flatMap((one) => one.assertionResults).find(({ status }) => status === 'failed');
    // A test file that could not even be loaded proves nothing.
    if (failed === undefined) throw new Error(`${name} did not run at all`);
    return `${name}: ${failed.fullName}`;
  }

  return {
    async judge({ name, file, find, put, tests: names }) {
      const path = join(place, 'dist', file);
      const text = readFileSync(path, 'utf8');
      if (text.split(find).length !== 2) throw new Error(`${name}: "${find}" does not stand exactly once in ${file}`);
      writeFileSync(
        path,
        text.replace(find, () => put),
      );
      try {
        if ((await run(place, ['--check', path])).code !== 0)
          throw new Error(`${name}: ${file} is no program any more`);
        return names === undefined ? await seeds() : await tests(names);
      } finally {
        writeFileSync(path, text);
      }
    },
    seeds,
    tests,
    close: () => rmSync(place, { recursive: true, force: true }),
  };
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function run(cwd: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], timeout: limitMs });
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    child.once('close', (code) => resolve({ code, text }));
  });
}
