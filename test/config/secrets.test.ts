import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readRegularFile } from '../../src/config/file';
import type { FileResult } from '../../src/config/input';
import { loadConfig } from '../../src/config/load';
import { base, configOf, type Env, type Files, input, problemsOf } from './fake-input';

const token = 'tok-7f3a9c1e5b2d4860';
const cloudflare: Env = { FAILOVERD_PROVIDER: 'cloudflare' };
const secretFile = (mode: number, uid = 1000, text = `${token}\n`): FileResult => ({
  ok: true,
  text,
  mode: 0o100000 | mode,
  uid,
});

test('a secret comes from a file, without its last newline, ours and a provider’s alike', () => {
  const env = { ...cloudflare, FAILOVERD_API_TOKEN_FILE: '/t', CLOUDFLARE_API_TOKEN_FILE: '/c' };
  const config = configOf(env, { '/t': `${token}\r\n`, '/c': 'cf-secret\n' });
  expect(config.apiToken).toBe(token);
  expect(config.services[0]?.providerEnv).toEqual({ cloudflare: { CLOUDFLARE_API_TOKEN: 'cf-secret' } });
  expect(config.secrets).toEqual(expect.arrayContaining([token, 'cf-secret']));
});

test('secrets of the AWS chain are collected for redaction, and nothing else of it', () => {
  const env = { AWS_SECRET_ACCESS_KEY: 'aws-secret', AWS_SESSION_TOKEN: 'aws-session', AWS_PROFILE: 'ops' };
  expect(configOf(env).secrets).toEqual(['aws-secret', 'aws-session']);
});

describe('secret files that are refused (F10)', () => {
  const F = 'FAILOVERD_API_TOKEN_FILE';
  const rows: readonly (readonly [env: Env, file: FileResult | null, name: string, says: RegExp])[] = [
    [{ [F]: '/t' }, null, F, /does not exist/],
    [{ [F]: '' }, null, F, /empty/],
    [{ [F]: '/t', FAILOVERD_API_TOKEN: token }, secretFile(0o600), F, /so is FAILOVERD_API_TOKEN/],
    [{ [F]: '/t' }, secretFile(0o640), F, /mode 0640.*chmod 600 \/t/],
    [{ [F]: '/t' }, secretFile(0o604), F, /mode 0604.*chmod 600 \/t/],
    [{ [F]: '/t' }, secretFile(0o600, 1001), F, /another user \(uid 1001\).*chown 1000 \/t/],
    [{ [F]: '/t' }, secretFile(0o600, 1000, '\n'), F, /empty file/],
    [{ [F]: '/t' }, secretFile(0o600, 1000, `a\n${token}`), F, /more than one line/],
    [{ [F]: '/t' }, secretFile(0o600, 1000, 'two words'), F, /visible ASCII/],
    [{ [F]: '/t' }, { ok: false, code: 'EACCES' }, F, /may not read/],
    [{ [F]: '/t' }, { ok: false, code: 'EIO' }, F, /EIO/],
    [{ ...cloudflare, CLOUDFLARE_API_TOKEN_FILE: '/t' }, secretFile(0o644), 'CLOUDFLARE_API_TOKEN_FILE', /chmod 600/],
  ];
  test.each(rows)('%j %j', (env, file, name, says) => {
    const files: Files = file === null ? {} : { '/t': file };
    const found = problemsOf(env, files).filter((problem) => problem.name === name);
    expect(found.map(({ why, remedy }) => `${why}; ${remedy}`).join('\n')).toMatch(says);
    expect(JSON.stringify(found)).not.toContain(token);
  });
});

