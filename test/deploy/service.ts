import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axios from 'axios';
import type { JournalRow } from '../../src/control/ports';
import type { ServiceStatus } from '../../src/domain/explain';
import { canary, filesOf } from '../canary';
import { record, type Shown, shownPaths, until } from '../live/harness';
import { checkout, type Machine } from './machine';

/** failoverd on a machine, set up as docs/install.md says, between two sites that are well. */

export const secret = `${canary}-battery-staple`;
export const watchdogMs = 10_000;

/** What the unit lacks here: a shorter watchdog and its credential. */
const dropIn = `[Service]
WatchdogSec=${watchdogMs / 1_000}
LoadCredential=api-token:/etc/failoverd/secrets/api-token
`;

/** With all that systemd's quoting must bring through: spaces, quotes, and a dollar that stays one. */
const settings = Object.entries({
  FAILOVERD_RECORD: record,
  FAILOVERD_SITES: '"a=127.0.1.1, b=127.0.1.2"',
  FAILOVERD_CHECK: `http://${record}:8080/health?token=${canary}check`,
  FAILOVERD_EXPECT_BODY: `'"region":"$HOME'`,
  FAILOVERD_ALLOW_PRIVATE: 'true',
  FAILOVERD_OWNER: 'unit',
  FAILOVERD_API_TOKEN_FILE: '/run/credentials/failoverd.service/api-token',
  // Soon ready, and patient with a busy machine.
  FAILOVERD_INTERVAL: '3s',
  FAILOVERD_TIMEOUT: '3s',
  FAILOVERD_CONFIRM_INTERVAL: '500ms',
  FAILOVERD_RISE: '2',
  FAILOVERD_TTL: '1s',
})
  .map(([name, value]) => `${name}=${value}\n`)
  .join('');

export interface Process {
  readonly pid: string;
  readonly command: string;
  readonly threads: number;
  readonly residentBytes: number;
}

export interface Service {
  systemctl(order: string): Promise<string>;
  /** One property of the unit. */
  show(name: string): Promise<string>;
  /** Everything it wrote. */
  journal(): Promise<string>;
  /** All that it shows: journal, state of the unit, files of its state, and its answers while it runs. */
  shown(): Promise<Shown>;
  processes(): readonly Process[];
  status(): Promise<ServiceStatus | null>;
  history(): Promise<readonly JournalRow[]>;
  /** Able to fail over, by its own account and by what it told systemd. */
  ready(): Promise<boolean>;
  /** Waits for `ready`; rejects with everything it said instead. */
  becomesReady(): Promise<void>;
  addSetting(line: string): void;
  addToUnit(line: string): Promise<void>;
}

export async function install(machine: Machine): Promise<Service> {
  const at = (path: string) => join(machine.root, path);
  const units = at('run/units');
  cpSync(join(checkout, 'deploy/systemd/failoverd.service'), join(units, 'failoverd.service'));
  mkdirSync(join(units, 'failoverd.service.d'));
  writeFileSync(join(units, 'failoverd.service.d/test.conf'), dropIn);
  mkdirSync(at('etc/failoverd/secrets'), { recursive: true });
  writeFileSync(at('etc/failoverd/env'), settings, { mode: 0o600 });
  writeFileSync(at('etc/failoverd/secrets/api-token'), `${secret}\n`, { mode: 0o600 });
  // Only the sandbox stands before these.
  for (const place of ['etc/open', 'var/lib/open', 'run/open']) {
    mkdirSync(at(place));
    chmodSync(at(place), 0o777);
  }
  for (const site of [1, 2]) {
    const start = `ExecStart=node /opt/failoverd/dist/src/demo/region.js $$HOME 127.0.1.${site} 8080`;
    writeFileSync(join(units, `site-${site}.service`), `[Service]\n${start}\n`);
  }
  await machine.run('systemctl', 'daemon-reload');
  await machine.run('systemctl', 'start', 'systemd-journald', 'site-1', 'site-2');

  const get = async <T>(path: string): Promise<T | null> => {
    const socketPath = at('var/lib/private/failoverd/failoverd.sock');
    const answer = await axios
      .get<T>(`http://localhost${path}`, { socketPath, proxy: false, timeout: 2_000 })
      .catch(() => null);
    return answer?.data ?? null;
  };
  const service: Service = {
    systemctl: (order) => machine.run('systemctl', order, 'failoverd'),
    show: async (name) => (await machine.run('systemctl', 'show', 'failoverd', '--value', `--property=${name}`)).trim(),
    journal: () => machine.run('journalctl', '--unit=failoverd', '--output=cat', '--no-pager'),
    async shown() {
      const answers = shownPaths.map(async (path) => [path, JSON.stringify(await get<unknown>(path))] as const);
      const unit = await machine.run('systemctl', 'show', 'failoverd');
      const files = filesOf(at('var/lib/private/failoverd'));
      return [['journal', await service.journal()], ['unit', unit], ...files, ...(await Promise.all(answers))];
    },
    processes: () => readdirSync(at('proc')).flatMap((pid) => processOf(at(`proc/${pid}`), pid)),
    status: async () =>
      (await get<{ readonly services: readonly ServiceStatus[] }>('/api/v1/status'))?.services[0] ?? null,
    history: async () =>
      (await get<{ readonly history: readonly JournalRow[] }>('/api/v1/history?limit=1000'))?.history.toReversed() ??
      [],
    async ready() {
      const status = await service.status();
      const told = await service.show('StatusText');
      return status?.ready === true && status.write === 'settled' && told.endsWith(', ready to fail over');
    },
    async becomesReady() {
      if (await until(30_000, service.ready, 100)) return;
      const status = JSON.stringify(await service.status());
      const told = await service.systemctl('status').catch(String);
      throw new Error(`not ready after 30 s: ${status}\n${told}\n${await service.journal()}`);
    },
    addSetting: (line) => writeFileSync(at('etc/failoverd/env'), `${line}\n`, { flag: 'a' }),
    async addToUnit(line) {
      writeFileSync(join(units, 'failoverd.service.d/test.conf'), `${line}\n`, { flag: 'a' });
      await machine.run('systemctl', 'daemon-reload');
    },
  };
  return service;
}

/** One process of the service; none when it is another's, or has ended. */
function processOf(directory: string, pid: string): readonly Process[] {
  try {
    if (!readFileSync(join(directory, 'cgroup'), 'utf8').includes('/failoverd.service')) return [];
    const command = readFileSync(join(directory, 'cmdline'), 'utf8').replace(/\0/g, ' ').trim();
    const status = readFileSync(join(directory, 'status'), 'utf8');
    const number = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return [{ pid, command, threads: number('Threads'), residentBytes: number('VmRSS') * 1_024 }];
  } catch {
    return [];
  }
}
