import { statSync } from 'node:fs';
import { basename } from 'node:path';

interface Test {
  readonly path: string;
}

/** Those that wait for minutes, so that the others run beside them. */
const first = ['rfc2136.test.js', 'provider-faults.test.js', 'kill.test.js'];

/** The order of test files: the long ones at once, then large before small; the same on every machine. */
function Sequencer() {
  const rank = ({ path }: Test): number => {
    const place = /\/live\//.test(path) ? first.indexOf(basename(path)) : -1;
    return place < 0 ? first.length : place;
  };
  return {
    sort(tests: Iterable<Test>): readonly Test[] {
      const sized = [...tests].map((test) => ({ test, rank: rank(test), size: statSync(test.path).size }));
      return sized.sort((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
    },
    cacheResults(): void {},
    allFailedTests: (tests: Iterable<Test>): readonly Test[] => [...tests],
    shard: (tests: Iterable<Test>): readonly Test[] => [...tests],
  };
}

export = Sequencer;
