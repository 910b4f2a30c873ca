import { expect, test } from '@jest/globals';
import { createFailbackWindow } from '../src/failback-window';

const at = (text: string): number => new Date(text).getTime();

test.each([
  [[], '2026-11-23T03:00:00', false, true],
  [[], '2026-11-23T03:00:00', true, true],
  [['* 9-16 * * 1-5'], '2026-11-23T09:00:00', false, true],
  [['* 9-16 * * 1-5'], '2026-11-23T16:59:59.999', false, true],
  [['* 9-16 * * 1-5'], '2026-11-23T17:00:00', false, false],
  [['* 9-16 * * 1-5'], '2026-11-23T08:59:59.999', false, false],
  [['* 9-16 * * 1-5'], '2026-11-22T12:00:00', false, false],
  [['* 9-16 * * 1-5'], '2026-11-23T12:00:37', true, false],
  [['* 2 * * *', '* 4 * * *'], '2026-11-23T04:30:00', false, true],
  [['* 2 * * *', '* 4 * * *'], '2026-11-23T03:30:00', false, false],
] as const)('window %j at %s, clock suspect %s: open %s', (expressions, text, suspect, open) => {
  const window = createFailbackWindow(expressions);
  expect(window.isOpen(at(text), suspect)).toBe(open);
  window.close();
});
