import { relative } from 'node:path';
import { longestSpelling, spilt } from '../canary';

/** What a reporter is told of a test file; as much of it as is used here. */
interface FileResult {
  readonly testFilePath: string;
  readonly console?: unknown;
  readonly failureMessage?: unknown;
  readonly testResults: unknown;
}

/**
 * Fails a run that shows the canary of the tests' secrets: in what a test file logged, in its names and failures, or in anything else
 * that is printed. It has to stand before the other reporters: they write through what stands here.
 */
function Spill() {
  const found: string[] = [];
  const add = (one: readonly string[]): void => void found.push(...one.filter((line) => !found.includes(line)));
  listen(process.stdout, (text) => add(spilt([['the output of the run', text]])));
  listen(process.stderr, (text) => add(spilt([['the output of the run', text]])));
  process.once('exit', () => {
    if (found.length === 0) return;
    process.exitCode = 1;
    process.stderr.write(`\na secret was shown:\n${found.join('\n')}\n`);
  });
  return {
    onTestResult(_test: unknown, { testFilePath, console, failureMessage, testResults }: FileResult): void {
      add(spilt([[relative('.', testFilePath), JSON.stringify({ console, failureMessage, testResults })]]));
    },
    getLastError(): Error | undefined {
      return found[0] === undefined ? undefined : new Error(found[0]);
    },
  };
}

/** Hears all that is written to a stream, with the end of the piece before. */
function listen(stream: NodeJS.WriteStream, hear: (text: string) => void): void {
  let end = '';
  stream.write = new Proxy(stream.write, {
    apply(write, _self, args: readonly unknown[]): unknown {
      const [chunk] = args;
      const text = end + (chunk instanceof Uint8Array ? Buffer.from(chunk).toString('latin1') : String(chunk));
      end = text.slice(1 - longestSpelling);
      hear(text);
      return Reflect.apply(write, stream, args);
    },
  });
}

export = Spill;
