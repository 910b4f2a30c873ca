import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeBody } from '../../src/probe/expect';

/** Whatever a site answers, its body is as expected, or a short reason that can be printed says why not. */
test('any body, any coding, any pointer', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.constant(Buffer.from('['.repeat(100_000))),
  );
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  // The configuration lets no control character in.
  const pointer = fc.oneof(
    text.map((one) => one.replace(/\p{Cc}/gu, '')),
    fc.constantFrom('', '/', '/0', '/__proto__/constructor', '/~1~0'),
  );
  fc.assert(
    fc.property(body, fc.option(text, { nil: undefined }), pointer, text, (bytes, coding, at, value) => {
      const judged = judgeBody(bytes, coding, {
        status: [],
        body: null,
        json: { pointer: at, value },
        maxLatencyMs: null,
      });
      expect(judged === null || (judged.class === 'body' && !/\p{Cc}/u.test(judged.why))).toBe(true);
      expect(judged?.why.length ?? 0).toBeLessThan(2_000);
    }),
    { numRuns: 500 },
  );
});
