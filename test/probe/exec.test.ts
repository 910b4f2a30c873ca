import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { startDeadline } from '../../src/probe/deadline';
import { probeExec } from '../../src/probe/exec';
import { context, verdict, why } from './setup';

const shared = context();

async function run(argv: readonly string[], timeoutMs = 3_000, env: Record<string, string> = {}) {
  const deadline = startDeadline(timeoutMs);
  const observation = await probeExec({ argv, env }, shared, deadline);
  deadline.cancel();
  return observation;
}

const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];

const rows: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ['exit 0', sh('exit 0'), 'pass', /^$/],
  ['exit 0, whatever it says', sh('echo CRITICAL; exit 0'), 'pass', /^$/],
  ['exit 1', sh('echo; echo disk full; echo more; exit 1'), 'status', /exit 1: disk full$/],
  ['exit 3 with words on stderr', sh('echo oh >&2; exit 3'), 'status', /exit 3: oh$/],
  ['exit 2, mute', sh('exit 2'), 'status', /exit 2: no output$/],
  ['a signal', sh('kill -SEGV $$'), 'status', /SIGSEGV/],
  ['hostile output', sh("printf '\\033[2J\\r forged'; exit 1"), 'status', /^[ -~]+$/],
  ['endless output', sh('yes'), 'oversize', /65536 bytes/],
  ['stdin is closed', sh('read line && exit 0; exit 4'), 'status', /exit 4/],
  ['no shell looks at the arguments', ['/bin/echo', '$(exit 1)', ';', 'false'], 'pass', /^$/],
  ['a program that does not exist', ['/nowhere/check'], 'unknown', /program not found \(ENOENT\)/],
  ['a program that may not run', ['/etc'], 'unknown', /not permitted here \(EACCES\)/],
  ['an argument no program can have', ['/bin/echo', 'a\0b'], 'unknown', /our side/],
  ['no program', [], 'unknown', /our side/],
];

describe('an exec probe', () => {
  test.each(rows)('%s', async (_, argv, expected, pattern) => {
    const observation = await run(argv);
    expect(`${verdict(observation)} ${why(observation)}`).toMatch(new RegExp(`^${expected} `));
    expect(why(observation)).toMatch(pattern);
  });

  test('gets a small environment of its own', async () => {
    const observation = await run(sh('env | sort | tr "\\n" " "; exit 1'), 3_000, { FAILOVERD_SITE: 'asia-east1' });
    expect(why(observation)).toMatch(
      /exit 1: FAILOVERD_SITE=asia-east1 LANG=C.UTF-8 PATH=\S+ PWD=\/( _=\S+| OLDPWD=\S+)?$/,
    );
  });

  test('is killed at the deadline with everything it started', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'failoverd-exec-'));
    const file = join(directory, 'pid');
    const observation = await run(sh(`sleep 60 & echo $! > ${file}; wait`), 1_500);
    const childId = Number(readFileSync(file, 'utf8'));
    rmSync(directory, { recursive: true });
    expect(verdict(observation)).toBe('timeout');
    expect(why(observation)).toMatch(/still running/);
    await expectGone(childId);
  });

  test('what it leaves behind neither delays the result nor outlives it', async () => {
    const startedMs = performance.now();
    const observation = await run(sh('sleep 60 & echo $!; exit 1'));
    expect(performance.now() - startedMs).toBeLessThan(2_900);
    await expectGone(Number(/exit 1: (\d+)$/.exec(why(observation))?.[1]));
  });
});

async function expectGone(processId: number): Promise<void> {
  const alive = (): boolean => {
    try {
      return readFileSync(`/proc/${processId}/stat`, 'utf8').split(' ')[2] !== 'Z';
    } catch {
      return false;
    }
  };
  for (let turn = 0; turn < 100 && alive(); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(alive()).toBe(false);
}
