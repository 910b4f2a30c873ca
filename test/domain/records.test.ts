import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ipv6Groups, normalIpv4, normalIpv6 } from '../../src/domain/address-text';
import {
  isHostName,
  markerName,
  markerText,
  normalName,
  normalValue,
  parseMarker,
  type RecordSet,
  recordSet,
  sameValues,
  valuesKey,
} from '../../src/domain/records';

test.each([
  ['203.0.113.10', '203.0.113.10'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['256.0.0.1', null],
  ['203.0.113', null],
  ['203.0.113.010', null],
  ['203.0.113.0x10', null],
  ['3405803786', null],
  ['203.0.113.10.', null],
  ['203.0.113.10 ', null],
  ['٢.0.113.10', null],
  ['', null],
])('IPv4 %j is %j', (text, normal) => {
  expect(normalIpv4(text)).toBe(normal);
});

test.each([
  // RFC 5952, section 4
  ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::0:1', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:DB8::ABCD', '2001:db8::abcd'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['1::8', '1::8'],
  ['::ffff:203.0.113.10', '::ffff:cb00:710a'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4:5:6:c000:221'],
  // not addresses
  ['', null],
  [':', null],
  [':::', null],
  ['1:2:3:4:5:6:7', null],
  ['1:2:3:4:5:6:7:8:9', null],
  ['1:2:3:4:5:6:7:8::', null],
  ['1::2::3', null],
  [':1:2:3:4:5:6:7', null],
  ['1:2:3:4:5:6:7:', null],
  ['12345::', null],
  ['g::1', null],
  ['fe80::1%eth0', null],
  ['[2001:db8::1]', null],
  ['2001:db8::1/64', null],
  ['203.0.113.10', null],
  ['203.0.113.10::', null],
  ['203.0.113.10::1', null],
  ['1:203.0.113.10::1', null],
  ['::203.0.113.10:1', null],
  ['::203.0.113.256', null],
  ['::1.2.3', null],
  [`::${'0'.repeat(60)}1`, null],
])('IPv6 %j is %j', (text, normal) => {
  expect(normalIpv6(text)).toBe(normal);
});

test('every spelling of an IPv6 address has one normal form', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 8, maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      (groups, upper, padded) => {
        const hex = groups.map((one) => one.toString(16).padStart(padded ? 4 : 1, '0')).join(':');
        const normal = normalIpv6(upper ? hex.toUpperCase() : hex);
        expect(normal).not.toBeNull();
        expect(ipv6Groups(normal ?? '')).toEqual(groups);
        expect(normalIpv6(normal ?? '')).toBe(normal);
        expect(new URL(`http://[${hex}]/`).hostname).toBe(`[${normal}]`);
      },
    ),
  );
});

test('no text makes it throw, and what it takes for an address the URL parser takes for the same one', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('0', '1', 'f', ':', '::', '.', '1.2.3.4', '%', 'g')).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (address) => {
      const normal = normalIpv6(address);
      let parsed: string | null;
      try {
        parsed = new URL(`http://[${address}]/`).hostname;
      } catch {
        parsed = null;
      }
      if (/^[0-9a-f:.]*$/.test(address)) expect(normal === null ? null : `[${normal}]`).toBe(parsed);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['www.Example.TEST.', 'www.example.test'],
  [' www.example.test ', 'www.example.test'],
  ['.', ''],
])('the name %j is %j', (name, normal) => {
  expect(normalName(name)).toBe(normal);
});

