import { describe, expect, test } from '@jest/globals';
import { type Answer, judge, plain, retryAfterMs } from '../../providers/cloudflare/answers';
import { type Patch, type Post, planChanges } from '../../providers/cloudflare/plan';
import { fenceText, type Snapshot, textOf } from '../../providers/cloudflare/snapshot';
import { type RecordSet, recordSet } from '../../src/domain/records';
import { markerOf, one } from './cloudflare-connect';

const errors = (...codes: readonly number[]) => ({
  success: false,
  errors: codes.map((code) => ({ code, message: `message of ${code}` })),
  messages: [],
  result: null,
});

describe('what an answer means', () => {
  const rows: readonly (readonly [number, unknown, string])[] = [
    [200, { success: true, errors: [], messages: [], result: {}, news: 1 }, 'ok'],
    [200, { success: true, errors: [], messages: [], result: [] }, 'ok'],
    [200, { success: true, errors: [], messages: [], result: null }, 'unknown'],
    [200, { success: true }, 'unknown'],
    [200, { success: 'true', result: {} }, 'unknown'],
    [200, errors(), 'unknown'],
    [200, errors(9005), 'denied'],
    [200, errors(81058), 'conflict'],
    [200, errors(1001), 'unknown'],
    [200, errors(9005, 1001), 'unknown'],
    [200, errors(10000), 'denied'],
    [200, errors(971), 'throttled'],
    [200, { success: false, errors: 'boom' }, 'unknown'],
    [200, { success: false, errors: [null, { code: '9005' }] }, 'unknown'],
    [200, undefined, 'unknown'],
    [200, [], 'unknown'],
    [302, undefined, 'unknown'],
    [302, errors(9005), 'unknown'],
    [400, errors(9021), 'denied'],
    [400, errors(1004), 'denied'],
    [400, errors(6003), 'denied'],
    [400, errors(10100), 'throttled'],
    [400, errors(81044), 'conflict'],
    [400, errors(81053), 'conflict'],
    [400, errors(81054), 'conflict'],
    [400, errors(81057), 'conflict'],
    [400, errors(81058), 'conflict'],
    [400, undefined, 'unknown'],
    [401, undefined, 'denied'],
    [403, errors(9109), 'denied'],
    [403, undefined, 'denied'],
    [404, errors(81044), 'conflict'],
    [404, errors(7003), 'denied'],
    [404, undefined, 'unknown'],
    [408, errors(1), 'unknown'],
    [409, undefined, 'conflict'],
    [429, undefined, 'throttled'],
    [429, errors(10000), 'throttled'],
    [500, errors(9005), 'unknown'],
    [502, undefined, 'unknown'],
    [503, errors(81058), 'unknown'],
  ];
  test.each(rows)('HTTP %d %j is %s', (status, body, code) => {
    const answer: Answer = { kind: 'answered', status, body, header: () => null };
    const judged = judge('batch', answer, 'secret');
    expect(judged.ok ? 'ok' : judged.code).toBe(code);
  });

  test('not sent is unavailable, lost is unknown', () => {
    expect(judge('batch', { kind: 'unreached', why: 'x' }, '')).toMatchObject({ code: 'unavailable' });
    expect(judge('batch', { kind: 'lost', why: 'x' }, '')).toMatchObject({ code: 'unknown' });
  });

  test('why names the request, the status and the code, and never the token', () => {
    const body = { success: false, errors: [{ code: 9109, message: 'no: Bearer s3cret\n\u001b[2Jdone' }] };
    const judged = judge('batch', { kind: 'answered', status: 403, body, header: () => 'ray s3cret' }, 's3cret');
    expect(JSON.stringify(judged)).not.toContain('s3cret');
    expect(judged).toMatchObject({ ok: false, token: true, requestId: 'ray [token]' });
    expect(judged.ok ? '' : judged.why).toBe(
      'batch: HTTP 403, code 9109 "no: Bearer [token]\\u{a}\\u{1b}[2Jdone"; check that the token is active, not expired, allowed from this address, and has DNS Write on the zone',
    );
  });
});

