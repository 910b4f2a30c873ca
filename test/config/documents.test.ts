import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { providers } from '../../providers';
import { loadConfig } from '../../src/config/load';
import { configurationMarkdown } from '../../src/config/markdown';
import { blocksOf, readPage } from '../readme-text';
import { parseEnvironmentFile } from './environment-file';
import { input } from './fake-input';

const root = join(__dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** After a change of a table: npm run build && node -e "process.stdout.write(require('./dist/src/config/markdown').configurationMarkdown(require('./dist/providers').providers))" > docs/configuration.md */
test('docs/configuration.md is what the tables say', () => {
  expect(read('docs/configuration.md')).toBe(configurationMarkdown(providers));
});

test('the example of a services file in the manual is accepted', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(configurationMarkdown(providers)) ?? [];
  const loaded = loadConfig(input({ FAILOVERD_SERVICES_FILE: '/s.yaml' }, { '/s.yaml': yaml }));
  expect(loaded.ok ? loaded.config.services.map(({ policy }) => policy.record) : loaded.problems).toEqual([
    'www.example.com',
    'api.example.com',
  ]);
});

test('no example has a comment behind a value, which systemd would take for a part of it', () => {
  const pages = ['README.md', 'README.zh-CN.md', 'docs', 'deploy', 'providers'].flatMap((path) =>
    /\.md$/.test(path)
      ? [path]
      : readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).map((file) => join(path, file)),
  );
  const texts = pages.flatMap((path) =>
    path.endsWith('.md') ? blocksOf(readPage(path)) : path.endsWith('.env') ? [readPage(path)] : [],
  );
  expect(texts.length).toBeGreaterThan(30);
  const behind = /^#?[A-Z][A-Z0-9_]*=(?:"[^"]*"|'[^']*'|[^\s"']*)[ \t]+[#;].*$/gm;
  expect(texts.flatMap((text) => text.match(behind) ?? [])).toEqual([]);
  expect('A_B=c    # or d'.match(behind)).not.toBeNull();
});

describe('deploy/failoverd.env', () => {
  const text = read('deploy/failoverd.env');

  test('is accepted as it is, without a warning: three regions, /health, Route 53', () => {
    const loaded = loadConfig(input(parseEnvironmentFile(text)));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const [service] = loaded.config.services;
    expect(service?.policy.sites.map(({ name }) => name)).toEqual(['asia-east1', 'europe-west1', 'us-central1']);
    expect(service?.providers).toEqual(['route53']);
    expect(Object.values(service?.checks ?? {}).map((checks) => checks.map(({ path }) => path))).toEqual([
      ['/health'],
      ['/health'],
      ['/health'],
    ]);
    expect(loaded.config.warnings).toEqual([]);
  });

  test('is accepted with every line that is commented out', () => {
    const all = text.replace(/^#(?=[A-Z0-9_]+=)/gm, '');
    const token = { ok: true, text: 'x'.repeat(32), mode: 0o100400, uid: 1000 } as const;
    const loaded = loadConfig(
      input(parseEnvironmentFile(all), {
        '/run/credentials/failoverd.service/api-token': token,
        '/run/credentials/failoverd.service/notify': { ...token, text: 'slack://hooks.slack.com/services/T/B/X' },
      }),
    );
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    expect(Object.keys(parseEnvironmentFile(all)).length).toBeGreaterThan(
      Object.keys(parseEnvironmentFile(text)).length,
    );
  });
});