describe('systemd credentials show their access list as mode 0440', () => {
  const env = { CREDENTIALS_DIRECTORY: '/run/credentials/f', FAILOVERD_API_TOKEN_FILE: '/run/credentials/f/token' };
  const names = (mode: number, path: string): readonly string[] =>
    problemsOf({ ...env, FAILOVERD_API_TOKEN_FILE: path }, { [path]: secretFile(mode, 0) }).map(({ name }) => name);
  test('and are taken as they are', () => expect(names(0o440, '/run/credentials/f/token')).toEqual([]));
  test('and where they belong to the user of the service, by root, who runs a command beside it', () => {
    const files = { '/run/credentials/f/token': secretFile(0o400, 61396) };
    const as = (uid: number, more: Env): boolean => loadConfig(input({ ...base, ...env, ...more }, files, { uid })).ok;
    expect([as(0, {}), as(1000, {}), as(0, { CREDENTIALS_DIRECTORY: undefined })]).toEqual([true, false, false]);
  });
  test('unless everybody can read them', () => expect(names(0o444, '/run/credentials/f/token')).toHaveLength(1));
  test('and only in that directory', () => {
    expect(names(0o440, '/run/credentials/f/../g/token')).toHaveLength(1);
    expect(names(0o440, '/run/credentials/fg')).toHaveLength(1);
  });

  test.each<readonly [of: string, file: FileResult | null, remedy: RegExp]>([
    ['', secretFile(0o440, 0), /^this belongs to the running service: name the original .*, or set CREDENTIALS_DIREC/],
    ['', { ok: false, code: 'EACCES' }, /^this belongs to the running service/],
    ['/run/credentials/g', null, /FAILOVERD_API_TOKEN_FILE=\/etc\/.* CREDENTIALS_DIRECTORY=\/run\/credentials\/f$/],
    ['/run/credentials/f', null, /^it is there while the service runs, by LoadCredential=token:/],
  ])('whoever is given %j and cannot use one is told of the original', (of, file, remedy) => {
    const path = env.FAILOVERD_API_TOKEN_FILE;
    const given = { ...env, CREDENTIALS_DIRECTORY: of };
    const problems = problemsOf(given, file === null ? {} : { [path]: file });
    expect(problems.map((problem) => problem.remedy)).toEqual([expect.stringMatching(remedy)]);
  });
});

test('no secret is told, wherever it was put (S18)', () => {
  const env: Env = {
    FAILOVERD_API_TOKEN: `${token} with a space`,
    FAILOVERD_NOTIFY: `https://hooks.example.com/${token}`,
    FAILOVERD_API_TOKN: token,
    FAILOVERD_ZONE: 'cf-secret-77 spilt',
    FAILOVERD_CHECK: `https://user:${token}@www.example.com/, https://user:p/${token}@h.example.com/`,
    CLOUDFLARE_API_TOKEN: 'cf-secret-77',
    ...cloudflare,
  };
  const problems = problemsOf(env);
  expect(problems.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'FAILOVERD_API_TOKEN',
      'FAILOVERD_NOTIFY',
      'FAILOVERD_API_TOKN',
      'FAILOVERD_ZONE',
      'FAILOVERD_CHECK',
    ]),
  );
  expect(JSON.stringify(problems)).not.toMatch(/7f3a9c1e|cf-secret/);
  expect(problems.find(({ name }) => name === 'FAILOVERD_API_TOKEN')?.value).toBe('(secret, 33 characters)');
});

