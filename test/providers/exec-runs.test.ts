import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { providers } from '../../providers';
import { create } from '../../providers/exec/exec';
import type { Provider } from '../../providers/provider';
import { ownUid } from '../../providers/rights';
import { readProvider } from '../../src/config/provider-variables';
import { input } from '../config/fake-input';
import { connectExec } from './exec-world';
import { eventually } from './faulty-http';

const directory = mkdtempSync(join(tmpdir(), 'failoverd-exec-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let programs = 0;

/** A program with that text; connected to. */
async function opened(text: string, env: Readonly<Record<string, string>> = {}): Promise<Provider> {
  const path = join(directory, `program${programs++}`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o700);
  return connectExec(path, env);
}

const read = (provider: Provider, ms = 2_000) => provider.read(AbortSignal.timeout(ms));
const empty = '{"sets": [], "texts": []}';
const old = '{"sets": [{"type": "A", "ttl": 60, "values": ["192.0.2.1"]}], "texts": []}';

describe('what a reading may be answered', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['nothing', '', 'unknown'],
    ['no JSON', 'echo "<html>"', 'unknown'],
    ['a list', 'echo "[]"', 'unknown'],
    ['half of it', `echo '{"sets": [], "te'`, 'unknown'],
    ['no texts', `echo '{"sets": []}'`, 'unknown'],
    ['no sets', `echo '{"texts": []}'`, 'unknown'],
    ['a set without values', `echo '{"sets": [{"type": "A", "ttl": 60, "values": []}], "texts": []}'`, 'unknown'],
    [
      'a value that is none',
      `echo '{"sets": [{"type": "A", "ttl": 60, "values": ["300.1.1.1"]}], "texts": []}'`,
      'unknown',
    ],
    [
      'a TTL that is text',
      `echo '{"sets": [{"type": "A", "ttl": "60", "values": ["192.0.2.1"]}], "texts": []}'`,
      'unknown',
    ],
    [
      'one type twice',
      `echo '{"sets": [{"type": "A", "ttl": 6, "values": ["192.0.2.1"]}, {"type": "A", "ttl": 6, "values": ["192.0.2.2"]}], "texts": []}'`,
      'unknown',
    ],
    ['a proof that is none', `echo '{"sets": [], "texts": [], "proof": "faith"}'`, 'unknown'],
    ['an outcome of writing', `echo '{"outcome": "applied"}'`, 'unknown'],
    ['exit 1', `echo '${empty}'; exit 1`, 'unknown'],
    ['its own death', `echo '${empty}'; kill -9 $$`, 'unknown'],
    ['a word of refusal', `echo '{"outcome": "denied"}'`, 'denied'],
    ['a word of refusal with exit 1', `echo '{"outcome": "throttled", "retryAfterMs": 9e9}'; exit 1`, 'throttled'],
    ['a word that there is none of', `echo '{"outcome": "perhaps"}'; exit 1`, 'unknown'],
    ['a conflict', `echo '{"outcome": "conflict"}'`, 'unknown'],
    ['more than 1 MiB', 'yes', 'unknown'],
  ];
  test.each(rows)('%s: a failure, never "absent"', async (_, text, code) => {
    const reading = await read(await opened(text));
    expect(reading).toMatchObject({ ok: false, code });
    if (code === 'throttled') expect(reading).toMatchObject({ retryAfterMs: 300_000 });
  });

  test('absent, when both lists are there and empty', async () => {
    const reading = await read(await opened(`echo '${empty}'`));
    expect(reading).toEqual({
      ok: true,
      found: { sets: [], marker: null, foreignMarker: null, obstacles: [] },
      proof: 'dns',
    });
  });

  test('other types are left out; obstacles and proof are taken over', async () => {
    const answer = {
      sets: [{ type: 'MX', values: ['x'] }],
      texts: ['mine'],
      obstacles: ['an alias\u001b[2J'],
      proof: 'api',
    };
    const reading = await read(await opened(`echo '${JSON.stringify(answer)}'`));
    expect(reading).toMatchObject({ ok: true, proof: 'api', found: { sets: [], foreignMarker: 'mine' } });
    expect(reading.ok ? reading.found.obstacles : []).toEqual(['an alias\\x1b[2J']);
  });

  const hinted = '1 . alpn="h2,h3" ipv6hint=2001:DB8::0:1 ipv4hint=192.0.2.1';
  test.each<readonly [string, readonly string[], readonly string[] | null, RegExp | null]>([
    ['with hints: ours, in normal form', [hinted], ['1 . alpn=h2,h3 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1'], null],
    [
      'one of two with hints: the set whole',
      [hinted.replace('1 .', '2 .'), '1 . alpn=h2'],
      ['1 . alpn=h2', '2 . alpn=h2,h3 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1'],
      null,
    ],
    ['without hints: a neighbour', ['1 . alpn=h2', 'of a kind we do not know'], null, null],
    ['hints by number', ['1 . key4="\\192\\000\\002\\001"'], null, /^HTTPS of the name.*not understood/],
    ['hints that are none', ['1 . ipv4hint=lb.example.net'], null, /^HTTPS of the name.*not understood/],
  ])('HTTPS %s', async (_, values, ours, obstacle) => {
    const answer = { sets: [{ type: 'HTTPS', ttl: 60, values }], texts: [] };
    const reading = await read(await opened(`cat <<'EOF'\n${JSON.stringify(answer)}\nEOF`));
    if (!reading.ok) throw new Error(reading.why);
    expect(reading.found.sets).toEqual(ours === null ? [] : [{ type: 'HTTPS', ttl: 60, values: ours }]);
    expect(reading.found.obstacles).toEqual(obstacle === null ? [] : [expect.stringMatching(obstacle)]);
  });

  test.each([
    ['is not there', async () => connectExec('/nonexistent/program'), 'unavailable'],
    ['may not be run', async () => connectExec(join(directory, 'no-program')), 'denied'],
    ['is a folder', async () => connectExec(directory), 'denied'],
  ])('a program that %s', async (_, connect, code) => {
    writeFileSync(join(directory, 'no-program'), '');
    expect(await read(await connect())).toMatchObject({ ok: false, code });
  });
});

