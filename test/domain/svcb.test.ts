import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hintsOf, normalSvcb, withHints } from '../../src/domain/svcb';
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
      '1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1',
      `0001 ${example} 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001`,
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
  ])('%s', (_what, text, wire) => {
    expect(Buffer.from(svcbToWire(text) ?? []).toString('hex')).toBe(wire.replace(/\s/g, ''));
    const back = svcbFromWire(hex(wire));
    expect(back).not.toBeNull();
    expect(Buffer.from(svcbToWire(back ?? '') ?? []).toString('hex')).toBe(wire.replace(/\s/g, ''));
  });

  test.each([
    ['a key twice', '1 foo.example.com key123=abc key123=def'],
    ['a mandatory key that is none', '1 foo.example.com mandatory=key'],
    ['an address that is none', '1 . ipv4hint=192.0.2.256'],
    ['no priority', 'foo.example.com'],
    ['a priority too high', '65536 .'],
  ])('%s is refused', (_what, text) => {
    const wire = svcbToWire(text);
    expect(wire).toBeNull();
  });
});

describe('normal form', () => {
  test.each([
    ['1 . ALPN="h2,h3" ipv4hint=198.51.100.8,198.51.100.7', '1 . alpn=h2,h3 ipv4hint=198.51.100.7,198.51.100.8'],
    [
      '1  WWW.Example.Test. ipv6hint=2001:DB8:0::1 ipv4hint=192.0.2.1',
      '1 www.example.test ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
    ],
    ['1 . no-default-alpn port=443', '1 . no-default-alpn port=443'],
  ])('%s', (text, normal) => expect(normalSvcb(text)).toBe(normal));

  test('is its own normal form, and survives the wire', () => {
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
        if (text !== null) expect(text.length).toBeLessThan(1_000);
      }),
    );
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
  ])('%s', (_what, value, addresses, moved) => expect(withHints(value, addresses)).toBe(moved));

  test('are read from a value', () => {
    expect(hintsOf('1 . ipv4hint=192.0.2.1 ipv6hint=2001:db8::1')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(hintsOf('nonsense')).toEqual([]);
  });
});
