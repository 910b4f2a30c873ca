import { describe, expect, test } from '@jest/globals';
import { create } from '../../providers/rfc2136/rfc2136';
import { parseSettings } from '../../providers/rfc2136/settings';

const secret = Buffer.alloc(32, 'secret of the tests').toString('base64');
const env = { RFC2136_SERVER: '192.0.2.53', RFC2136_TSIG_NAME: 'failoverd', RFC2136_TSIG_SECRET: secret };
const input = (
  over: Readonly<Record<string, string>> = {},
  record = 'www.example.test',
  zone: string | null = null,
) => ({
  record,
  zone,
  ttl: 60,
  env: { ...env, ...over },
  directory: '/nonexistent',
  mixedFamilies: false,
});

describe('RFC2136_SERVER', () => {
  test.each([
    ['192.0.2.53', '192.0.2.53', 53],
    ['192.0.2.53:5353', '192.0.2.53', 5353],
    ['2001:DB8::53', '2001:db8::53', 53],
    ['[2001:db8::53]', '2001:db8::53', 53],
    ['[2001:db8::53]:5353', '2001:db8::53', 5353],
    ['NS1.example.net.', 'ns1.example.net', 53],
    ['ns1.example.test:5353', 'ns1.example.test', 5353],
    ['localhost:5353', 'localhost', 5353],
  ])('%s', (text, host, port) => {
    expect(parseSettings(input({ RFC2136_SERVER: text }))).toMatchObject({ ok: true, settings: { host, port } });
  });

  test.each([
    '',
    ':53',
    '192.0.2.53:',
    '192.0.2.53:0',
    '192.0.2.53:65536',
    '192.0.2.300',
    '1.2.3',
    '2001:db8::g',
    '[192.0.2.1]:53',
    'a b',
    'http://ns1',
    'ns1:53:53',
    '-x',
  ])('%j is refused', (text) => {
    const problem = { name: 'RFC2136_SERVER', why: expect.stringContaining('is not host[:port]') };
    expect(parseSettings(input({ RFC2136_SERVER: text }))).toMatchObject({ ok: false, problems: [problem] });
  });

  test.each([
    ['www.example.test', 'www.example.test'],
    ['www.example.test', 'ns.www.example.test'],
    ['*.apps.example.test', 'ns.apps.example.test'],
  ])('managing %s, the server %s is refused: it would be lost with the record', (record, server) => {
    const problem = { name: 'RFC2136_SERVER', why: expect.stringContaining('lies in the managed name') };
    expect(parseSettings(input({ RFC2136_SERVER: server }, record))).toMatchObject({ ok: false, problems: [problem] });
  });

  test.each([
    ['www.example.test', 'ns.example.test'],
    ['www.example.test', 'xwww.example.test'],
    ['*.apps.example.test', 'apps.example.test'],
  ])('managing %s, the server %s is fine', (record, server) => {
    expect(parseSettings(input({ RFC2136_SERVER: server }, record)).ok).toBe(true);
  });
});

describe('the key', () => {
  test.each([
    ['hmac-sha256', 'hmac-sha256'],
    ['HMAC-SHA384.', 'hmac-sha384'],
    ['hmac-sha512', 'hmac-sha512'],
  ])('algorithm %s', (text, algorithm) => {
    expect(parseSettings(input({ RFC2136_TSIG_ALGORITHM: text }))).toMatchObject({ settings: { key: { algorithm } } });
  });

  test('hmac-sha256 by default, name in normal form', () => {
    const parsed = parseSettings(input({ RFC2136_TSIG_NAME: 'Failoverd.1.' }));
    const key = { name: 'failoverd.1', algorithm: 'hmac-sha256', secret: Buffer.from(secret, 'base64') };
    expect(parsed).toMatchObject({ ok: true, settings: { key } });
  });

  test.each([
    ['RFC2136_TSIG_ALGORITHM', 'hmac-md5.sig-alg.reg.int'],
    ['RFC2136_TSIG_ALGORITHM', 'hmac-sha1'],
    ['RFC2136_TSIG_ALGORITHM', 'sha256'],
    ['RFC2136_TSIG_ALGORITHM', '__proto__'],
    ['RFC2136_TSIG_NAME', ''],
    ['RFC2136_TSIG_NAME', 'a..b'],
    ['RFC2136_TSIG_NAME', 'a key'],
    ['RFC2136_TSIG_NAME', `${'x'.repeat(64)}.test`],
    ['RFC2136_TSIG_NAME', 'xy.'.repeat(90)],
    ['RFC2136_TSIG_SECRET', ''],
    ['RFC2136_TSIG_SECRET', 'not base64!'],
    ['RFC2136_TSIG_SECRET', secret.slice(0, -1)],
    ['RFC2136_TSIG_SECRET', `"${secret}"`],
    ['RFC2136_TSIG_SECRET', '===='],
  ])('%s=%j is refused, and never shown if it is secret', (name, value) => {
    const parsed = parseSettings(input({ [name]: value }));
    expect(parsed).toMatchObject({ ok: false, problems: [{ name }] });
    if (name === 'RFC2136_TSIG_SECRET' && value !== '') expect(JSON.stringify(parsed)).not.toContain(value);
  });

  test('none at all: every missing part is named at once, even for loopback', async () => {
    const created = await create({ ...input(), env: { RFC2136_SERVER: '127.0.0.1' } });
    expect(created).toMatchObject({
      ok: false,
      problems: [
        { name: 'RFC2136_TSIG_NAME', why: expect.stringContaining('unsigned updates are not sent') },
        { name: 'RFC2136_TSIG_SECRET', why: 'is not set' },
      ],
    });
  });
});

test.each(['other.test', 'ample.test', '', 'x.www.example.test'])(
  'FAILOVERD_ZONE=%j does not hold the record',
  (zone) => {
    const parsed = parseSettings(input({}, 'www.example.test', zone));
    expect(parsed).toMatchObject({ ok: false, problems: [{ name: 'FAILOVERD_ZONE' }] });
  },
);

test('a record whose marker would be too long a name is refused', () => {
  const record = `${`${'x'.repeat(48)}.`.repeat(4)}${'y'.repeat(48)}.test`;
  expect(record.length).toBe(249);
  expect(parseSettings(input({}, record))).toMatchObject({ ok: false, problems: [{ name: 'FAILOVERD_RECORD' }] });
});
