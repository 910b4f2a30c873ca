import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { valuesKey } from '../../src/domain/records';
import { hintsOf, normalSvcb, svcbKey, withHints } from '../../src/domain/svcb';
import { svcbFromWire, svcbToWire } from '../../src/domain/svcb-wire';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const example = '0003 666f6f 07 6578616d706c65 03 636f6d 00'.replace('0003', '03');

// RFC 9460 appendix D.
describe('the test vectors', () => {
  test.each([
    ['alias form', '0 foo.example.com', `0000 ${example}`],
    ['the name itself', '1 .', '0001 00'],
    ['port', '16 foo.example.com port=53', `0010 ${example} 0003 0002 0035`],
    ['an unknown key', '1 foo.example.com key667=hello', `0001 ${example} 029b 0005 68656c6c6f`],
    [
      'an unknown key with an escape',
      '1 foo.example.com key667=hello\\210qoo',
      `0001 ${example} 029b 0009 68656c6c6fd2716f6f`,
    ],
    [
      'two IPv6 hints',
      '1 foo.example.com ipv6hint="2001:db8::1,2001:db8::53:1"',
      `0001 ${example} 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001`,
    ],
    [
      'an IPv6 hint that ends as IPv4',
      '1 example.com ipv6hint="2001:db8:122:344::192.0.2.33"',
      '0001 07 6578616d706c65 03 636f6d 00 0006 0010 20010db8012203440000 0000c0000221',
    ],
    [
      'mandatory keys, sorted in the rdata',
      '16 foo.example.org alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
      '0010 03666f6f076578616d706c65036f726700 0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201',
    ],
    [
      'commas and backslashes in an ALPN id',
      '16 foo.example.org alpn="f\\\\\\\\oo\\\\,bar,h2"',
      '0010 03666f6f076578616d706c65036f726700 0001 000c 08 665c6f6f2c626172 02 6832',
    ],
    [
      'the same by numbers and without quotes',
      '16 foo.example.org alpn=f\\\\\\092oo\\092,bar,h2',
      '0010 03666f6f076578616d706c65036f726700 0001 000c 08 665c6f6f2c626172 02 6832',
    ],
  ])('%s', (_what, text, wire) => {
    expect(Buffer.from(svcbToWire(text) ?? []).toString('hex')).toBe(wire.replace(/\s/g, ''));
    const back = svcbFromWire(hex(wire));
    expect(back).not.toBeNull();
    expect(Buffer.from(svcbToWire(back ?? '') ?? []).toString('hex')).toBe(wire.replace(/\s/g, ''));
  });

  test.each([
    ['a key twice', '1 foo.example.com key123=abc key123=def'],
    ['no list of mandatory keys', '1 foo.example.com mandatory'],
    ['no list of protocols', '1 foo.example.com alpn'],
    ['an empty list of protocols', '1 foo.example.com alpn=""'],
    ['no port', '1 foo.example.com port'],
    ['a port that is none', '1 foo.example.com port=65536'],
    ['no IPv4 hint', '1 foo.example.com ipv4hint'],
    ['no IPv6 hint', '1 foo.example.com ipv6hint'],
    ['a value where none may be', '1 foo.example.com no-default-alpn=abc'],
    ['a mandatory key that is not there', '1 foo.example.com mandatory=key123'],
    ['mandatory as mandatory', '1 foo.example.com mandatory=mandatory'],
    ['a mandatory key twice', '1 foo.example.com mandatory=key123,key123 key123=abc'],
    ['a mandatory key that is none', '1 foo.example.com mandatory=key'],
    ['hints by their number, where they would not be seen', '1 . key4=\\192\\000\\002\\001'],
    ['quotes in the middle of a value', '1 . key667=a"b"'],
    ['a target that is no name', '1 a..b'],
    ['an address that is none', '1 . ipv4hint=192.0.2.256'],
    ['no priority', 'foo.example.com'],
    ['a priority too high', '65536 .'],
  ])('%s is refused', (_what, text) => {
    const wire = svcbToWire(text);
    expect(wire).toBeNull();
  });

  test.each([
    ['keys out of order', '0001 00 0003 0002 0035 0001 0003 02 6832'],
    ['a key twice', '0001 00 0003 0002 0035 0003 0002 0035'],
    ['mandatory keys out of order', '0001 00 0000 0004 0004 0001 0001 0003 02 6832 0004 0004 c0000201'],
    ['a mandatory key that is not there', '0001 00 0000 0002 0004'],
    ['half an address', '0001 00 0004 0002 c000'],
    ['no address', '0001 00 0004 0000'],
    ['an empty ALPN id', '0001 00 0001 0001 00'],
    ['an ALPN id that goes beyond its list', '0001 00 0001 0002 02 68'],
    ['a port of three octets', '0001 00 0003 0003 003500'],
    ['a value where none may be', '0001 00 0002 0001 61'],
    ['the key that is invalid', '0001 00 ffff 0000'],
    ['a length beyond the end', '0001 00 029b 0009 61'],
    ['a compressed name', '0001 c00c'],
    ['a label that is no part of a name', '0001 03 612062 00'],
    ['a name that never ends', '0001 03 616263'],
    ['a name too long', `0001 ${`3f ${'61'.repeat(63)}`.repeat(4)} 00`],
  ])('rdata with %s is refused', (_what, wire) => expect(svcbFromWire(hex(wire))).toBeNull());
});

