import { expect, test } from '@jest/globals';
import { paint } from '../../src/cli/table';
import { whyText } from '../../src/cli/why';
import { why } from '../../src/domain/why';
import { a, b, benchOf, c, fail, foundAt, policyOf } from '../domain/fixtures';

function explained() {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  bench.see(a, fail('tls'));
  return why(bench.view());
}

test('the answer is the first line; then sites, guards, and what could happen next', () => {
  const lines = whyText(explained(), paint(false)).split('\n');
  expect(lines[0]).toMatch(/^www\.example\.test stays at asia-east1: it fails, but for 0ms of the 20s/);
  const text = lines.join('\n');
  for (const line of [
    '\nsites (1 of 1 must agree, one voice per failure domain)\n',
    '* asia-east1    up  0 down, 1 up, 0 recovering of 1 fresh; 1 needed  1 fails over 0ms',
    'cannot serve: its newest probe failed (tls)\n      failed 0ms ago: tls: injected tls\n',
    '\n  refuses  not-down      asia-east1 is not failing long enough: 1 of 3 fails, 0ms of 20s\n',
    'clears: 3 consecutive fails over 20s, seen by 1 of the vantages; earliest in 20s\n',
    '\n  passes   no-standby    europe-west1 can serve: it is up\n',
    'failover to europe-west1 in 20s at the earliest, if asia-east1 fails from now on, a standby serves',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('\u001b');
});

test('in colour on a terminal, the same words', () => {
  const text = whyText(explained(), paint(true));
  expect(text).toContain('\u001b[1m');
  expect(
    text
      .split('\u001b')
      .map((part) => part.replace(/^\[\d+m/, ''))
      .join(''),
  ).toBe(whyText(explained(), paint(false)));
});