test.each([
  ['30', null, 30_000],
  ['0', null, 0],
  ['1000000000', null, 300_000],
  ['99999999999999999999999999', null, 300_000],
  ['1e9', null, undefined],
  ['-5', null, undefined],
  ['soon', null, undefined],
  ['', null, undefined],
  [null, null, undefined],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 'Fri, 20 Nov 2026 12:00:00 GMT', 30_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 'Fri, 20 Nov 2026 12:00:00 GMT', 0],
  ['Fri, 20 Nov 2099 12:00:00 GMT', 'Fri, 20 Nov 2026 12:00:00 GMT', 300_000],
  ['Fri, 20 Nov 2026 12:00:30 GMT', null, undefined],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 'garbage', undefined],
])('D02: Retry-After %p at Date %p is %p ms', (retryAfter, date, waitMs) => {
  expect(retryAfterMs(retryAfter, date)).toBe(waitMs);
});

test.each([
  ['short text as it is', 'short', 'short'],
  ['long text cut', 'x'.repeat(500), `${'x'.repeat(199)}…`],
  ['a text direction escaped', 'a\u202eb', 'a\\u{202e}b'],
  ['what grows by escaping cut', '\u0000'.repeat(200), `${'\\u{0}'.repeat(39)}\\u{0…`],
])('remote text: %s', (_, text, shown) => {
  expect(plain(text)).toBe(shown);
});

test.each([
  ['"one"', 'one'],
  ['"one" "two"', 'onetwo'],
  ['"a\\"b\\\\c\\065"', 'a"b\\cA'],
  ['bare text', 'bare text'],
  ['"', ''],
])('TXT content %s is %s', (content, text) => {
  expect(textOf(content)).toBe(text);
});

