import { beforeAll } from '@jest/globals';

/** Before every test file: whether one before it, in this process, left something behind that ran on after its end. */
beforeAll(() => {
  const { exitCode } = process;
  if (exitCode === undefined || exitCode === 0) return;
  process.exitCode = 0;
  throw new Error(
    'a test file before this one, in the same process, left something that ran on after its tests and set the exit code ' +
      `${exitCode}; look above for "torn down" or "after tests are done"`,
  );
});