test.each([
  ['lb.example.test', true],
  ['_acme.lb.example.test', true],
  ['xn--bcher-kva.example', true],
  ['3com.example', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  [`${'a.'.repeat(126)}a`, true],
  [`${'a.'.repeat(127)}a`, false],
  ['-a.example', false],
  ['a-.example', false],
  ['a..example', false],
  ['', false],
  ['bücher.example', false],
  ['a b.example', false],
  ['203.0.113.10', false],
  ['203.0.113.300', false],
  ['lb.example.1', false],
])('%j is a host name: %s', (name, is) => {
  expect(isHostName(name)).toBe(is);
});

describe('a record set in normal form', () => {
  const rows: readonly [type: 'A' | 'AAAA' | 'CNAME', values: readonly string[], normal: readonly string[] | null][] = [
    ['A', ['203.0.113.10', ' 192.0.2.5', '203.0.113.10'], ['192.0.2.5', '203.0.113.10']],
    ['A', ['203.0.113.10', '2001:db8::1'], null],
    ['AAAA', ['2001:DB8:0::1', '2001:db8::1'], ['2001:db8::1']],
    ['AAAA', ['203.0.113.10'], null],
    ['CNAME', ['LB.Example.Test.'], ['lb.example.test']],
    ['CNAME', ['not a name'], null],
    ['CNAME', ['203.0.113.10'], null],
    ['A', [], []],
  ];
  test.each(rows)('%s %j', (type, values, normal) => {
    expect(recordSet(type, 60, values)).toEqual(normal === null ? null : { type, ttl: 60, values: normal });
  });

  test('normal values are their own normal form', () => {
    for (const [type, value] of [
      ['A', '192.0.2.5'],
      ['AAAA', '2001:db8::1'],
      ['CNAME', 'lb.example.test'],
    ] as const) {
      expect(normalValue(type, value)).toBe(value);
    }
  });
});

describe('the same values', () => {
  const one: RecordSet = { type: 'A', ttl: 60, values: ['192.0.2.5', '203.0.113.10'] };
  const six: RecordSet = { type: 'AAAA', ttl: 60, values: ['2001:db8::1'] };
  const rows: readonly [name: string, left: readonly RecordSet[], right: readonly RecordSet[], same: boolean][] = [
    ['another TTL', [one], [{ ...one, ttl: 300 }], true],
    ['another order of values', [one], [{ ...one, values: [...one.values].reverse() }], true],
    ['another order of sets', [one, six], [six, one], true],
    ['an empty set is no set', [one], [one, { ...six, values: [] }], true],
    ['one value less', [one], [{ ...one, values: ['192.0.2.5'] }], false],
    ['one set less', [one, six], [one], false],
    ['the same text as another type', [{ ...one, values: ['x'] }], [{ ...one, type: 'CNAME', values: ['x'] }], false],
    ['nothing and nothing', [], [], true],
  ];
  test.each(rows)('%s', (_name, left, right, same) => {
    expect(sameValues(left, right)).toBe(same);
    expect(valuesKey(left) === valuesKey(right)).toBe(same);
  });
});

describe('the marker', () => {
  test('stands beside the name, and beside a wildcard at a literal one', () => {
    expect(markerName('www.example.test')).toBe('_failoverd.www.example.test');
    expect(markerName('*.example.test')).toBe('_failoverd.wildcard.example.test');
  });

  test('reads back as it was written, and fits one TXT string', () => {
    const word = (max: number) => fc.stringMatching(/^[A-Za-z0-9._-]+$/).map((text) => text.slice(0, max));
    fc.assert(
      fc.property(word(80), fc.integer({ min: 0, max: 999_999_999_999_999 }), word(63), (owner, generation, site) => {
        const text = markerText({ owner, generation, site });
        expect(parseMarker(text)).toEqual({ owner, generation, site });
        expect(Buffer.byteLength(text)).toBeLessThan(256);
      }),
    );
  });

  test.each([
    'heritage=external-dns,external-dns/owner=default',
    'heritage=failoverd,owner=sre,generation=8',
    'heritage=failoverd,owner=sre,generation=-8,site=a',
    'heritage=failoverd,owner=sre,generation=8.5,site=a',
    'heritage=failoverd,owner=sre,generation=9007199254740993,site=a',
    'heritage=failoverd,owner=,generation=8,site=a',
    'heritage=failoverd,owner=a b,generation=8,site=a',
    'heritage=failoverd,owner=sre,generation=8,site=a,more=1',
    ' heritage=failoverd,owner=sre,generation=8,site=a',
    'heritage=failoverd,owner=sre,generation=8,site=a\n',
    '',
  ])('%j is not ours', (text) => {
    expect(parseMarker(text)).toBeNull();
  });
});
