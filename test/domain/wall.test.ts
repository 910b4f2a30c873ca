import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { utcText } from '../../src/domain/wall';

test('what the language itself writes, but for empty milliseconds', () => {
  const wallMs = fc.integer({ min: 0, max: Date.UTC(9999, 0) });
  fc.assert(
    fc.property(wallMs, (ms) => utcText(ms) === new Date(ms).toISOString().replace('.000Z', 'Z')),
    { numRuns: 2_000 },
  );
  for (const text of [
    '2024-02-29T23:59:59Z',
    '2024-03-01T00:00:00Z',
    '2000-02-29T00:00:00Z',
    '2100-03-01T12:00:00.007Z',
  ])
    expect(utcText(Date.parse(text))).toBe(text);
});
