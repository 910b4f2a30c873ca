import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { normalSvcb } from '../../src/domain/svcb';
import type { ZoneRecord } from '../providers/conformance';
import { admin, type Key, zone } from './authoritative';

/** The zone of a real server, seen and changed with BIND's dig and nsupdate, which know nothing of ours. */

const run = promisify(execFile);

/** Commands for nsupdate, all sent as one UPDATE with the admin's key. */
export async function nsupdate(port: number, lines: readonly string[], by: Key = admin): Promise<void> {
  const text = [`server 127.0.0.1 ${port}`, `zone ${zone}`, ...lines, 'send', ''].join('\n');
  const child = spawn('nsupdate', ['-v', '-t', '5', '-y', credentials(by)], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  child.stdin.end(text);
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`nsupdate: ${complaint}`);
}

/** What dig prints. */
export async function dig(port: number, args: readonly string[]): Promise<string> {
  const all = ['-p', String(port), '@127.0.0.1', '+tries=1', '+time=5', ...args];
  return (await run('dig', all, { maxBuffer: 10_000_000 })).stdout;
}

export function credentials({ algorithm, name, secret }: Key): string {
  return `${algorithm}:${name}:${secret}`;
}

/** Replaces what has the same name and type. */
export async function seed(port: number, records: readonly ZoneRecord[]): Promise<void> {
  await nsupdate(port, records.flatMap(put));
}

/** Makes the zone hold these records and nothing else but its SOA, its NS and the name server's address. */
export async function reset(port: number, records: readonly ZoneRecord[]): Promise<void> {
  const old = (await truth(port)).filter(({ name, type }) => name !== `ns.${zone}` && (name !== zone || type !== 'NS'));
  const lines = [...old.map(({ name, type }) => `update delete ${name}. ${type}`), ...records.flatMap(put)];
  if (lines.length > 0) await nsupdate(port, lines);
}

function put({ name, type, ttl, values }: ZoneRecord): readonly string[] {
  const adds = values.map((value) => `update add ${name}. ${ttl} ${type} ${shown(type, value)}`);
  return [`update delete ${name}. ${type}`, ...adds];
}

/** The whole zone but its SOA, by transfer. */
export async function truth(port: number): Promise<readonly ZoneRecord[]> {
  const text = await dig(port, [zone, 'AXFR', '-y', credentials(admin), '+noall', '+answer', '+onesoa', '+nottlunits']);
  const sets = new Map<string, { name: string; type: string; ttl: number; values: string[] }>();
  for (const line of text.split('\n')) {
    const [, owner = '', ttl = '', type = '', data = ''] = /^(\S+)\.\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (owner === '' || type === 'SOA') continue;
    const set = sets.get(`${owner} ${type}`) ?? { name: owner, type, ttl: Number(ttl), values: [] };
    set.values.push(plainValue(type, data));
    sets.set(`${owner} ${type}`, set);
  }
  if (sets.size === 0) throw new Error(`no transfer: ${text}`);
  return [...sets.values()];
}

/** The zone's serial number, which every change raises. */
export async function serial(port: number): Promise<number> {
  return Number((await dig(port, [zone, 'SOA', '+short'])).split(' ')[2]);
}

function shown(type: string, value: string): string {
  if (type === 'TXT') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  return type === 'CNAME' || type === 'DNAME' || type === 'NS' ? `${value}.` : value;
}

function plainValue(type: string, data: string): string {
  if (type === 'HTTPS' || type === 'SVCB') return normalSvcb(data) ?? data;
  if (type !== 'TXT') return data.replace(/\.$/, '');
  return [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = '']) => part.replace(/\\(.)/g, '$1')).join('');
}
