import { describe, expect, test } from '@jest/globals';
import { printable } from '../../src/domain/printable';
import { classify } from '../../src/probe/classify';

const coded = (code: string, cause?: unknown): Error =>
  Object.assign(new Error(`text of ${code}`, { cause }), { code });

function blamed(error: unknown): string {
  const blame = classify(error);
  if (blame.side === 'theirs') return blame.class;
  return blame.exhausted ? 'exhausted' : 'ours';
}

describe('classify', () => {
  test.each([
    ['ECONNREFUSED', 'connect'],
    ['EHOSTUNREACH', 'connect'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['ENOTFOUND', 'dns'],
    ['HPE_INVALID_CONSTANT', 'protocol'],
    ['HPE_SOMETHING_NEW', 'protocol'],
    ['HPE_HEADER_OVERFLOW', 'oversize'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_SSL_SOMETHING_NEW', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    // P19 and its kin: nothing of this is the site's fault
    ['EMFILE', 'exhausted'],
    ['ENFILE', 'exhausted'],
    ['ENOMEM', 'exhausted'],
    ['ENOBUFS', 'exhausted'],
    ['EADDRNOTAVAIL', 'ours'],
    ['ENETUNREACH', 'ours'],
    ['EACCES', 'ours'],
    ['EPERM', 'ours'],
    ['EAI_AGAIN', 'ours'],
    ['ESOMETHINGNEW', 'ours'],
    ['__proto__', 'ours'],
  ])('%s: %s', (code, expected) => {
    expect(blamed(coded(code))).toBe(expected);
  });

  test('looks for a code it knows down the causes, but not for ever', () => {
    expect(blamed(coded('ERR_NETWORK', coded('ERR_WRAPPED', coded('ECONNREFUSED'))))).toBe('connect');
    let deep = coded('ECONNREFUSED');
    for (let depth = 0; depth < 8; depth++) deep = coded('ERR_WRAPPED', deep);
    expect(blamed(deep)).toBe('ours');
    const circular = coded('ERR_WRAPPED');
    circular.cause = circular;
    expect(blamed(circular)).toBe('ours');
  });

  test.each([['text'], [null], [undefined], [7], [{ code: 'ECONNREFUSED' }]])('%p is no error', (thrown) => {
    expect(blamed(thrown)).toBe('ours');
  });
});

describe('printable', () => {
  test.each([
    ['plain, ünïcode 日本 🙂', 'plain, ünïcode 日本 🙂'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\x1b[2J\x00\x7f\x9b', '\\x1b[2J\\x00\\x7f\\x9b'],
    ['\u202egnp.exe\u2028\ufeff', '\\u{202e}gnp.exe\\u{2028}\\u{feff}'],
    ['\ud800 alone', '\\u{d800} alone'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), `${'x'.repeat(199)}…`],
    ['\n'.repeat(150), `${'\\n'.repeat(99)}\\…`],
  ])('%j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});
