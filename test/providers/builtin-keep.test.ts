import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeZone } from '../../providers/builtin/document';
import { loadZone } from '../../providers/builtin/keep';
import { saveZone } from '../../providers/builtin/save';
import type { Zone } from '../../providers/builtin/zone';
import { copyFiles, putZone } from './builtin-world';

const zone: Zone = {
  name: 'example.test',
  serial: 7,
  records: [
    { name: 'www.example.test', type: 'A', ttl: 60, values: ['203.0.113.10'] },
    { name: 'www.example.test', type: 'HTTPS', ttl: 60, values: ['1 . alpn=h2,h3 ipv4hint=203.0.113.10'] },
    { name: 'www.example.test', type: 'SVCB', ttl: 60, values: ['1 cdn.example.net alpn=h2'] },
    { name: '_failoverd.www.example.test', type: 'TXT', ttl: 60, values: ['heritage=failoverd'] },
  ],
};
let root = '';
let directory = '';
let first = '';
let second = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'builtin-keep-'));
  directory = join(root, 'zones');
  [first, second] = copyFiles(directory);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const load = () => loadZone(directory, 'example.test');

describe('a zone on disk', () => {
  test('what was saved is loaded; nothing saved is absent; folder and files are for us alone', async () => {
    expect(await load()).toEqual({ kind: 'absent' });
    expect(await saveZone(directory, zone)).toEqual({ ok: true });
    expect(await load()).toEqual({ kind: 'zone', zone, notes: [] });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  test('the newer of two different copies counts, whichever it is', async () => {
    for (const [path, other] of [
      [first, second],
      [second, first],
    ] as const) {
      putZone(directory, zone);
      writeFileSync(path, writeZone({ ...zone, serial: 8 }));
      expect(await load()).toMatchObject({ kind: 'zone', zone: { serial: 8 } });
      rmSync(other);
      expect(await load()).toMatchObject({ kind: 'zone', zone: { serial: 8 } });
    }
  });

  test('one changed byte in one copy changes nothing, and the copy is set aside', async () => {
    const whole = Buffer.from(writeZone(zone));
    for (let at = 0; at < whole.length; at += 3) {
      putZone(directory, zone);
      const broken = Buffer.from(whole);
      broken[at] = (whole[at] ?? 0) ^ 0x04;
      writeFileSync(first, broken);
      const loaded = await load();
      expect(loaded).toMatchObject({ kind: 'zone', zone, notes: [expect.stringContaining('corrupt-')] });
    }
    expect(readdirSync(directory).filter((file) => file.includes('corrupt')).length).toBe(99);
  });

  const broken: readonly (readonly [string, (path: string) => void])[] = [
    ['cut short', (path) => writeFileSync(path, writeZone(zone).slice(0, 100))],
    ['empty', (path) => writeFileSync(path, '')],
    ['zeros', (path) => writeFileSync(path, Buffer.alloc(300))],
    ['of another zone', (path) => writeFileSync(path, writeZone({ ...zone, name: 'other.test', records: [] }))],
    ['no port', (path) => writeFileSync(path, withValue('1 . port=99999', 'HTTPS'))],
    ['no address', (path) => writeFileSync(path, withValue('300.1.1.1'))],
    [
      'a name outside',
      (path) =>
        writeFileSync(
          path,
          writeZone({ ...zone, records: [{ name: 'www.other.test', type: 'A', ttl: 1, values: ['192.0.2.1'] }] }),
        ),
    ],
    ['a document of something else', (path) => writeFileSync(path, '{"format":1,"checksum":"","zone":null}')],
    ['huge', (path) => writeFileSync(path, Buffer.alloc(5 * 1024 * 1024, 0x20))],
  ];
  test.each(broken)('both copies %s: lost, also at the next start, until a person acts', async (_, breakIt) => {
    putZone(directory, zone);
    breakIt(first);
    breakIt(second);
    expect(await load()).toMatchObject({ kind: 'lost', why: expect.stringContaining('put a backup in its place') });
    expect(readdirSync(directory)).toEqual(['example.test@1.json.corrupt-1', 'example.test@2.json.corrupt-1']);
    expect(await load()).toMatchObject({ kind: 'lost', why: expect.stringContaining('corrupt-1') });
    // Either a backup …
    writeFileSync(first, writeZone(zone));
    expect(await load()).toMatchObject({ kind: 'zone', zone });
    rmSync(first);
    // … or the word that an empty zone is meant.
    for (const file of readdirSync(directory)) rmSync(join(directory, file));
    expect(await load()).toEqual({ kind: 'absent' });
  });

  test('one copy broken and the other gone is lost too', async () => {
    putZone(directory, zone);
    rmSync(second);
    writeFileSync(first, 'x');
    expect(await load()).toMatchObject({ kind: 'lost' });
  });

  test('a newer format is neither read past, nor set aside, nor overwritten by an older copy', async () => {
    putZone(directory, zone);
    const sum = createHash('sha256').update('[2,{"new":1}]').digest('hex');
    const newer = JSON.stringify({ format: 2, checksum: sum, zone: { new: 1 } });
    writeFileSync(first, newer);
    expect(await load()).toMatchObject({ kind: 'lost', why: expect.stringContaining('format 2') });
    expect(readFileSync(first, 'utf8')).toBe(newer);
  });

  test('a link in place of a copy is not followed, and not a sign of an empty zone', async () => {
    putZone(directory, zone);
    const elsewhere = join(root, 'elsewhere.json');
    writeFileSync(elsewhere, writeZone({ ...zone, serial: 99 }));
    for (const path of [first, second]) {
      rmSync(path);
      symlinkSync(elsewhere, path);
    }
    expect(await load()).toMatchObject({ kind: 'lost' });
  });

  test.each(['first', 'second'])(
    'a failure while writing the %s copy is told, and leaves a whole document',
    async (which) => {
      putZone(directory, zone);
      mkdirSync(`${which === 'first' ? first : second}.tmp`);
      expect(await saveZone(directory, { ...zone, serial: 8 })).toMatchObject({ ok: false });
      expect(await load()).toMatchObject({ kind: 'zone', zone: { serial: which === 'first' ? 7 : 8 } });
    },
  );

  test('what a crash left half written beside a copy does not matter', async () => {
    putZone(directory, zone);
    writeFileSync(`${first}.tmp`, '{"format":1,"che');
    expect(await load()).toEqual({ kind: 'zone', zone, notes: [] });
    expect(await saveZone(directory, { ...zone, serial: 8 })).toEqual({ ok: true });
    expect(await load()).toMatchObject({ kind: 'zone', zone: { serial: 8 }, notes: [] });
  });

  test('a folder that is a file, or a link, is refused', async () => {
    writeFileSync(directory, '');
    expect(await saveZone(directory, zone)).toMatchObject({ ok: false });
    rmSync(directory);
    mkdirSync(join(root, 'real'));
    symlinkSync(join(root, 'real'), directory);
    expect(await saveZone(directory, zone)).toMatchObject({ ok: false });
  });
});

function withValue(value: string, type: 'A' | 'HTTPS' = 'A'): string {
  return writeZone({ ...zone, records: [{ name: 'www.example.test', type, ttl: 60, values: [value] }] });
}
