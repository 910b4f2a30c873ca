import { describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/config/config';
import { loadConfig } from '../../src/config/load';
import { type Reloaded, reloadConfig } from '../../src/config/reload';
import { base, configOf, type Env, input } from './fake-input';

const entry = (record: string, more = ''): string =>
  `  - record: ${record}.example.com\n    sites: eu=203.0.113.10, us=198.51.100.7\n    check: https:///health\n${more
    .split(';')
    .map((line) => `    ${line.trim()}\n`)
    .join('')}`;
const file = (...entries: readonly string[]): string => `services:\n${entries.join('')}`;

function running(text: string, env: Env = {}): Config {
  const loaded = loadConfig(input({ FAILOVERD_SERVICES_FILE: '/s.yaml', ...env }, { '/s.yaml': text }));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

function reload(before: string, after: string, env: Env = {}): Reloaded {
  const previous = running(before, env);
  return reloadConfig(previous, input({ FAILOVERD_SERVICES_FILE: '/s.yaml', ...env }, { '/s.yaml': after }));
}

describe('taken, with what changes', () => {
  const www = entry('www', 'fall: 5');
  const rows: readonly (readonly [before: string, after: string, diff: readonly string[]])[] = [
    [file(www), file(www), []],
    [file(www), file(entry('www', 'fall: 3')), ['www.example.com: fall 5 → 3']],
    [file(www), file(entry('www', 'fall: 5; sustain: 1m')), ['www.example.com: sustain 20s → 1m']],
    [
      file(www.replace('/health', '/health?token=one')),
      file(www.replace('/health', '/health?token=two')),
      ['www.example.com: a value in the query of a check changed'],
    ],
    [file(www), file(www, entry('api')), ['api.example.com: added']],
    [file(www, entry('api')), file(entry('api'), www), []],
    [file(entry('www', 'fall: 3')), file(entry('www')), []],
    [
      file(www),
      file(www.replace('203.0.113.10', '203.0.113.11')),
      ['www.example.com: sites eu=203.0.113.10, us=198.51.100.7 → eu=203.0.113.11, us=198.51.100.7'],
    ],
    [
      file(www),
      file(entry('www', 'fall: 5; checks: {us: "tls://"}')),
      ['www.example.com: check https:///health → eu: https:///health, us: tls://'],
    ],
    [
      file(www),
      file(entry('www', 'fall: 5; provider: route53; create: true')),
      ['www.example.com: provider builtin → route53'],
    ],
  ];
  test.each(rows.map(([before, after, diff]) => ({ before, after, diff })))('$diff', ({ before, after, diff }) => {
    const reloaded = reload(before, after);
    expect(reloaded.ok ? [] : reloaded.problems).toEqual([]);
    expect(reloaded.diff).toEqual(diff);
  });
});

describe('refused whole, the running one kept', () => {
  const rows: readonly (readonly [before: string, after: string, name: string, says: RegExp])[] = [
    // F12: a syntax error
    [file(entry('www')), 'services: [', 'FAILOVERD_SERVICES_FILE', /not YAML/],
    [file(entry('www')), '', '/s.yaml: services', /nothing would be managed/],
    [file(entry('www')), file(entry('www', 'fall: 0')), '/s.yaml: services[0].fall', /whole number/],
    // F02: a safety setting vanished
    ...[
      'fall: 5',
      'rise: 10',
      'sustain: 1m',
      'failback_after: 15m',
      'max_switches: 2/1h',
      'down_ratio: 0.6',
      'window: 60',
      'create: false',
    ].map(
      (line) =>
        [
          file(entry('www', line)),
          file(entry('www')),
          `/s.yaml: services[0].${line.split(':')[0]}`,
          new RegExp(
            `was ${line.split(': ')[1]}, is not set any more, and would fall back to .*write it out: ${line.split(':')[0]}: `,
          ),
        ] as const,
    ),
    ...[
      'expect_body: ours',
      'failback_window: "* 2-5 * * *"',
      'rto: 5m',
      'nameservers: 192.0.2.53',
      'max_latency: 1s',
    ].map(
      (line) =>
        [
          file(entry('www', line)),
          file(entry('www')),
          `/s.yaml: services[0].${line.split(':')[0]}`,
          /restart failoverd to drop it/,
        ] as const,
    ),
    [
      file(entry('www'), entry('api', 'fall: 5')),
      file(entry('api'), entry('www')),
      '/s.yaml: services[0].fall',
      /was 5/,
    ],
    // a service vanished
    [
      file(entry('www'), entry('api')),
      file(entry('www')),
      '/s.yaml: services',
      /api\.example\.com is not there any more/,
    ],
    [file(entry('www')), file(entry('ww2')), '/s.yaml: services', /www\.example\.com is not there any more/],
  ];
  test.each(rows.map(([before, after, name, says]) => ({ before, after, name, says })))('$name $says', (row) => {
    const { before, after, name, says } = row;
    const reloaded = reload(before, after);
    expect(reloaded.ok).toBe(false);
    const problems = reloaded.ok ? [] : reloaded.problems;
    expect(problems.map((problem) => problem.name)).toEqual([name]);
    expect(`${problems[0]?.why}; ${problems[0]?.remedy}`).toMatch(says);
  });

  test('a refusal still says what would have changed', () => {
    const reloaded = reload(file(entry('www', 'fall: 5')), file(entry('www', 'rise: 8')));
    expect(reloaded).toMatchObject({ ok: false, diff: ['www.example.com: fall 5 → 3', 'www.example.com: rise 6 → 8'] });
  });

  test('the environment’s defaults hold where the file is silent', () => {
    expect(reload(file(entry('www', 'fall: 5')), file(entry('www')), { FAILOVERD_FALL: '4' })).toMatchObject({
      ok: true,
      diff: ['www.example.com: fall 5 → 4'],
    });
  });
});

test('without a services file, secrets are read again and their change is said without them', () => {
  const env = { FAILOVERD_API_TOKEN_FILE: '/t', FAILOVERD_PROVIDER: 'cloudflare', CLOUDFLARE_API_TOKEN_FILE: '/c' };
  const previous = configOf(env, { '/t': 'a'.repeat(20), '/c': 'one-secret' });
  const reloaded = reloadConfig(previous, input({ ...base, ...env }, { '/t': 'b'.repeat(20), '/c': 'two-secret' }));
  expect(reloaded).toMatchObject({
    ok: true,
    config: { apiToken: 'b'.repeat(20) },
    diff: ['the API token changed', 'www.example.com: variables of provider cloudflare changed'],
  });
});

test('without a services file, what vanished is named by its variable', () => {
  const reloaded = reloadConfig(configOf({ FAILOVERD_FALL: '5' }), input(base));
  expect(reloaded.ok ? [] : reloaded.problems.map(({ name, remedy }) => [name, remedy])).toEqual([
    ['FAILOVERD_FALL', 'if that is meant, write it out: FAILOVERD_FALL=3'],
  ]);
});
