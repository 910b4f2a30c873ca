import { expect, test } from '@jest/globals';
import { notifyTest } from '../../src/cli/notify';
import { parse } from '../../src/cli/parse';
import { configOf } from '../config/fake-input';

const config = configOf({ FAILOVERD_NOTIFY: 'slack+https://hooks.example.com/a' });

test.each([
  ['a terminal', true, true, true],
  ['a terminal with NO_COLOR', true, false, false],
  ['a pipe', false, false, false],
  ['a pipe with FORCE_COLOR', false, true, true],
])('notify test on %s', async (_what, isTty, colour, isPainted) => {
  const parsed = parse(['notify', 'test']);
  if (!parsed.ok) throw new Error(parsed.why);
  let out = '';
  const say = (text: string): void => {
    out += text;
  };
  const terminal = { out: say, err: say, isTty, colour, columns: () => null };
  const input = {
    config,
    send: async () => ({ ok: true }) as const,
    wallMs: () => 0,
    redact: (text: string) => text,
  };
  expect(await notifyTest(input, parsed.options, terminal)).toBe(0);
  expect(out).toContain('taken');
  expect(out.includes('\u001b[')).toBe(isPainted);
});
