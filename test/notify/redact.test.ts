import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRedactor } from '../../src/notify/redact';

const secret = 'p@ss/w+rd "ü"\n?x';
const { text, copy } = createRedactor([secret, 'token-1234', 'token-12345678', 'abc', '', '4711', 'line\n']);
const base64 = (value: string) => Buffer.from(value).toString('base64');

describe('texts', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['nothing secret', 'all is well', 'all is well'],
    ['as it is', `a${secret}b`, 'a[redacted]b'],
    ['several times', 'token-1234 token-1234', '[redacted] [redacted]'],
    ['a secret that begins with another', 'token-12345678', '[redacted]'],
    ['shorter than four characters', 'abc', 'abc'],
    ['four characters', 'PIN 4711.', 'PIN [redacted].'],
    ['without the line end of its file', '<line>', '<[redacted]>'],
    ['in JSON', JSON.stringify({ a: secret }), '{"a":"[redacted]"}'],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ a: secret })), '"{\\"a\\":\\"[redacted]\\"}"'],
    ['in a URL', `?q=${encodeURIComponent(secret)}&b`, '?q=[redacted]&b'],
    ['in a URL, lower case', `?q=${encodeURIComponent(secret).toLowerCase()}&b`, '?q=[redacted]&b'],
    ['in a form', new URLSearchParams({ q: secret, b: '' }).toString(), 'q=[redacted]&b='],
    ['in base64', base64(secret), '[redacted]'],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url'), '[redacted]'],
  ];
  test.each(rows)('%s', (_what, input, expected) => expect(text(input)).toBe(expected));

  test.each(['', 'u', 'us', 'use', 'user:', 'a longer user:'])('in base64 behind "%s"', (before) => {
    const encoded = base64(`${before}token-12345678${before}`);
    const shown = text(`Basic ${encoded}`);
    expect(shown).toContain('[redacted]');
    const rest = Buffer.from(shown.replace('Basic ', '').split('[redacted]').join(''), 'base64').toString();
    expect(rest).not.toContain('oken');
  });

  test('a broken surrogate pair in a secret', () => {
    expect(createRedactor(['ab\ud800cd']).text('x ab\ud800cd')).toBe('x [redacted]');
  });

  test('any secret in any surroundings, in any spelling', () => {
    const word = fc.string({ minLength: 6, maxLength: 30, unit: 'binary' }).filter((one) => one.trim().length >= 6);
    fc.assert(
      fc.property(word, fc.string(), fc.string(), (word, before, after) => {
        const redactor = createRedactor([word]);
        for (const spelling of [word, JSON.stringify(word).slice(1, -1), encodeURIComponent(word), base64(word)]) {
          expect(redactor.text(before + spelling + after)).toContain('[redacted]');
        }
        expect(redactor.text(base64(before + word + after))).toContain('[redacted]');
      }),
      { numRuns: 200 },
    );
  });
});

describe('values', () => {
  class Fault extends Error {
    readonly code = 'E_FAULT';
    readonly config = { headers: { authorization: secret } };
  }
  const cyclic: { name: string; self?: unknown } = { name: 'a' };
  cyclic.self = cyclic;
  const twice = { a: 1 };
  const throwing = Object.defineProperty({}, 'bad', {
    enumerable: true,
    get: () => {
      throw new Error(secret);
    },
  });

  const rows: readonly (readonly [string, unknown, unknown])[] = [
    [
      'plain values',
      { a: 1, b: true, c: null, d: undefined, e: 'x' },
      { a: 1, b: true, c: null, d: undefined, e: 'x' },
    ],
    ['deep', { a: [{ b: `<${secret}>` }] }, { a: [{ b: '<[redacted]>' }] }],
    ['a key', { [secret]: 1 }, { '[redacted]': 1 }],
    ['a number', { pin: 4711, port: 53 }, { pin: '[redacted]', port: 53 }],
    ['what JSON cannot say', [Number.NaN, 12n, Symbol('s'), () => 1], ['NaN', '12', 'Symbol(s)', '[function]']],
    ['a cycle', cyclic, { name: 'a', self: '[circular]' }],
    ['the same object twice is no cycle', [twice, twice], [{ a: 1 }, { a: 1 }]],
    ['a getter that throws', throwing, '[unreadable]'],
    ['dates', [new Date(0), new Date(Number.NaN)], ['1970-01-01T00:00:00.000Z', 'Invalid Date']],
    ['bytes', Buffer.from(secret), '[17 bytes]'],
    ['collections', [new Set([1]), new Map([['k', secret]])], [[1], { k: '[redacted]' }]],
    ['a URL', new URL(`http://u:token-1234@example.com/`), 'http://u:[redacted]@example.com/'],
    ['a prototype for a key', JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":1}}')],
    [
      'an error, without what hangs on it',
      new Fault(`no ${secret}`, { cause: new Error('deeper') }),
      { name: 'Error', message: 'no [redacted]', code: 'E_FAULT', cause: { name: 'Error', message: 'deeper' } },
    ],
    [
      'several errors',
      new AggregateError([new Error('one')], 'all'),
      { name: 'AggregateError', message: 'all', errors: [{ name: 'Error', message: 'one' }] },
    ],
    ['too deep', [[[[[[['x']]]]]]], [[[[[['[too deep]']]]]]]],
    ['many items', new Array(66).fill(0), [...new Array(64).fill(0), '… 2 more']],
  ];
  test.each(rows)('%s', (_what, value, expected) => expect(copy(value)).toEqual(expected));

  test('stacks only when asked for', () => {
    expect(copy(new Error('x'), { stacks: true })).toHaveProperty('stack');
    expect(copy(new Error('x'))).not.toHaveProperty('stack');
  });

  test('a long text is cut, and never through a secret', () => {
    const long = copy(`${'x'.repeat(70_000)}`);
    expect(long).toBe(`${'x'.repeat(2_000)}… (70000 characters)`);
    const key = 'k'.repeat(30) + 'e'.repeat(2_970);
    const shown = createRedactor([key]).copy(key.repeat(30));
    expect(shown).not.toContain('kkkk');
  });

  test('a huge structure costs little', () => {
    const wide = (depth: number): unknown => (depth === 0 ? 'leaf' : new Array(60).fill(0).map(() => wide(depth - 1)));
    const shown = JSON.stringify(copy(wide(3)));
    expect(shown.length).toBeLessThan(100_000);
    expect(shown).toContain('[too much]');
  });
});
