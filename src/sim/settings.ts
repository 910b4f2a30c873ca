import type { ProviderRow } from '../../providers/provider';
import type { Config, ServiceConfig } from '../config/config';
import type { ConfigInput, FileResult } from '../config/input';
import { loadConfig } from '../config/load';
import { reloadConfig } from '../config/reload';
import { settings } from '../config/settings';
import type { Policy, Site } from '../domain/types';
import type { Edit } from './reloads';

/** What came of a reload by the real code; `broken`: S15 was. */
export interface Reload {
  /** The settings from now on; null: everything stays as it was. */
  readonly policy: Policy | null;
  readonly says: string;
  readonly broken: string | null;
}

/** The services file of one record, and what the daemon holds of it. */
export interface Settings {
  reload(edit: Edit): Reload;
}

const path = '/etc/failoverd/services.yaml';
const provider: ProviderRow = {
  name: 'simulated',
  owned: false,
  settleMs: 0,
  variables: [],
  load: () => Promise.reject(new Error('the world has its own providers')),
};

export function createSettings(first: Policy): Settings {
  let policy = first;
  let lines: Lines = [];
  let running: Config | null = null;

  return {
    reload(edit) {
      if (running === null) lines = written(first);
      const config = running ?? loaded(textOf(lines));
      const next = edited(lines, edit, policy);
      const whole = textOf(next);
      const text = edit.how === 'tears' ? whole.slice(0, Math.floor(edit.share * whole.length)) : whole;
      const file: FileResult =
        edit.how === 'unreadable' ? { ok: false, code: edit.code } : { ok: true, text, mode: 0o100600, uid: 0 };
      const before = shown(config);
      const answer = reloadConfig(config, inputOf(file));
      const isGood = ['sets', 'turns', 'takes-out', 'readdresses'].includes(edit.how);
      if (!answer.ok) {
        const [problem] = answer.problems;
        const says = `refused: ${problem?.name}: ${problem?.why}`;
        const mute = answer.problems.every(({ name, why, remedy }) => name === '' || why === '' || remedy === '');
        const broken = isGood ? `a good file was ${says}` : mute ? 'refused without a reason' : null;
        return { policy: null, says, broken };
      }
      const after = shown(answer.config);
      const asked = isGood ? new Map(next) : before;
      const wrong = [...after].filter(([key, value]) => value !== (asked.get(key) ?? before.get(key)));
      running = answer.config;
      if (isGood) lines = next;
      policy = held(answer.config, policy);
      const broken = wrong.length === 0 ? null : `${edit.how}: ${JSON.stringify(wrong)} holds, and nobody wrote that`;
      return { policy, says: `taken: ${answer.diff.join(', ')}`, broken };
    },
  };
}

/** A policy as it comes back from the file that says what it holds. */
export function asWritten(policy: Policy): Policy {
  return held(loaded(textOf(written(policy))), policy);
}

type Lines = readonly (readonly [key: string, value: string])[];

function edited(lines: Lines, edit: Edit, policy: Policy): Lines {
  const set = (key: string, value: string): Lines => lines.map(([at, was]) => [at, at === key ? value : was]);
  const { sites } = policy;
  switch (edit.how) {
    case 'sets':
    case 'spoils':
      return set(edit.key, edit.value);
    case 'turns':
      return set('sites', sitesText({ sites: [...sites.slice(1), ...sites.slice(0, 1)] }));
    case 'takes-out':
      return set('sites', sitesText({ sites: sites.length > 2 ? sites.toSpliced(edit.nth % sites.length, 1) : sites }));
    case 'readdresses':
      return set('sites', sitesText({ sites: sites.map((site, at) => (at === edit.nth ? elsewhere(site) : site)) }));
    case 'misspells':
      return lines.map(([key, value]) => [key === edit.key ? `${key.slice(0, -1)}x` : key, value]);
    case 'drops':
      return lines.filter(([key]) => key !== edit.key);
    default:
      return lines;
  }
}

/** The site after it has moved: every address is another. */
function elsewhere(site: Site): Site {
  const moved = (value: string): string =>
    value.replace('203.0.113.', '198.51.100.').replace('2001:db8::', '2001:db8:1::');
  return { ...site, sets: site.sets.map((set) => ({ ...set, values: set.values.map(moved) })) };
}

function sitesText({ sites }: Pick<Policy, 'sites'>): string {
  return sites.map(({ name, sets }) => `${name}=${sets.flatMap(({ values }) => values).join('+')}`).join(', ');
}

/** The file that says what a policy holds; what no text can say stays unwritten. */
function written(policy: Policy): Lines {
  const service: ServiceConfig = { ...only(loaded(least(policy))), policy };
  const unwritten = new Set(['zone', 'expect_body', 'expect_json', 'max_latency', 'failback_window', 'rto']);
  return settings(service)
    .filter(({ key }) => !unwritten.has(key) && key !== 'nameservers' && key !== 'resolvers')
    .map(({ key, value }) => [key, value] as const);
}

function least(policy: Policy): string {
  return textOf([
    ['record', policy.record],
    ['sites', sitesText(policy)],
    ['check', 'https:///health'],
    ['provider', provider.name],
  ]);
}

function textOf(lines: Lines): string {
  return `services:\n  -\n${lines.map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join('')}`;
}

function inputOf(file: FileResult): ConfigInput {
  return {
    env: { FAILOVERD_SERVICES_FILE: path },
    providers: [provider],
    readFile: (name) => (name === path ? file : { ok: false, code: 'ENOENT' }),
    hostname: 'here',
    uid: 0,
    isTty: false,
    validCron: () => true,
    boundMs: () => 0,
  };
}

function loaded(text: string): Config {
  const answer = loadConfig(inputOf({ ok: true, text, mode: 0o100600, uid: 0 }));
  if (!answer.ok) throw new Error(`the settings of a plan can be written: ${JSON.stringify(answer.problems)}`);
  return answer.config;
}

function only({ services: [service] }: Config): ServiceConfig {
  if (service === undefined) throw new Error('a configuration has a service');
  return service;
}

function shown(config: Config): ReadonlyMap<string, string> {
  return new Map(settings(only(config)).map(({ key, value }) => [key, value]));
}

/** What the file says, and what the world alone knows: who else votes, what is asked beside, how long a write takes. */
function held(config: Config, before: Policy): Policy {
  const { policy } = only(config);
  const { vantage, domain, quorum, canaries, switchCap, commonCauseMs } = before;
  const selftest = policy.selftest === null ? null : { ...policy.selftest, settleMs: 1_000 };
  return { ...policy, vantage, domain, quorum, canaries, switchCap, commonCauseMs, selftest };
}
