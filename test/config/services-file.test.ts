import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load';
import { type Env, fileProblems, input } from './fake-input';

const two = `
services:
  - record: www.example.com
    sites:
      eu: [203.0.113.10, "2001:db8::10"]
      us: 198.51.100.7
    check: https:///health
    fall: 4
    failback_window: ["* 2-5 * * *"]
  - record: api.example.com
    sites: eu=203.0.113.20+203.0.113.21, us=198.51.100.8
    check:
      - https:///health
      - shadow+tcp://:5432
    checks:
      us: https:///deep
`;

function load(text: string, env: Env = {}): ReturnType<typeof loadConfig> {
  return loadConfig(input({ FAILOVERD_SERVICES_FILE: '/s.yaml', ...env }, { '/s.yaml': text }));
}

test('entries are services; the environment gives their defaults', () => {
  const env = { FAILOVERD_FALL: '5', FAILOVERD_RISE: '7', FAILOVERD_CHECK_EU: 'tls://', FAILOVERD_PROVIDER: 'route53' };
  const loaded = load(two, env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const [www, api] = loaded.config.services;
  expect(www?.policy).toMatchObject({ record: 'www.example.com', fall: 4, rise: 7, create: false });
  expect(api?.policy).toMatchObject({ record: 'api.example.com', fall: 5, rise: 7 });
  expect(www?.policy.sites[0]?.sets.map(({ type, values }) => [type, values])).toEqual([
    ['A', ['203.0.113.10']],
    ['AAAA', ['2001:db8::10']],
  ]);
  expect(www?.failbackWindow).toEqual(['* 2-5 * * *']);
  const urls = Object.entries(api?.checks ?? {}).map(([site, checks]) => [site, checks.map(({ url }) => url)]);
  expect(urls).toEqual([
    ['eu', ['tls://']],
    ['us', ['https:///deep']],
  ]);
  expect(loaded.config.servicesFile).toBe('/s.yaml');
});

test('the cap on switches at once grows with the services', () => {
  const many = Array.from({ length: 30 }, (_, i) => ({
    record: `s${i}.example.com`,
    sites: { eu: '203.0.113.10', us: '198.51.100.7' },
    check: 'https:///health',
  }));
  const loaded = load(JSON.stringify({ services: many }));
  expect(loaded.ok && new Set(loaded.config.services.map(({ policy }) => policy.switchCap))).toEqual(new Set([6]));
});

const entry = 'record: www.example.com, sites: {eu: 203.0.113.10, us: 198.51.100.7}, check: "https:///health"';
const one = (more: string): string => `services: [{${entry}, ${more}}]`;
const name = (path: string): string => `/s.yaml: ${path}`;
const F = 'FAILOVERD_SERVICES_FILE';

describe('refused, by path', () => {
  const rows: readonly (readonly [text: string, name: string, says: RegExp])[] = [
    ['', name('services'), /nothing would be managed/],
    ['services: []', name('services'), /nothing would be managed/],
    ['services: {a: 1}', name('services'), /not a list/],
    ['- record: x', name('services'), /not a list/],
    [`service: []\nservices: [{${entry}}]`, name('service'), /file’s top/],
    ['services: [text]', name('services[0]'), /not a mapping/],
    ['services: [{}]', name('services[0].record'), /required/],
    [one('fal: 3'), name('services[0].fal'), /did you mean fall/],
    [one('__proto__: {fall: 3}'), name('services[0].__proto__'), /not a key/],
    [one('constructor: x'), name('services[0].constructor'), /not a key/],
    [one('toString: x'), name('services[0].toString'), /not a key/],
    [one('"<<": {fall: 3}'), name('services[0].<<'), /not a key/],
    [one('api_token: abcdefghijklmnop'), name('services[0].api_token'), /whole daemon.*FAILOVERD_API_TOKEN in the env/],
    [one('fall: '), name('services[0].fall'), /empty/],
    [one('fall: ""'), name('services[0].fall'), /empty/],
    [one('fall: null'), name('services[0].fall'), /whole number/],
    [one('fall: [3]'), name('services[0].fall'), /several values/],
    [one('fall: {a: {b: 3}}'), name('services[0].fall'), /nested too deeply/],
    [one('fall: 03e0'), name('services[0].fall'), /whole number/],
    [one('ttl: 60'), name('services[0].ttl'), /did you mean 60s/],
    [one('timeout: 20s'), name('services[0].timeout'), /longer than the interval/],
    [one('fall: 3, fall: 4'), name('services[0].fall'), /twice, again at line 1/],
    [one('checks: {eu: ""}'), name('services[0].checks.eu'), /empty/],
    [
      one('checks: {ue: "tcp://:443"}'),
      name('services[0].checks.ue'),
      /did you mean \/s\.yaml: services\[0\]\.checks\.eu/,
    ],
    [one('checks: {eu: "tls://", EU: "tls://"}'), name('services[0].checks.EU'), /names this site twice/],
    [
      `services: [{record: a.example.com, sites: {eu: 203.0.113.10, us: }, check: "tls://"}]`,
      name('services[0].sites.us'),
      /empty/,
    ],
    [`services: [{${entry}}, {${entry.replace('www.', 'WWW.')}}]`, name('services[1].record'), /another entry/],
    [
      `services: [{${entry.replace('www.', 'wildcard.')}}, {${entry.replace('www.', '"*.').replace('.com,', '.com",').replace('https:///health', 'tls://lb.example.net')}}]`,
      name('services[1].record'),
      /share the marker _failoverd\.wildcard\.example\.com/,
    ],
    [
      `services: [{${entry}}, {record: b.example.com, sites: {eu: www.example.com, us: lb.example.net}, check: "tls://"}]`,
      name('services[1].sites'),
      /leads to www\.example\.com, which is managed too/,
    ],
    [
      `services: [{${entry}}, {${entry.replace('www.', 'b.').replace('https:///', 'https://www.example.com/')}}]`,
      name('services[1].check'),
      /asks www\.example\.com, which is managed too/,
    ],
    [`services: [{${entry}, fall: &a 3, rise: *a}]`, name('services[0].rise'), /alias/],
    [one('owner: !secret x'), F, /line 1, column \d+ \(TAG_RESOLVE_FAILED\)/],
    [one('owner: !!binary aGVsbG8='), name('services[0].owner'), /tag/],
    ['services: [\n  {record: "www}', F, /not YAML at line 2/],
    ['failback_window: * 2-5 * * *', F, /line 1, column 18 .*quote/],
    [`services: [{${entry}}]\n---\nservices: []`, F, /MULTIPLE_DOCS/],
    ['['.repeat(20_000), F, /not YAML/],
    [`a: ${'['.repeat(20)}${']'.repeat(20)}`, name('a[0][0][0][0][0][0][0][0]'), /nested more than 8/],
    [`services: [${'{},'.repeat(1_001)}]`, name('services'), /1001 entries/],
    [`# ${'x'.repeat(1_000_000)}`, F, /larger than 1 MB/],
  ];
  test.each(rows.map(([text, at, says]) => ({ at, says, text })))('$at $says', ({ text, at, says }) => {
    const found = fileProblems(text).filter((problem) => problem.name === at);
    if (found.length === 0) throw new Error(`no problem at ${at}, but ${JSON.stringify(fileProblems(text))}`);
    expect(found.map(({ why, remedy }) => `${why}; ${remedy}`).join('\n')).toMatch(says);
  });
});

describe('refused, by the environment beside it', () => {
  const rows: readonly (readonly [env: Env, name: string, says: RegExp])[] = [
    [{ FAILOVERD_RECORD: 'www.example.com' }, 'FAILOVERD_RECORD', /together with a services file/],
    [{ FAILOVERD_FALL: 'x' }, 'FAILOVERD_FALL', /whole number/],
    [{ FAILOVERD_CHECK_ASIA: 'tls://' }, 'FAILOVERD_CHECK_ASIA', /names no site/],
    [{ [F]: '/absent.yaml', FAILOVERD_CHECK_EU: 'tls://' }, F, /does not exist/],
    [{ [F]: '' }, F, /empty/],
  ];
  test.each(rows)('%j', (env, at, says) => {
    const problems = fileProblems(two, env);
    expect(problems.map((problem) => problem.name)).toEqual([at]);
    expect(problems[0]?.why).toMatch(says);
  });

  test('a conflict of the two is named after the entry', () => {
    const text = one('interval: 4s');
    expect(fileProblems(text, { FAILOVERD_TIMEOUT: '5s' }).map((problem) => problem.name)).toEqual([
      name('services[0].interval'),
    ]);
  });
});

describe('who may change the file', () => {
  const others = (mode: string): string => `names a file that others may change (mode ${mode}); chmod go-w /s.yaml`;
  const another = (uid: number): string => `names a file of another user (uid ${uid}); chown 1000 /s.yaml`;
  test.each<readonly [mode: string, uid: number, says: string | null]>([
    ['0600', 1000, null],
    ['0644', 1000, null],
    ['0644', 0, null],
    ['0440', 0, null],
    ['0666', 1000, others('0666')],
    ['0602', 1000, others('0602')],
    ['0664', 1000, others('0664')],
    ['0660', 0, others('0660')],
    ['0600', 1001, another(1001)],
    ['0644', 65_534, another(65_534)],
  ])('mode %s of uid %i: %s', (mode, uid, says) => {
    const file = { ok: true, text: two, mode: 0o100000 | Number.parseInt(mode, 8), uid } as const;
    const loaded = loadConfig(input({ [F]: '/s.yaml' }, { '/s.yaml': file }));
    const problems = loaded.ok ? [] : loaded.problems.map(({ name, why, remedy }) => [name, `${why}; ${remedy}`]);
    expect(problems).toEqual(says === null ? [] : [[F, says]]);
  });
});

test('a hostile file is answered in bounded time', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: x`).join('\n');
  const started = performance.now();
  expect(fileProblems(keys).length).toBeGreaterThan(0);
  expect(performance.now() - started).toBeLessThan(10_000);
});
