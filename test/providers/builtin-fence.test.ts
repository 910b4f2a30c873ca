import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openZones } from '../../providers/builtin/zones';
import type { Found } from '../../src/domain/types';
import { a, b, c, foundAt } from '../domain/fixtures';
import { putZone } from './builtin-world';

/** What the built-in server's zone compares before it writes. */

const root = mkdtempSync(join(tmpdir(), 'builtin-fence-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const record = 'www.example.test';
const old = 'heritage=failoverd,owner=sre,generation=3,site=asia-east1';

async function replaced(text: string, from: (read: Found) => Found): Promise<string> {
  const directory = mkdtempSync(join(root, 'zones-'));
  const records = [
    { name: record, type: 'A', ttl: 60, values: ['203.0.113.10'] },
    { name: `_failoverd.${record}`, type: 'TXT', ttl: 60, values: [text] },
  ] as const;
  putZone(directory, { name: 'example.test', serial: 7, records });
  const zones = openZones('127.0.0.1');
  await zones.attach({ record, zone: 'example.test', directory });
  const { reading } = await zones.read('example.test', record);
  if (!reading.ok) throw new Error(reading.why);
  const replacement = {
    from: from(reading.found),
    to: foundAt(b).sets,
    marker: { owner: 'sre', generation: 4, site: b },
  };
  const outcome = await zones.replace('example.test', record, replacement, new AbortController().signal);
  await zones.close();
  return outcome.code;
}

test.each<[name: string, text: string, from: (read: Found) => Found, code: string]>([
  ['what was read stands there', old, (read) => read, 'applied'],
  ['another value was read', old, (read) => ({ ...read, sets: foundAt(c).sets }), 'conflict'],
  ['another generation was read', old, () => foundAt(a, 2), 'conflict'],
  ['no marker was read', old, () => foundAt(a), 'conflict'],
  ["another's text came since", 'owner=somebody', () => foundAt(a), 'conflict'],
  ["another's text was read", 'owner=somebody', (read) => read, 'denied'],
])('%s', async (_name, text, from, code) => expect(await replaced(text, from)).toBe(code));