describe('what a replacement may be answered', () => {
  const to = [{ type: 'A' as const, ttl: 60, values: ['192.0.2.2'] }];
  const marker = { owner: 'sre', generation: 1, site: 'b' };
  const rows: readonly (readonly [string, string, string])[] = [
    ['applied, though nothing was done', `echo '{"outcome": "applied"}'`, 'unknown'],
    ['applied with exit 1', `echo '{"outcome": "applied"}'; exit 1`, 'unknown'],
    ['conflict', `echo '{"outcome": "conflict"}'`, 'conflict'],
    ['throttled', `echo '{"outcome": "throttled"}'; exit 75`, 'throttled'],
    ['denied', `echo '{"outcome": "denied"}'; exit 77`, 'denied'],
    ['unavailable', `echo '{"outcome": "unavailable"}'`, 'unavailable'],
    ['unknown', `echo '{"outcome": "unknown"}'`, 'unknown'],
    ['nothing', '', 'unknown'],
    ['exit 1', 'exit 1', 'unknown'],
    ['no end', 'sleep 60', 'unknown'],
  ];
  test.each(rows)('%s', async (_, text, code) => {
    const provider = await opened(
      `case $(cat) in *'"replace"'*) ${text === '' ? ':' : text} ;; *) echo '${old}' ;; esac`,
    );
    const reading = await read(provider);
    if (!reading.ok) throw new Error(reading.why);
    const outcome = await provider.replace({ from: reading.found, to, marker }, AbortSignal.timeout(3_000));
    expect(outcome.code).toBe(code);
  });

  test('what it is asked', async () => {
    const file = join(directory, 'asked');
    const provider = await opened(`cat >${file}; echo >>${file}.all; cat ${file} >>${file}.all; echo '${old}'`);
    const reading = await read(provider);
    if (!reading.ok) throw new Error(reading.why);
    await provider.replace({ from: reading.found, to, marker }, AbortSignal.timeout(6_000));
    const same = reading.found.sets.map((set) => ({ ...set, ttl: 5 }));
    await provider.replace({ from: reading.found, to: same, marker }, AbortSignal.timeout(6_000));
    const about = {
      version: 1,
      record: 'www.example.test',
      zone: null,
      ttl: 60,
      markerName: '_failoverd.www.example.test',
    };
    const from = { sets: reading.found.sets, marker: null };
    const wanted = { action: 'replace', from, marker: 'heritage=failoverd,owner=sre,generation=1,site=b' };
    const asked = readFileSync(`${file}.all`, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(asked).toEqual([
      { ...about, action: 'read' },
      { ...about, action: 'read' },
      { ...about, ...wanted, to, markerOnly: false },
      { ...about, action: 'read' },
      // The TTLs that stand there, not those of the configuration.
      { ...about, ...wanted, to: reading.found.sets, markerOnly: true },
    ]);
  });
});

describe('the process', () => {
  const writesLate = (file: string): string => `(sleep 0.7; echo late >${file}) & sleep 60`;

  test('at the deadline the whole group dies: nothing it began goes on', async () => {
    const file = join(directory, 'late');
    const started = performance.now();
    expect(await read(await opened(writesLate(file)), 200)).toMatchObject({ ok: false, code: 'unknown' });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await eventually(async () => existsSync(file))).toBe(false);
  });

  test('close ends what is under way', async () => {
    const provider = await opened('sleep 60');
    const reading = read(provider, 10_000);
    await provider.close();
    expect(await reading).toMatchObject({ ok: false });
    expect(await read(provider)).toMatchObject({ ok: false, code: 'unavailable' });
  });

  test('what a program leaves behind with its output open is not waited for', async () => {
    const provider = await opened(`sleep 60 & echo '${empty}'`);
    const started = performance.now();
    expect(await read(provider)).toMatchObject({ ok: true });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('its environment is PATH, HOME and its own variables; the command is no part of it, and no shell reads it', async () => {
    const file = join(directory, 'environment');
    const path = join(directory, 'show');
    writeFileSync(
      path,
      `#!/bin/sh\nenv | cut -d= -f1 | sort >${file}; echo "$@" >>${file}; pwd >>${file}; echo '${empty}'\n`,
    );
    chmodSync(path, 0o700);
    const provider = await connectExec(`${path}  $(id) ;ls`, { EXEC_PROVIDER_TOKEN: 't', HOME: '/home/x' });
    await read(provider);
    const seen = readFileSync(file, 'utf8').trim().split('\n');
    expect(seen).toEqual(['EXEC_PROVIDER_TOKEN', 'HOME', 'PATH', 'PWD', '$(id) ;ls', '/']);
  });

  test('a value of its environment is blotted out of every word, a zone or a TTL is not', async () => {
    const provider = await opened(
      `echo '{"outcome": "denied", "why": "bad token abcdef, ttl 60"}'; echo abcdef >&2; exit 1`,
      {
        EXEC_PROVIDER_TOKEN: 'abcdef',
        EXEC_PROVIDER_TTL: '60',
      },
    );
    expect(await read(provider)).toMatchObject({
      why: expect.stringMatching(/bad token \[EXEC_PROVIDER_TOKEN\], ttl 60$/),
    });
  });

  test('values are not taken for secrets in the records themselves', async () => {
    const answer = `{"sets": [{"type": "CNAME", "ttl": 60, "values": ["b.example.net"]}], "texts": []}`;
    const provider = await opened(`echo '${answer}'`, { EXEC_PROVIDER_ZONE: 'example.net' });
    expect(await read(provider)).toMatchObject({ found: { sets: [{ values: ['b.example.net'] }] } });
  });
});

describe('preflight', () => {
  test('a credential that ends', async () => {
    const finding = { level: 'ok', text: 'the token ends', expiresAt: '2027-01-31T00:00:00Z' };
    const provider = await opened(`echo '${JSON.stringify({ findings: [finding] })}'`);
    const [first] = await provider.preflight(AbortSignal.timeout(6_000));
    expect(first).toEqual({ level: 'ok', text: 'the token ends', expiresAtMs: Date.UTC(2027, 0, 31) });
  });

  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['findings', `echo '{"findings": [{"level": "warn", "text": "the token expires"}]}'`, ['warn', 'ok']],
    ['nothing', '', ['warn', 'ok']],
    ['an end that is none', `echo '{"findings": [{"level": "ok", "text": "x", "expiresAt": "soon"}]}'`, ['warn', 'ok']],
    [
      'an end in no zone',
      `echo '{"findings": [{"level": "ok", "text": "x", "expiresAt": "2027-01-31T00:00:00"}]}'`,
      ['warn', 'ok'],
    ],
    ['a refusal', `echo '{"outcome": "denied"}'; exit 1`, ['warn', 'ok']],
    ['a level that there is none of', `echo '{"findings": [{"level": "fatal", "text": "x"}]}'`, ['warn', 'ok']],
  ];
  test.each(rows)('%s', async (_, text, levels) => {
    const provider = await opened(
      `case $(cat) in *'"preflight"'*) ${text === '' ? ':' : text} ;; *) echo '${old}' ;; esac`,
    );
    const findings = await provider.preflight(AbortSignal.timeout(6_000));
    const asRoot = ownUid() === 0 ? ['warn'] : [];
    expect(findings.map(({ level }) => level)).toEqual([...levels, ...asRoot]);
    expect(findings[1]?.text).toBe('www.example.test: A 192.0.2.1');
  });
});

test.each([
  ['a program', 0o775, 0o755, /open\/program may be written by others \(mode 0775/],
  ['its folder', 0o755, 0o757, /open may be written by others \(mode 0757/],
])('%s that others may write is told', async (_, program, folder, why) => {
  const place = join(mkdtempSync(join(directory, 'x-')), 'open');
  mkdirSync(place);
  writeFileSync(join(place, 'program'), `#!/bin/sh\necho '${old}'\n`);
  chmodSync(join(place, 'program'), program);
  chmodSync(place, folder);
  const provider = await connectExec(join(place, 'program'));
  const findings = await provider.preflight(AbortSignal.timeout(6_000));
  const open = findings.filter(({ text }) => text.includes('may be written'));
  expect(open).toEqual([{ level: 'warn', text: expect.stringMatching(why) }]);
});

test.each([
  ['/usr/local/bin/my-dns --production', true],
  ['my-dns', false],
  ['./my-dns', false],
  ['', false],
  ['/usr/local/bin/', false],
  [`/bin/x${' y'.repeat(64)}`, false],
])('EXEC_PROVIDER_COMMAND=%s', async (command, ok) => {
  const env = command === '' ? {} : { EXEC_PROVIDER_COMMAND: command };
  const created = await create({
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env,
    directory: '/',
    mixedFamilies: false,
  });
  expect(created.ok).toBe(ok);
});

describe('from the environment of the daemon', () => {
  const row = providers.find(({ name }) => name === 'exec');
  const settings = (env: Readonly<Record<string, string>>, files = {}) => {
    if (row === undefined) throw new Error('no exec provider');
    return readProvider(row, input(env, files));
  };

  test('PATH, HOME and what begins with EXEC_PROVIDER_, files read, all of it but the command secret', () => {
    const env = {
      EXEC_PROVIDER_COMMAND: '/bin/x',
      EXEC_PROVIDER_A: 'one',
      EXEC_PROVIDER_B_FILE: '/b',
      PATH: '/bin',
      OTHER: 'no',
    };
    const { HOME: _, ...read } = settings(env, { '/b': 'two\n' }).env;
    expect(read).toEqual({
      EXEC_PROVIDER_COMMAND: '/bin/x',
      EXEC_PROVIDER_A: 'one',
      EXEC_PROVIDER_B: 'two',
      PATH: '/bin',
    });
    expect(settings(env, { '/b': 'two\n' }).secrets).toEqual(['one', 'two']);
  });

  test('a variable given twice, an empty one and a file that is missing are problems', () => {
    const env = {
      EXEC_PROVIDER_COMMAND: '/bin/x',
      EXEC_PROVIDER_A: 'x',
      EXEC_PROVIDER_A_FILE: '/a',
      EXEC_PROVIDER_B: '',
      EXEC_PROVIDER_C_FILE: '/c',
    };
    expect(settings(env).problems.map(({ name }) => name)).toEqual([
      'EXEC_PROVIDER_A_FILE',
      'EXEC_PROVIDER_B',
      'EXEC_PROVIDER_C_FILE',
    ]);
    expect(settings({}).problems.map(({ name }) => name)).toEqual(['EXEC_PROVIDER_COMMAND']);
  });
});