describe('normal form', () => {
  test.each([
    ['1 . ALPN="h2,h3" ipv4hint=198.51.100.8,198.51.100.7', '1 . alpn=h2,h3 ipv4hint=198.51.100.8,198.51.100.7'],
    [
      '1  WWW.Example.Test. ipv6hint=2001:DB8:0::1 ipv4hint=192.0.2.1',
      '1 WWW.Example.Test ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
    ],
    [
      '1 . mandatory=IPv4Hint,alpn ipv4hint=192.0.2.1 alpn=h2',
      '1 . mandatory=alpn,ipv4hint alpn=h2 ipv4hint=192.0.2.1',
    ],
    ['1 . key667=a\\"b ipv4hint=192.0.2.1', '1 . ipv4hint=192.0.2.1 key667=a\\"b'],
    ['1 . key7="/q{?dns}" ipv4hint=192.0.2.1', '1 . ipv4hint=192.0.2.1 dohpath=/q{?dns}'],
    ['1 . no-default-alpn port=443', '1 . no-default-alpn port=443'],
  ])('%s', (text, normal) => expect(normalSvcb(text)).toBe(normal));

  test('is its own normal form, and survives the wire', () => {
    // A name server compares octets: what is read must be said again as it is.
    const v4 = fc.ipV4();
    const v6 = fc.ipV6();
    const hint = <T>(key: string, one: fc.Arbitrary<T>) =>
      fc.option(
        fc.array(one, { minLength: 1, maxLength: 4 }).map((list) => `${key}=${list.join(',')}`),
        { nil: '' },
      );
    const value = fc
      .tuple(
        fc.integer({ min: 1, max: 65_535 }),
        hint('ipv4hint', v4),
        hint('ipv6hint', v6),
        fc.constantFrom('', 'alpn=h2,h3', 'port=8443'),
      )
      .map(([priority, ...params]) => `${priority} . ${params.filter((one) => one !== '').join(' ')}`);
    fc.assert(
      fc.property(value, (text) => {
        const normal = normalSvcb(text);
        expect(normal).not.toBeNull();
        expect(normalSvcb(normal ?? '')).toBe(normal);
        expect(svcbFromWire(svcbToWire(normal ?? '') ?? new Uint8Array())).toBe(normal);
      }),
    );
  });

  test('hostile bytes are a value in normal form or nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = svcbFromWire(bytes);
        if (text !== null) expect(svcbToWire(normalSvcb(text) ?? '')).toEqual(bytes);
      }),
    );
    const label = fc.uint8Array({ minLength: 1, maxLength: 6 });
    const values = fc.array(fc.tuple(fc.nat(12), fc.uint8Array({ maxLength: 20 })), { maxLength: 5 });
    let read = 0;
    const nearly = fc.property(fc.array(label, { maxLength: 3 }), values, (labels, params) => {
      const name = [...labels.flatMap((one) => [one.length, ...one]), 0];
      const inOrder = params
        .sort(([left], [right]) => left - right)
        .filter(([key], index) => params[index - 1]?.[0] !== key);
      const rest = inOrder.flatMap(([key, data]) => [0, key, 0, data.length, ...data]);
      const bytes = Uint8Array.from([0, 1, ...name, ...rest]);
      const text = svcbFromWire(bytes);
      if (text === null) return;
      read += 1;
      expect(normalSvcb(text)).toBe(text);
      expect(svcbToWire(text)).toEqual(bytes);
    });
    fc.assert(nearly, { numRuns: 1_000 });
    expect(read).toBeGreaterThan(20);
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void normalSvcb(text)));
  });
});

describe('hints', () => {
  const both = { A: ['198.51.100.7'], AAAA: ['2001:db8::7'] };
  test.each([
    [
      'both families',
      '1 . alpn=h2 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
      both,
      '1 . alpn=h2 ipv4hint=198.51.100.7 ipv6hint=2001:db8::7',
    ],
    [
      'a family the site lacks loses its hint',
      '1 . ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
      { ...both, AAAA: [] },
      '1 . ipv4hint=198.51.100.7',
    ],
    ['without hints it stays as it is', '1 . alpn=h2', both, '1 . alpn=h2'],
    [
      'ech stays',
      '1 . ipv4hint=192.0.2.1 ech=AEX+DQ==',
      both,
      '1 . ipv4hint=198.51.100.7 ech=AEX+DQ== ipv6hint=2001:db8::7',
    ],
    [
      'a hint that is lost is mandatory no more',
      '1 . mandatory=alpn,ipv6hint alpn=h2 ipv6hint=2001:db8::1',
      { ...both, AAAA: [] },
      '1 . mandatory=alpn alpn=h2 ipv4hint=198.51.100.7',
    ],
    [
      'nor is anything else, when it was the only one',
      '1 . mandatory=ipv6hint ipv6hint=2001:db8::1',
      { ...both, AAAA: [] },
      '1 . ipv4hint=198.51.100.7',
    ],
  ])('%s', (_what, value, addresses, moved) => {
    expect(withHints(value, addresses)).toBe(moved);
    expect(normalSvcb(moved)).toBe(moved);
  });

  test('in another order, or to a target in other letters, are the same', () => {
    const one = '1 CDN.Example. alpn=h2 ipv4hint=192.0.2.9,192.0.2.10';
    const other = '1 cdn.example alpn=h2 ipv4hint=192.0.2.10,192.0.2.9,192.0.2.9';
    expect(svcbKey(one)).toBe(svcbKey(other));
    expect(valuesKey([{ type: 'HTTPS', ttl: 60, values: [one] }])).toBe(
      valuesKey([{ type: 'HTTPS', ttl: 5, values: [other] }]),
    );
    expect(svcbKey(one)).not.toBe(svcbKey('1 cdn.example alpn=h3 ipv4hint=192.0.2.9,192.0.2.10'));
  });

  test('are read from a value', () => {
    expect(hintsOf('1 . ipv4hint=192.0.2.1 ipv6hint=2001:db8::1')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(hintsOf('nonsense')).toEqual([]);
  });
});
