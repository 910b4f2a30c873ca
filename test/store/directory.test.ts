import { chmodSync, lchownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { secureDirectory, secureFile } from '../../src/store/directory';
import { opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
beforeEach(() => {
  here = place();
});
afterEach(() => here.remove());

const modeOf = (path: string) => statSync(path).mode & 0o777;
const isRoot = process.getuid?.() === 0;

describe('secureDirectory', () => {
  test('makes a missing one, with its parents, whatever the umask', () => {
    const before = process.umask(0o277);
    const path = join(here.outer, 'lib', 'failoverd', 'state');
    const secured = secureDirectory(path, here.options.uid);
    process.umask(before);
    expect(secured).toEqual({ ok: true, path, notes: [] });
    expect(modeOf(path)).toBe(0o700);
  });

  test.each([
    [0o700, 'ok', 0o700],
    [0o755, 'noted', 0o700],
    [0o750, 'noted', 0o700],
    [0o500, 'noted', 0o700],
    [0o770, 'insecure', 0o770],
    [0o777, 'insecure', 0o777],
    [0o702, 'insecure', 0o702],
  ])('mode %o', (mode, answer, after) => {
    mkdirSync(here.options.directory);
    chmodSync(here.options.directory, mode);
    const secured = secureDirectory(here.options.directory, here.options.uid);
    const was = secured.ok ? (secured.notes.length > 0 ? 'noted' : 'ok') : secured.code;
    expect([was, modeOf(here.options.directory)]).toEqual([answer, after]);
    if (!secured.ok) expect(secured.why).toContain('chmod 700');
  });

  test("somebody else's is refused, naming both", () => {
    mkdirSync(here.options.directory, { mode: 0o700 });
    const uid = here.options.uid + 1;
    const secured = secureDirectory(here.options.directory, uid);
    expect(secured).toMatchObject({ ok: false, code: 'insecure' });
    expect(secured.ok ? '' : secured.why).toContain(`belongs to uid ${here.options.uid}, failoverd runs as uid ${uid}`);
  });

  test('a file in its place is refused', () => {
    writeFileSync(here.options.directory, '');
    expect(secureDirectory(here.options.directory, here.options.uid)).toMatchObject({ ok: false, code: 'insecure' });
  });

  test('a parent that is a file is misplaced', () => {
    writeFileSync(here.options.directory, '');
    const below = join(here.options.directory, 'below');
    expect(secureDirectory(below, here.options.uid)).toMatchObject({ ok: false, code: 'misplaced' });
  });

  test('our symlink is followed as systemd lays it, and what it points at is held to the same', () => {
    mkdirSync(join(here.outer, 'private'), { mode: 0o700 });
    mkdirSync(join(here.outer, 'private', 'state'), { mode: 0o700 });
    symlinkSync('private/state', here.options.directory);
    const path = join(here.outer, 'private', 'state');
    expect(secureDirectory(here.options.directory, here.options.uid)).toEqual({ ok: true, path, notes: [] });
    chmodSync(path, 0o777);
    expect(secureDirectory(here.options.directory, here.options.uid)).toMatchObject({ ok: false, code: 'insecure' });
  });

  test("somebody else's symlink is refused", () => {
    mkdirSync(join(here.outer, 'real'), { mode: 0o700 });
    symlinkSync('real', here.options.directory);
    // Root makes it somebody else's; anybody else pretends to be somebody else.
    if (isRoot) lchownSync(here.options.directory, 12_345, 12_345);
    const secured = secureDirectory(here.options.directory, isRoot ? 0 : here.options.uid + 1);
    expect(secured).toMatchObject({ ok: false, code: 'insecure' });
    expect(secured.ok ? '' : secured.why).toContain('symlink');
  });

  test('a symlink to itself ends', () => {
    symlinkSync('state', here.options.directory);
    expect(secureDirectory(here.options.directory, here.options.uid)).toMatchObject({ ok: false, code: 'insecure' });
  });
});

describe('the files inside', () => {
  test('are 0600 whatever the umask', () => {
    const before = process.umask(0);
    const { store } = opened(here.options);
    expect(store.commit(record, 1, state(1), [])).toEqual({ ok: true });
    process.umask(before);
    for (const name of ['failoverd.db', 'failoverd.db-journal', 'failoverd.lock']) {
      expect([name, modeOf(join(here.options.directory, name))]).toEqual([name, 0o600]);
    }
    store.close();
  });

  test.each(['failoverd.db', 'failoverd.db-journal', 'failoverd.db-wal', 'failoverd.db-shm', 'failoverd.lock'])(
    'a symlink at %s is refused and not followed',
    (name) => {
      mkdirSync(here.options.directory, { mode: 0o700 });
      const target = join(here.outer, 'target');
      symlinkSync(target, join(here.options.directory, name));
      expect(() => opened(here.options)).toThrow(/insecure: .*not a regular file/);
      expect(() => statSync(target)).toThrow('ENOENT');
    },
  );

  test.each([
    [0o644, true],
    [0o600, true],
    [0o660, false],
    [0o606, false],
  ])('mode %o', (mode, fine) => {
    const path = join(here.outer, 'file');
    writeFileSync(path, '');
    chmodSync(path, mode);
    expect(secureFile(path, here.options.uid).ok).toBe(fine);
    expect(modeOf(path)).toBe(fine ? 0o600 : mode);
  });
});
