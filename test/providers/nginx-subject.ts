import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '../../providers/nginx/nginx';
import type { Provider, ProviderInput } from '../../providers/provider';
import { type Nginx, openNginx } from '../servers/nginx';
import type { Subject, ZoneRecord } from './conformance';
import { openRelay, type Trouble } from './nginx-relay';

export const record = 'www.example.test';
const port = 8080;

/** What the adapter is made from on that nginx; it asks at `statementPort` unless told otherwise. */
export function inputOn(nginx: Nginx, env: Readonly<Record<string, string>> = {}): ProviderInput {
  return {
    record,
    zone: null,
    ttl: 60,
    env: {
      NGINX_UPSTREAM_FILE: nginx.file,
      NGINX_UPSTREAM_PORT: String(port),
      NGINX_PROXY_URL: `http://127.0.0.1:${nginx.statementPort}/`,
      NGINX_TEST_COMMAND: nginx.testCommand,
      NGINX_RELOAD_COMMAND: nginx.reloadCommand,
      ...env,
    },
    directory: '/nonexistent',
    mixedFamilies: false,
  };
}

export async function connectTo(input: ProviderInput): Promise<Provider> {
  const created = await create(input);
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}

/**
 * A zone as this adapter sees one: the managed name's A and AAAA are server lines, its marker is their first line and the map's entry.
 * Every other record is a neighbour: a file of its own in the same folder, of which not a byte may change.
 */
export async function openSubject(): Promise<Subject> {
  const nginx = await openNginx();
  const relay = await openRelay(nginx.statementPort);
  let started = false;
  const aside = `${nginx.file}.aside`;

  const distress = (trouble: Trouble) => (): void => {
    relay.trouble = () => trouble;
  };
  return {
    async connect() {
      if (!started) await nginx.start();
      started = true;
      return connectTo(inputOn(nginx, { NGINX_PROXY_URL: `http://127.0.0.1:${relay.port}/` }));
    },
    async seed(all) {
      // No configuration of nginx holds these.
      const records = all.filter(({ type }) => type !== 'HTTPS' && type !== 'SVCB');
      for (const one of records)
        if (!isOurs(one)) writeFileSync(join(nginx.folder, `${one.name}.${one.type}`), JSON.stringify(one));
      const ours = records.filter(isOurs);
      if (ours.length === 0) return;
      const kept = serverRecords(nginx).filter(
        (old) => !ours.some((one) => one.name === old.name && one.type === old.type),
      );
      putServers(nginx, [...kept, ...ours]);
      if (started) await nginx.reload();
    },
    async truth() {
      const neighbours = readdirSync(nginx.folder).filter((name) => /\.(A|AAAA|CNAME|TXT)$/.test(name));
      const read = neighbours.map((name): ZoneRecord => JSON.parse(readFileSync(join(nginx.folder, name), 'utf8')));
      return [...read, ...serverRecords(nginx)];
    },
    faults: {
      refused: distress('refused'),
      hang: distress('hang'),
      'server-error': distress('server-error'),
      garbage: distress('garbage'),
      empty: distress('empty'),
      huge: distress('huge'),
      denied() {
        renameSync(nginx.file, aside);
        symlinkSync(aside, nginx.file);
      },
      'applied-then-lost'() {
        const before = readFileSync(nginx.file, 'utf8');
        relay.trouble = () => (readFileSync(nginx.file, 'utf8') === before ? 'none' : 'hang');
      },
      lost: () => nginx.reloads('lost'),
    },
    delayed: 'it writes files of its own machine under a lock; a reload carries nothing',
    heal() {
      distress('none')();
      nginx.reloads('done');
      if (!existsSync(aside)) return;
      unlinkSync(nginx.file);
      renameSync(aside, nginx.file);
    },
    secrets: [],
    writes: () => nginx.reloaded(),
    async close() {
      await relay.close();
      await nginx.close();
    },
  };
}

const markerName = `_failoverd.${record}`;

function isOurs({ name, type }: ZoneRecord): boolean {
  return (name === record && type !== 'TXT') || name === markerName;
}

function serverRecords({ file }: Nginx): readonly ZoneRecord[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const marker = /^# www\.example\.test (.*)$/m.exec(text)?.[1] ?? 'none';
  const values = [...text.matchAll(/^server \[?([^\s\]]+?)\]?:8080;$/gm)].map((match) => match[1] ?? '');
  const all = [
    { name: record, type: 'A', ttl: 60, values: values.filter((value) => !value.includes(':')) },
    { name: record, type: 'AAAA', ttl: 60, values: values.filter((value) => value.includes(':')) },
    { name: markerName, type: 'TXT', ttl: 60, values: marker === 'none' ? [] : [marker] },
  ];
  return all.filter((one) => one.values.length > 0);
}

function putServers({ file }: Nginx, records: readonly ZoneRecord[]): void {
  const marker = records.find((one) => one.name === markerName)?.values[0] ?? 'none';
  const servers = records.filter((one) => one.name === record).flatMap((one) => one.values);
  const lines = servers.map((value) => `server ${value.includes(':') ? `[${value}]` : value}:${port};`);
  putFiles(file, `${record} ${marker}`, lines);
}

/** Both files, as a person would write them. */
export function putFiles(file: string, statement: string, lines: readonly string[]): void {
  writeFileSync(file, `# ${statement}\n${lines.join('\n')}\n`);
  writeFileSync(`${file}.marker`, `default "${statement}";\n`);
}
