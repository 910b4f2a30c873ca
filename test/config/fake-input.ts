import { validate } from 'node-cron';
import { providers } from '../../providers';
import type { Config, Problem } from '../../src/config/config';
import type { ConfigInput, FileResult } from '../../src/config/input';
import { loadConfig } from '../../src/config/load';

export type Env = Readonly<Record<string, string | undefined>>;

/** Files by path: a text stands for a file of this user with mode 600. */
export type Files = Readonly<Record<string, string | FileResult>>;

/** The least that a service needs. */
export const base: Env = {
  FAILOVERD_RECORD: 'www.example.com',
  FAILOVERD_SITES: 'eu=203.0.113.10, us=198.51.100.7',
  FAILOVERD_CHECK: 'https:///health',
};

export function input(env: Env, files: Files = {}, over: Partial<ConfigInput> = {}): ConfigInput {
  return {
    env,
    providers,
    readFile: (path) => {
      const known = Object.hasOwn(files, path) ? files[path] : undefined;
      const file = known ?? { ok: false, code: 'ENOENT' };
      return typeof file === 'string' ? { ok: true, text: file, mode: 0o100600, uid: 1000 } : file;
    },
    hostname: 'node-1.example.net',
    uid: 1000,
    isTty: false,
    validCron: validate,
    boundMs: ({ policy }) => policy.ttlMs + policy.sustainMs + policy.intervalMs + policy.timeoutMs,
    ...over,
  };
}

/** The problems of `base` with these variables over it; undefined takes one away. */
export function problemsOf(env: Env, files: Files = {}): readonly Problem[] {
  const loaded = loadConfig(input({ ...base, ...env }, files));
  return loaded.ok ? [] : loaded.problems;
}

/** The configuration of `base` with these variables over it; throws when it is refused. */
export function configOf(env: Env, files: Files = {}, over: Partial<ConfigInput> = {}): Config {
  const loaded = loadConfig(input({ ...base, ...env }, files, over));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2));
  return loaded.config;
}

/** The first service of `configOf`. */
export function serviceOf(env: Env, files: Files = {}): Config['services'][number] {
  const service = configOf(env, files).services[0];
  if (service === undefined) throw new Error('no service');
  return service;
}

/** The problems of a services file alone. */
export function fileProblems(text: string, env: Env = {}): readonly Problem[] {
  const loaded = loadConfig(input({ FAILOVERD_SERVICES_FILE: '/s.yaml', ...env }, { '/s.yaml': text }));
  return loaded.ok ? [] : loaded.problems;
}
