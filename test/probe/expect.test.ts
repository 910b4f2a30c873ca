import { describe, expect, test } from '@jest/globals';
import { judgeBody, valueAt } from '../../src/probe/expect';
import { expecting } from './setup';

/** The document of RFC 6901 section 5, and its answers. */
const document: unknown = JSON.parse(
  '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8,"x~1":10,"__proto__":9}',
);

describe('valueAt', () => {
  test.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/x~01', 10],
    ['/__proto__', 9],
    ['/foo/-', undefined],
    ['/foo/00', undefined],
    ['/foo/2', undefined],
    ['/foo/length', undefined],
    ['/foo/0/x', undefined],
    ['/toString', undefined],
    ['foo', undefined],
  ])('%j', (pointer, expected) => {
    expect(valueAt(document, pointer)).toEqual(expected);
  });
});

describe('judgeBody', () => {
  const json = (pointer: string, value: string) => expecting({ json: { pointer, value } });
  test.each([
    ['anything', expecting(), undefined, true],
    ['{"ok":true}', json('/ok', 'true'), undefined, true],
    ['{"ok":"true"}', json('/ok', 'true'), undefined, true],
    ['{"n":1.50}', json('/n', '1.5'), undefined, true],
    ['{"n":null}', json('/n', 'null'), undefined, true],
    ['{"n":{}}', json('/n', '[object Object]'), undefined, false],
    ['{}', json('/n', 'undefined'), undefined, false],
    ['"up"', json('', 'up'), undefined, true],
    ['', json('', 'up'), undefined, false],
    ['\uFEFF{"ok":true}', json('/ok', 'true'), undefined, true],
    ['\uFEFF\uFEFF{"ok":true}', json('/ok', 'true'), undefined, false],
    ['service up', expecting({ body: 'up' }), 'identity', true],
    ['service up', expecting({ body: 'up' }), 'br', false],
    ['service up', expecting(), 'br', true],
    ['service ｕｐ', expecting({ body: 'ｕｐ' }), undefined, true],
    [' '.repeat(65_536), expecting({ body: '  x' }), undefined, false],
  ])('%j', (body, wanted, encoding, passes) => {
    expect(judgeBody(Buffer.from(body), encoding, wanted) === null).toBe(passes);
  });
});
