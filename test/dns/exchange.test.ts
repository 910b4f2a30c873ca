import { expect, test } from '@jest/globals';
import { failureCode } from '../../src/dns/exchange';

const rows: readonly (readonly [string, boolean, ReturnType<typeof failureCode>])[] = [
  ['ECONNREFUSED', true, 'refused-connection'],
  ['ECONNRESET', true, 'reset'],
  ['ENETUNREACH', false, 'no-route'],
  ['ENETUNREACH', true, 'unreachable'],
  ['EADDRNOTAVAIL', false, 'no-route'],
  ['EADDRNOTAVAIL', true, 'local'],
  ['EHOSTUNREACH', false, 'unreachable'],
  ['ETIMEDOUT', true, 'unreachable'],
  ['EMFILE', false, 'local'],
  ['EACCES', false, 'local'],
];
test.each(rows)('%s, sent: %p, is %s', (errno, sent, expected) => expect(failureCode(errno, sent)).toBe(expected));
