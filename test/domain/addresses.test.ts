import { describe, expect, test } from '@jest/globals';
import { type AddressKind, addressKind, addressRefusal } from '../../src/domain/addresses';

const rows: readonly (readonly [string, AddressKind])[] = [
  // public, documentation ranges included
  ['8.8.8.8', 'public'],
  ['192.0.2.1', 'public'],
  ['198.51.100.7', 'public'],
  ['203.0.113.10', 'public'],
  ['2001:db8::10', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['[2001:DB8::10]', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['2002:808:808::1', 'public'],
  // loopback in every disguise
  ['127.0.0.1', 'loopback'],
  ['127.0.0.1.', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['127.1', 'loopback'],
  ['0177.0.0.1', 'loopback'],
  ['0x7f.0.0.1', 'loopback'],
  ['0x7f000001', 'loopback'],
  ['2130706433', 'loopback'],
  ['017700000001', 'loopback'],
  ['::1', 'loopback'],
  ['[::1]', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['[::ffff:7f00:1]', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['2002:7f00:1::', 'loopback'],
  // unspecified connects to this very machine on Linux
  ['0', 'unspecified'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['::ffff:0:0', 'unspecified'],
  // the rest of what is not for everybody
  ['10.0.0.1', 'private'],
  ['012.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['fd12:3456::1', 'private'],
  ['fec0::1', 'private'],
  ['64:ff9b:1::1', 'private'],
  ['100.64.0.1', 'cgnat'],
  ['100.127.255.255', 'cgnat'],
  ['169.254.0.1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['224.0.0.1', 'multicast'],
  ['ff02::1', 'multicast'],
  ['::ffff:8.8.8.8', 'mapped'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['192.0.0.8', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['100::1', 'reserved'],
  ['2001::1', 'reserved'],
  // metadata services
  ['169.254.169.254', 'metadata'],
  ['0xa9fea9fe', 'metadata'],
  ['2852039166', 'metadata'],
  ['::ffff:a9fe:a9fe', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['FD00:0EC2::0254', 'metadata'],
  // no address
  ['', 'none'],
  ['www.example.com', 'none'],
  ['256.1.1.1', 'none'],
  ['1.2.3.4.5', 'none'],
  ['08.0.0.1', 'none'],
  ['0x1ffffffff', 'none'],
  ['4294967296', 'none'],
  ['1:2:3', 'none'],
  [':::', 'none'],
  ['user@127.0.0.1', 'none'],
  ['9'.repeat(81), 'none'],
];

describe('addressKind', () => {
  test.each(rows)('%s is %s', (text, kind) => {
    expect(addressKind(text)).toBe(kind);
  });
});

describe('addressRefusal', () => {
  test.each([
    ['203.0.113.10', null, null],
    ['127.0.0.1', /loopback/, null],
    ['10.0.0.1', /private/, null],
    ['fe80::1', /link-local/, null],
    ['169.254.169.254', /metadata/, /metadata/],
    ['fd00:ec2::254', /metadata/, /metadata/],
    ['www.example.com', /not an IP address/, /not an IP address/],
  ] as const)('%s', (text, strict, allowing) => {
    for (const [allowPrivate, expected] of [[false, strict] as const, [true, allowing] as const]) {
      const refusal = addressRefusal(text, allowPrivate);
      if (expected === null) expect(refusal).toBeNull();
      else expect(refusal).toMatch(expected);
    }
  });
});
