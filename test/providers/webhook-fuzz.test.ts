import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFilters, serves } from '../../providers/webhook/filters';

/** Whatever a webhook answers to the negotiation is filters that can be used, or null; never an exception. */
test('any body for the filters', () => {
  const list = fc.oneof(
    fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.anything()), { maxLength: 3 }),
    fc.anything(),
  );
  const body = fc.oneof(
    fc.anything({ withNullPrototype: true }),
    fc.dictionary(fc.constantFrom('include', 'exclude', 'regexInclude', 'regexExclude', '__proto__'), list),
  );
  fc.assert(
    fc.property(body, (answer) => {
      const filters = readFilters(answer);
      if (filters !== null) expect(typeof serves(filters, 'www.example.test')).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});