describe('the plan of one batch', () => {
  const entry = (id: string, type: RecordSet['type'], content: string, ttl = 60, proxied = false) => {
    return { id, type, content, ttl, proxied };
  };
  const now = (entries: Snapshot['entries'], markerIds = ['m'], fenceIds: readonly string[] = []): Snapshot => ({
    found: { sets: setsOf(entries), marker: null, foreignMarker: null, obstacles: [] },
    proof: 'dns',
    entries,
    markerIds,
    fenceIds,
  });
  const setsOf = (entries: Snapshot['entries']) =>
    [...new Set(entries.map(({ type }) => type))].flatMap((type) => {
      const own = entries.filter((each) => each.type === type);
      return (
        recordSet(
          type,
          60,
          own.map(({ content }) => content),
        ) ?? []
      );
    });
  const contentAt = (posts: readonly Post[], index: number) => {
    const post = posts[index];
    return post === undefined || 'data' in post ? '' : post.content;
  };
  const to = (type: RecordSet['type'], ...values: readonly string[]) => one(type, values);
  const shown = (record: Patch | Post) => ('data' in record ? JSON.stringify(record.data) : record.content);
  const short = (snapshot: Snapshot, sets: readonly RecordSet[]) => {
    const { deletes, patches, posts } = planChanges('www.example.test', snapshot, sets, markerOf(8));
    return [
      ...deletes.map(({ id }) => `delete ${id}`),
      ...patches.map((patch) => `patch ${patch.id} ${patch.type} ${shown(patch)} ${patch.ttl}`),
      ...posts.map((post) =>
        post.type === 'TXT'
          ? 'post TXT'
          : `post ${post.type} ${shown(post)} ${post.ttl}${post.proxied ? ' proxied' : ''}`,
      ),
    ];
  };

  const rows: readonly (readonly [string, Snapshot, readonly RecordSet[], readonly string[]])[] = [
    [
      'one for one: patched',
      now([entry('1', 'A', '192.0.2.1')]),
      to('A', '192.0.2.2'),
      ['delete m', 'patch 1 A 192.0.2.2 60', 'post TXT'],
    ],
    [
      'what stays is left alone',
      now([entry('1', 'A', '192.0.2.1'), entry('2', 'A', '192.0.2.2')]),
      to('A', '192.0.2.2', '192.0.2.3'),
      ['delete m', 'patch 1 A 192.0.2.3 60', 'post TXT'],
    ],
    [
      'more: patched, the rest posted with the flag of the others',
      now([entry('1', 'A', '192.0.2.1', 1, true)]),
      to('A', '192.0.2.2', '192.0.2.3'),
      ['delete m', 'patch 1 A 192.0.2.2 1', 'post A 192.0.2.3 1 proxied', 'post TXT'],
    ],
    [
      'fewer: patched, the rest deleted',
      now([entry('1', 'A', '192.0.2.1'), entry('2', 'A', '192.0.2.2')]),
      to('A', '192.0.2.3'),
      ['delete 2', 'delete m', 'patch 1 A 192.0.2.3 60', 'post TXT'],
    ],
    [
      'another family: deleted and posted in the one transaction',
      now([entry('1', 'A', '192.0.2.1')]),
      to('AAAA', '2001:db8::1'),
      ['delete 1', 'delete m', 'post AAAA 2001:db8::1 60', 'post TXT'],
    ],
    [
      'one TTL in a set',
      now([entry('1', 'A', '192.0.2.1', 300), entry('2', 'A', '192.0.2.2', 60)]),
      to('A', '192.0.2.1', '192.0.2.3'),
      ['delete m', 'patch 1 A 192.0.2.1 60', 'patch 2 A 192.0.2.3 60', 'post TXT'],
    ],
    [
      'no value changes: the marker alone, whatever the TTLs',
      now([entry('1', 'A', '192.0.2.1', 300), entry('2', 'AAAA', '2001:db8::1', 1, true)]),
      [...to('A', '192.0.2.1'), ...to('AAAA', '2001:db8::1')],
      ['delete m', 'post TXT'],
    ],
    [
      'hints: patched in parts, every parameter in quotes, the target dotted, never proxied',
      now([
        entry('1', 'A', '192.0.2.1', 1, true),
        entry('2', 'HTTPS', '1 . alpn=h2,h3 no-default-alpn ipv4hint=192.0.2.1'),
      ]),
      [
        ...to('A', '192.0.2.2'),
        ...to('HTTPS', '1 www.example.test alpn=h2,h3 no-default-alpn ipv4hint=192.0.2.2', '2 . ipv4hint=192.0.2.2'),
      ],
      [
        'delete m',
        'patch 1 A 192.0.2.2 1',
        `patch 2 HTTPS ${JSON.stringify({ priority: 1, target: 'www.example.test.', value: 'alpn="h2,h3" no-default-alpn ipv4hint="192.0.2.2"' })} 60`,
        `post HTTPS ${JSON.stringify({ priority: 2, target: '.', value: 'ipv4hint="192.0.2.2"' })} 60`,
        'post TXT',
      ],
    ],
    [
      'first contact: a fence beside the marker',
      now([entry('1', 'A', '192.0.2.1')], []),
      to('A', '192.0.2.1'),
      ['post TXT', 'post TXT'],
    ],
    [
      'a marker that somebody removed: the fence is the token',
      now([entry('1', 'A', '192.0.2.1')], [], ['f']),
      to('A', '192.0.2.1'),
      ['delete f', 'post TXT', 'post TXT'],
    ],
  ];
  test.each(rows)('%s', (_, snapshot, sets, expected) => {
    expect(short(snapshot, sets)).toEqual(expected);
  });

  test.each([
    [1, 60],
    [30, 60],
    [60, 60],
    [3_600, 3_600],
    [604_800, 86_400],
  ])('TTL %d asked is %d sent', (ttl, sent) => {
    const { posts } = planChanges('www.example.test', now([]), one('A', ['192.0.2.1'], ttl), markerOf(1));
    expect(posts[0]).toMatchObject({ ttl: sent });
  });

  test('an owner with quotes reads back as it was', () => {
    const marker = { owner: 'a"b\\c', generation: 1, site: 'b' };
    const { posts } = planChanges('www.example.test', now([]), to('A', '192.0.2.1'), marker);
    expect(textOf(contentAt(posts, 1))).toBe('heritage=failoverd,owner=a"b\\c,generation=1,site=b');
  });

  test('comments fit the smallest plan, the marker is quoted, the fence always says the same', () => {
    const marker = { owner: 'o'.repeat(80), generation: 999_999_999_999_999, site: 's'.repeat(63) };
    const { posts } = planChanges('www.example.test', now([], []), to('A', '192.0.2.1'), marker);
    for (const post of posts) expect(post.comment.length).toBeLessThanOrEqual(100);
    expect(posts.map(({ name }) => name)).toEqual([
      'www.example.test',
      '_failoverd.www.example.test',
      '_failoverd.www.example.test',
    ]);
    expect(contentAt(posts, 1)).toMatch(/^"heritage=failoverd,owner=o{80},generation=999999999999999,site=s{63}"$/);
    expect(contentAt(posts, 2)).toBe(`"${fenceText}"`);
  });
});
