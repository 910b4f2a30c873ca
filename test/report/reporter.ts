import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Card, cardFolder } from '../providers/conformance-scene';
import { page } from './page';
import { type Column, type Mark, notes, plainTable, summary } from './table';

/** What a reporter is told of a test file; as much of it as is used here. */
interface FileResult {
  readonly testFilePath: string;
  readonly testExecError?: unknown;
  readonly testResults: readonly {
    readonly ancestorTitles: readonly string[];
    readonly title: string;
    readonly status: string;
  }[];
}

/**
 * After every run with conformance tests: the table of clauses and adapters; with CONFORMANCE_PAGE, that file too.
 *
 * Also names why a run that passed ends with status 1: code of a finished test file that still ran (it required a module or logged) makes
 * the test runner set the exit code, with no more than a line somewhere above.
 */
function Reporter() {
  const marks = new Map<string, Map<string, Mark>>();
  const late: string[] = [];

  let failed = false;

  function add({ testResults, testExecError }: FileResult): void {
    if (testExecError !== undefined || testResults.some(({ status }) => status === 'failed')) failed = true;
    for (const { ancestorTitles, title, status } of testResults) {
      const [, adapter] = /^provider (.+)$/.exec(ancestorTitles.at(-1) ?? '') ?? [];
      if (adapter === undefined) continue;
      const column = marks.get(adapter) ?? new Map<string, Mark>();
      marks.set(adapter, column.set(title, status === 'passed' ? 'pass' : status === 'failed' ? 'fail' : 'not run'));
    }
  }

  return {
    onRunStart(): void {
      rmSync(cardFolder, { recursive: true, force: true });
      mkdirSync(cardFolder, { recursive: true });
    },
    onTestResult(_test: unknown, result: FileResult): void {
      add(result);
      const { exitCode } = process;
      if (exitCode === undefined || exitCode === 0 || late.length > 0) return;
      late.push(
        `exit code ${exitCode} was set by the time ${relative('.', result.testFilePath)} had run: something ran on after the tests ` +
          'of its file; look above for "torn down" or "after tests are done"',
      );
    },
    onRunComplete(): void {
      const cards = cardsByAdapter();
      const columns = [...marks].flatMap(([adapter, column]): readonly Column[] => {
        const card = cards.get(adapter);
        return card === undefined ? [] : [{ card, marks: withExcuses(column, card) }];
      });
      columns.sort((left, right) => (left.card.adapter < right.card.adapter ? -1 : 1));
      if (columns.length > 0) {
        process.stderr.write(`\n${[plainTable(columns), '', summary(columns), ...notes(columns)].join('\n')}\n`);
        const { CONFORMANCE_PAGE: path } = process.env;
        if (path !== undefined) writeFileSync(path, page(columns));
      }
      for (const line of late) process.stderr.write(`\n${line}\n`);
      process.once('exit', (code) => {
        if (code === 0 || failed || late.length > 0) return;
        process.stderr.write(
          `\nexit code ${code} though nothing failed: something ran on after the last test file; its trace is above\n`,
        );
      });
    },
    getLastError(): Error | undefined {
      return late[0] === undefined ? undefined : new Error(late[0]);
    },
  };
}

function cardsByAdapter(): ReadonlyMap<string, Card> {
  const cards = readdirSync(cardFolder).map((name): Card => JSON.parse(readFileSync(join(cardFolder, name), 'utf8')));
  return new Map(cards.map((card) => [card.adapter, card]));
}

function withExcuses(column: ReadonlyMap<string, Mark>, card: Card): ReadonlyMap<string, Mark> {
  return new Map(
    [...column].map(([clause, mark]) => [clause, mark === 'pass' && clause in card.excused ? 'excused' : mark]),
  );
}

export = Reporter;