describe('the query of a check', () => {
  const C = 'FAILOVERD_CHECK';
  const file =
    'services:\n  - record: b.example.com\n    sites: eu=203.0.113.10, us=198.51.100.7\n    check: ["https:///h?k=hush77"]\n';
  const inFile: Env = { FAILOVERD_RECORD: undefined, [C]: undefined, FAILOVERD_SERVICES_FILE: '/s' };
  const rows: readonly (readonly [env: Env, shown: string, secrets: readonly string[]])[] = [
    [{ [C]: 'https:///h?token=hush77&deep=1' }, 'https:///h?token=…&deep=…', ['hush77']],
    [{ [C]: 'https:///h?hush77' }, 'https:///h?…', ['hush77']],
    [{ [C]: 'https:///h?a=hush"77\'x' }, 'https:///h?a=…', []],
    [{ [C]: 'https:///h?a=b%2Fhush77?&c' }, 'https:///h?a=…&…', ['b%2Fhush77', 'b/hush77']],
    [{ [C]: 'shadow+tcp://:5432,https:///h?a=hush77,tls://' }, 'shadow+tcp://:5432 https:///h?a=… tls://', ['hush77']],
    [{ FAILOVERD_CHECK_EU: 'https:///h?a=hush77' }, 'https:///h?a=…', ['hush77']],
    [
      { [C]: 'exec:/bin/curl https://h.example.com/?a=hush77 -s' },
      'exec:/bin/curl https://h.example.com/?a=… -s',
      ['hush77'],
    ],
    // Ordinary words, names of ours and placeholders stand in other texts too.
    [{ [C]: 'https:///h?level=status&host=www.example.com&at={address}' }, 'https:///h?level=…&host=…&at=…', []],
    [inFile, 'https:///h?k=…', ['hush77']],
  ];
  test.each(rows)('%j is shown as %s', (env, shown, secrets) => {
    const config = configOf(env, { '/s': file });
    expect(config.services[0]?.checks['eu']?.map(({ url }) => url).join(' ')).toBe(shown);
    expect(config.secrets).toEqual(secrets);
  });

  test('of a canary too; asked it is whole', () => {
    const { canaries, services, secrets } = configOf({ FAILOVERD_CANARIES: 'https://192.0.2.1/?k=hush77' });
    expect(canaries).toMatchObject([{ url: 'https://192.0.2.1/?k=…', path: '/?k=hush77' }]);
    expect(services[0]?.policy.canaries).toEqual(['https://192.0.2.1/?k=…']);
    expect(secrets).toEqual(['hush77']);
  });

  test.each([
    'htps:///h?k=hush77',
    'tcp://192.0.2.1:1?k=hush77',
    'https:///h?k=hush77#x',
    'https://10.0.0.1/h?k=hush77',
    'https://u:p@h.example.com/?k=hush77',
    '/h?k=hush77, https:///?k={what}&l=hush77',
  ])('of one that is refused: %s', (check) => {
    const problems = [...problemsOf({ [C]: check }), ...problemsOf({ FAILOVERD_CANARIES: check })];
    expect(problems.length).toBeGreaterThan(1);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });
});

test('control characters of a value reach no terminal', () => {
  const problems = problemsOf({ FAILOVERD_ZONE: 'a\u001b[2J\u202eb\nc' });
  expect(problems[0]?.value).toBe('a\\x1b[2J\\u{202e}b\\nc');
});

describe('reading real files', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'failoverd-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('text, mode and owner of what was opened', () => {
    const path = join(directory, 'secret');
    writeFileSync(path, token);
    chmodSync(path, 0o640);
    const link = join(directory, 'link');
    symlinkSync(path, link);
    const read = readRegularFile(link);
    expect(read).toMatchObject({ ok: true, text: token });
    expect(read.ok && read.mode & 0o777).toBe(0o640);
    const loaded = loadConfig({
      ...input({ FAILOVERD_API_TOKEN_FILE: path }),
      readFile: readRegularFile,
      uid: process.getuid?.() ?? 0,
    });
    expect(loaded.ok ? [] : loaded.problems.map(({ remedy }) => remedy)).toContain(`chmod 600 ${path}`);
  });

  test('what is no file, too large or absent is an error code', () => {
    const large = join(directory, 'large');
    writeFileSync(large, Buffer.alloc(1_000_001));
    expect(readRegularFile(large)).toEqual({ ok: false, code: 'EFBIG' });
    expect(readRegularFile(directory)).toEqual({ ok: false, code: 'EISDIR' });
    expect(readRegularFile('/dev/zero')).toEqual({ ok: false, code: 'EINVAL' });
    expect(readRegularFile(join(directory, 'absent'))).toEqual({ ok: false, code: 'ENOENT' });
    expect(readRegularFile('a\0b')).toEqual({ ok: false, code: 'ERR_INVALID_ARG_VALUE' });
  });
});
