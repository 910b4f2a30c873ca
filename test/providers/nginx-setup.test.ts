import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../providers/nginx/settings';
import type { ProviderInput } from '../../providers/provider';
import { recordSet } from '../../src/domain/records';
import type { Site } from '../../src/domain/types';

const good = {
  NGINX_UPSTREAM_FILE: '/etc/nginx/failoverd/{record}.servers',
  NGINX_UPSTREAM_PORT: '8080',
  NGINX_PROXY_URL: 'http://127.0.0.1:8054/{record}',
};

function input(env: Readonly<Record<string, string>>, over: Partial<ProviderInput> = {}): ProviderInput {
  const fixed = { record: 'www.example.com', zone: null, ttl: 60, directory: '/nonexistent', mixedFamilies: false };
  return { ...fixed, env: { ...good, ...env }, ...over };
}

function site(name: string, ...values: readonly string[]): Site {
  const types = values.some((value) => /[a-z]\./.test(value)) ? (['CNAME'] as const) : (['A', 'AAAA'] as const);
  const sets = types.flatMap((type) => {
    const set = recordSet(
      type,
      60,
      values.filter((value) => type === 'CNAME' || value.includes(':') === (type === 'AAAA')),
    );
    return set === null || set.values.length === 0 ? [] : [set];
  });
  return { name, sets };
}

test('what holds without further settings', () => {
  const read = readSettings(input({}));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { paths, port, test, reload, url, host, backups } = read.settings;
  expect(paths).toEqual({
    directory: '/etc/nginx/failoverd',
    servers: '/etc/nginx/failoverd/www.example.com.servers',
    marker: '/etc/nginx/failoverd/www.example.com.servers.marker',
    previous: '/etc/nginx/failoverd/.www.example.com.servers.previous',
    kept: '/etc/nginx/failoverd/.www.example.com.servers.kept',
    lock: '/etc/nginx/failoverd/.www.example.com.servers.lock',
  });
  expect({ port, test, reload, host }).toEqual({
    port: 8080,
    test: ['nginx', '-t', '-q'],
    reload: ['nginx', '-s', 'reload'],
    host: 'www.example.com',
  });
  expect(url.href).toBe('http://127.0.0.1:8054/www.example.com');
  expect(backups(site('a', '192.0.2.1').sets)).toEqual([]);
});

test('a wildcard has a plain file name and asks by a name below it', () => {
  const read = readSettings(input({}, { record: '*.example.com' }));
  expect(read.ok && [read.settings.paths.servers, read.settings.host]).toEqual([
    '/etc/nginx/failoverd/wildcard.example.com.servers',
    'failoverd-check.example.com',
  ]);
});

describe('refused, by name', () => {
  test.each<readonly [string, string]>([
    ['NGINX_UPSTREAM_FILE', 'etc/nginx/x'],
    ['NGINX_UPSTREAM_FILE', '/etc/nginx/'],
    ['NGINX_UPSTREAM_FILE', '/etc/nginx/../x'],
    ['NGINX_UPSTREAM_FILE', '/etc/nginx/a b'],
    ['NGINX_UPSTREAM_FILE', '/etc/nginx/*'],
    ['NGINX_UPSTREAM_FILE', ''],
    ['NGINX_UPSTREAM_PORT', '0'],
    ['NGINX_UPSTREAM_PORT', '65536'],
    ['NGINX_UPSTREAM_PORT', '80;'],
    ['NGINX_TEST_COMMAND', 'nginx -t; rm -rf /'],
    ['NGINX_TEST_COMMAND', ' '],
    ['NGINX_RELOAD_COMMAND', 'sh -c "nginx -s reload"'],
    ['NGINX_RELOAD_COMMAND', 'nginx -s $(reload)'],
    ['NGINX_PROXY_URL', 'http://localhost/'],
    ['NGINX_PROXY_URL', 'http://www.example.com/'],
    ['NGINX_PROXY_URL', 'ftp://127.0.0.1/'],
    ['NGINX_PROXY_URL', 'http://u:secret@127.0.0.1/'],
    ['NGINX_PROXY_URL', '127.0.0.1'],
    ['NGINX_BACKUPS', 'yes'],
  ])('%s=%s', (name, value) => {
    const read = readSettings(input({ [name]: value }));
    expect(read.ok ? [] : read.problems.map((problem) => problem.name)).toEqual([name]);
    expect(JSON.stringify(read)).not.toContain('secret');
  });

  test('all at once, and sites that are host names', () => {
    const sites = [site('a', 'a.example.net'), site('b', 'b.example.net')];
    const read = readSettings(input({ NGINX_UPSTREAM_PORT: 'x', NGINX_PROXY_URL: 'x' }, { sites }));
    expect(read.ok ? [] : read.problems.map((problem) => problem.name)).toEqual([
      'NGINX_UPSTREAM_PORT',
      'NGINX_PROXY_URL',
      'FAILOVERD_SITES',
    ]);
  });
});

describe('the backup servers beside a site', () => {
  const a = site('a', '192.0.2.1', '2001:db8::1');
  const b = site('b', '192.0.2.2');
  const c = site('c', '192.0.2.3', '192.0.2.2');
  test.each<readonly [string, Readonly<Record<string, string>>, Site, readonly string[]]>([
    ['the others in priority order', {}, a, ['192.0.2.2', '192.0.2.3']],
    ['the primary first', {}, b, ['192.0.2.1', '2001:db8::1', '192.0.2.3']],
    ['no address twice', {}, c, ['192.0.2.1', '2001:db8::1']],
    ['none when off', { NGINX_BACKUPS: 'off' }, a, []],
  ])('%s', (_, env, active, expected) => {
    const read = readSettings(input(env, { sites: [a, b, c] }));
    expect(read.ok && read.settings.backups(active.sets)).toEqual(expected);
  });
});
