import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readState } from '../../src/store/rows';

/** Whatever stands in a row is a state or a clear no; never an exception. */
test('any text in a row of the state', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('[['.repeat(50_000), '{"durable":{"__proto__":[]}}'),
  );
  fc.assert(fc.property(json, (text) => expect(readState(text)).toBeNull()));
});
