import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Problem } from '../../src/config/config';
import { daemonTable } from '../../src/config/daemon-variables';
import { knownNames } from '../../src/config/environment';
import { loadConfig } from '../../src/config/load';
import { nearest } from '../../src/config/nearest';
import { serviceTable } from '../../src/config/service-variables';
import { settings } from '../../src/config/settings';
import type { Table } from '../../src/config/variable';
import { durationText, parseDuration } from '../../src/domain/duration';
import { base, configOf, type Env, fileProblems, input, problemsOf } from './fake-input';

const names = [...knownNames(), 'FAILOVERD_CHECK_EU'];

describe('each variable alone, empty, garbage or huge, is a problem that names it (F14)', () => {
  const values = { empty: '', blank: '  ', garbage: '\u0007 ??? {}', huge: '9'.repeat(100_000) };
  test.each(names)('%s', (name) => {
    for (const value of Object.values(values))
      expect(problemsOf({ [name]: value }).map((problem) => problem.name)).toContain(name);
  });
});

/** Text that is often nearly right. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'true',
    '0',
    '3',
    '10s',
    '5m',
    '0.4',
    '4/6h',
    'eu=203.0.113.10,us=198.51.100.7',
    'https:///health',
    'off',
    'auto',
  ),
  fc
    .array(
      fc.constantFrom(
        'a',
        '=',
        '+',
        ',',
        '.',
        ':',
        '/',
        '{site}',
        '"',
        '\\',
        '[',
        ']',
        '::',
        '10',
        '*',
        '@',
        '#',
        '%',
        '-',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

function isWhole(problem: Problem): boolean {
  const texts = [problem.name, problem.value ?? '', problem.why, problem.remedy];
  return (
    /^FAILOVERD_/i.test(problem.name) &&
    problem.why !== '' &&
    problem.remedy !== '' &&
    !texts.some((text) => /\p{Cc}|undefined|\[object/u.test(text))
  );
}

test('whatever the environment holds, nothing is thrown, and every problem names a variable, says why and what to do', () => {
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...names) },
    fc.string({ maxLength: 9 }).map((end) => `FAILOVERD_${end}`),
  );
  fc.assert(
    fc.property(fc.dictionary(name, text, { maxKeys: 6 }), fc.boolean(), (over, whole) => {
      const env: Env = whole ? { ...base, ...over } : over;
      const loaded = loadConfig(input(env));
      if (loaded.ok) return true;
      return loaded.problems.length > 0 && loaded.problems.every(isWhole);
    }),
    { numRuns: 300 },
  );
});

test('whatever the services file holds, nothing is thrown', () => {
  const key = fc.oneof(fc.constantFrom(...Object.keys(serviceTable), '__proto__', 'services'), text);
  const leaf = fc.oneof(text, fc.constantFrom(null, 3, true));
  const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(key, leaf, { maxKeys: 3 }));
  const entries = fc.array(fc.oneof(fc.dictionary(key, value, { maxKeys: 5 }), leaf), { maxLength: 3 });
  const file = fc.oneof(
    text,
    entries.map((services) => JSON.stringify({ services })),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(file, (yaml) => {
      return fileProblems(yaml).every(({ name }) => /^(FAILOVERD_SERVICES_FILE$|\/s\.yaml: )/.test(name));
    }),
    { numRuns: 200 },
  );
});

describe('what is shown can be written', () => {
  const rich: Env = {
    FAILOVERD_RECORD: 'www.example.com',
    FAILOVERD_SITES: 'eu=203.0.113.10+2001:db8::1, us=198.51.100.7, asia=192.0.2.9',
    FAILOVERD_CHECK: 'https:///health, shadow+exec:/bin/check "a, b"',
    FAILOVERD_PROVIDER: 'route53',
    FAILOVERD_ZONE: 'example.com',
    FAILOVERD_TTL: '90s',
    FAILOVERD_EXPECT_STATUS: '200-204,301',
    FAILOVERD_EXPECT_JSON: '/a/b=c=d',
    FAILOVERD_EXPECT_BODY: 'ok, fine',
    FAILOVERD_MAX_LATENCY: '1500ms',
    FAILOVERD_FAILBACK_WINDOW: '0,30 2-5 * * 1-5, * * * * 0',
    FAILOVERD_NAMESERVERS: '192.0.2.53,[2001:db8::53]:54',
    FAILOVERD_MAX_SWITCHES: '7/90m',
    FAILOVERD_RTO: '10m',
    FAILOVERD_OWNER: 'sre',
    FAILOVERD_CREATE: 'true',
  };
  test.each([[base], [rich]])('%#', (env) => {
    const [service] = configOf(env).services;
    if (service === undefined) throw new Error('no service');
    const written = new Map(settings(service).map(({ variable, value }) => [variable, value]));
    for (const { variable, key } of settings(service)) {
      const fallback = Object.entries<Table[string]>(serviceTable).find(([name]) => name === key)?.[1].fallback;
      if (fallback?.kind === 'value' && env[variable] === undefined && key !== 'create') written.delete(variable);
    }
    expect(configOf({ ...Object.fromEntries(written) }).services).toEqual([service]);
  });
});

test('every default that is text is a valid value', () => {
  for (const table of [serviceTable, daemonTable])
    for (const [key, { fallback, parser }] of Object.entries<Table[string]>(table))
      if (fallback.kind === 'text') expect([key, parser.parse(fallback.text).ok]).toEqual([key, true]);
});

test('a duration is what its text says', () => {
  fc.assert(fc.property(fc.nat(40 * 86_400_000), (ms) => expect(parseDuration(durationText(ms))).toBe(ms)));
  expect([1_500, 90_000, 3_600_000, 86_400_000, 0].map(durationText)).toEqual(['1500ms', '90s', '1h', '1d', '0s']);
});

describe('nearest name', () => {
  const rows: readonly (readonly [word: string, found: string | null])[] = [
    ['fal', 'fall'],
    ['flal', 'fall'],
    ['FAIL', 'fall'],
    ['raise', 'rise'],
    ['xyz', null],
    ['', null],
    ['fall'.repeat(26), null],
  ];
  test.each(rows)('%s → %s', (word, found) => expect(nearest(word, ['fall', 'rise', 'ttl'])).toBe(found));
});
