import { describe, expect, test } from '@jest/globals';
import { isColoured, paint, table } from '../../src/cli/table';
import { cut, padded, widthOf, wrap } from '../../src/cli/width';

const red = (text: string): string => paint(true)('red', text);

test.each([
  ['', 0],
  ['asia-east1', 10],
  ['东京', 4],
  ['東京-1', 6],
  ['서울', 4],
  ['ｆｕｌｌ', 8],
  ['e\u0301', 1],
  ['🇩🇪', 2],
  ['👩‍💻', 2],
  ['✔\ufe0f', 2],
  ['→ … – ▁█', 8],
  [red('asia'), 4],
  [red('东京'), 4],
])('%j takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

test.each([
  ['asia-east1', 10, 'asia-east1'],
  ['asia-east1', 9, 'asia-eas…'],
  ['asia-east1', 1, '…'],
  ['asia-east1', 0, ''],
  ['东京东京', 8, '东京东京'],
  ['东京东京', 7, '东京东…'],
  ['东京东京', 6, '东京…'],
  [red('asia-east1'), 5, `${red('asia…').replace('…\u001b[0m', '')}…\u001b[0m`],
])('%j in %i columns is %j', (text, columns, wanted) => {
  expect(cut(text, columns)).toBe(wanted);
  expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(Math.max(0, columns));
});

describe('wrap', () => {
  test.each([
    ['one two three', 20, 'one two three'],
    ['one two three', 8, 'one two\n..three'],
    ['  one two three', 9, '  one two\n..three'],
    ['  why: 东京东京东京 x', 10, '  why:\n..东京东京\n..东京 x'],
    ['aaaaaaaaaaaa', 6, 'aaaa\n..aaaa\n..aaaa'],
  ])('%j in %i columns', (text, columns, wanted) => {
    expect(wrap(text, columns, '  ').replace(/\n {2}/g, '\n..')).toBe(wanted);
  });
});

test('columns are aligned by what is seen, whatever the letters and colours', () => {
  const rows = [
    ['site', 'verdict', 'last'],
    ['东京', red('down'), 'x'],
    ['asia-east1', 'up', 'x'],
  ];
  const lines = table(rows).split('\n');
  expect(lines.map((line) => widthOf(line.slice(0, line.length - (line.endsWith('x') ? 1 : 4))))).toEqual([21, 21, 21]);
  expect(padded('东京', 6)).toBe('东京  ');
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
])('terminal %j with %j: coloured %j', (isTty, env, coloured) => {
  expect(isColoured(isTty, env)).toBe(coloured);
});
