import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseMarkerFile, parseServers, writable, writeMarker, writeServers } from '../../providers/nginx/document';
import { normalIpv6 } from '../../src/domain/address-text';
import { recordSet } from '../../src/domain/records';

const name = { record: 'www.example.com', port: 8080, ttl: 60 };
const ours = '# www.example.com heritage=failoverd,owner=sre,generation=8,site=eu';
const nobodys = { marker: null, foreignMarker: null };

test('the layout of a primary and its backups', () => {
  const to = [recordSet('A', 60, ['198.51.100.7']), recordSet('AAAA', 60, ['2001:db8::7'])].flatMap((set) => set ?? []);
  const text = writeServers(name, to, ['203.0.113.10', '2001:db8::10'], { owner: 'sre', generation: 8, site: 'eu' });
  expect(text).toBe(`${ours}
# Written by failoverd; a line that it would not write itself stops it.
server 198.51.100.7:8080;
server [2001:db8::7]:8080;
server 203.0.113.10:8080 backup;
server [2001:db8::10]:8080 backup;
`);
});

describe('read as', () => {
  const a = { type: 'A', ttl: 60, values: ['192.0.2.1'] };
  test.each<readonly [string, string, object]>([
    ['ours', `${ours}\nserver 192.0.2.1:8080;`, { sets: [a], marker: { owner: 'sre', generation: 8, site: 'eu' } }],
    ['nobody’s, without a statement', 'server 192.0.2.1:8080;\n', { sets: [a], ...nobodys, obstacles: [] }],
    ['nobody’s, said so', '# www.example.com none\nserver 192.0.2.1:8080;', { sets: [a], ...nobodys, obstacles: [] }],
    ['written with other spaces', ' server  192.0.2.1:8080 ;\r\n\n', { sets: [a], obstacles: [] }],
    [
      'another spelling',
      'server [2001:DB8:0::1]:8080;',
      { sets: [{ type: 'AAAA', ttl: 60, values: ['2001:db8::1'] }] },
    ],
    ['twice the same', 'server 192.0.2.1:8080;\nserver 192.0.2.1:8080;', { sets: [a], obstacles: [] }],
    [
      'another tool’s',
      '# www.example.com consul-template\nserver 192.0.2.1:8080;',
      { foreignMarker: 'consul-template' },
    ],
    ['another service’s', `${ours.replace('www', 'api')}\nserver 192.0.2.1:8080;`, { marker: null }],
    ['a marker with more behind it', `${ours} x\nserver 192.0.2.1:8080;`, { marker: null, sets: [a] }],
  ])('%s', (_, text, expected) => {
    expect(parseServers(text, name).found).toMatchObject(expected);
  });

  test('the statement of another service is foreign', () => {
    const { found, statement } = parseServers(`${ours.replace('www', 'api')}\nserver 192.0.2.1:8080;`, name);
    expect(found.foreignMarker).toBe('api.example.com heritage=failoverd,owner=sre,generation=8,site=eu');
    expect(statement).toBe(found.foreignMarker);
  });
});

describe('an obstacle, because the next write would lose it', () => {
  test.each([
    'server 192.0.2.1:8080 weight=5;',
    'server 192.0.2.1:8080 down;',
    'server 192.0.2.1:8081;',
    'server 192.0.2.1;',
    'server app.example.net:8080;',
    'server unix:/run/app.sock;',
    'server 192.0.2.999:8080;',
    'server 192.0.2.1:8080; server 192.0.2.2:8080;',
    'server 192.0.2.1:8080',
    'keepalive 32;',
    'include more;',
    '# do not touch until Monday',
    '<html>',
  ])('%s', (line) => {
    const { found } = parseServers(`${ours}\nserver 192.0.2.7:8080;\n${line}\n`, name);
    expect(found.obstacles).toHaveLength(1);
    expect(found.obstacles[0]).toContain('line 3');
    expect(found.obstacles[0]).toContain(line.slice(0, 20));
  });

  test.each([
    ['an empty file', ''],
    ['backups alone', 'server 192.0.2.1:8080 backup;'],
  ])('%s is not absent', (_, text) => {
    expect(parseServers(text, name).found).toMatchObject({ sets: [], obstacles: ['there is no server but backups'] });
  });

  test('hostile bytes are told escaped, cut and few', () => {
    const lines = Array.from({ length: 50 }, () => `\u001b[2J${'x'.repeat(1_000)}`);
    const { obstacles } = parseServers(`server 192.0.2.1:8080;\n${lines.join('\n')}`, name).found;
    expect(obstacles).toHaveLength(3);
    expect(obstacles.join()).not.toContain('\u001b');
    expect(obstacles.join().length).toBeLessThan(700);
  });
});

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((text) => normalIpv6(text) ?? '2001:db8::1'),
);
const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/);

test('reads back whatever it writes, and its marker through the map', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(address, { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(address, { maxLength: 8 }),
      word,
      word,
      fc.nat(),
      (active, backups, owner, site, generation) => {
        const sets = (['A', 'AAAA'] as const).flatMap((type) => {
          const set = recordSet(
            type,
            60,
            active.filter((one) => one.includes(':') === (type === 'AAAA')),
          );
          return set === null || set.values.length === 0 ? [] : [set];
        });
        const marker = { owner, generation, site };
        const read = parseServers(writeServers(name, sets, backups, marker), name);
        expect(read.found).toEqual({ sets, marker, foreignMarker: null, obstacles: [] });
        expect(read.backups).toEqual(backups);
        expect(parseMarkerFile(writeMarker(read.statement))).toBe(read.statement);
      },
    ),
    { seed: Number(process.env['SEED'] ?? 1), numRuns: 200 },
  );
});

test.each(['a"b', 'a$b', 'a\\b', 'a;b', 'ä', 'a b', ''])('a marker of owner %j cannot be written', (owner) => {
  expect(writable({ owner, generation: 1, site: 'b' })).toBe(false);
});
