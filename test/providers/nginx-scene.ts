import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Outcome, Provider } from '../../providers/provider';
import { type RecordSet, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { type Nginx, openNginx } from '../servers/nginx';
import { connectTo, inputOn, putFiles, record } from './nginx-subject';

export const a = one('203.0.113.10');
export const b = one('198.51.100.7');

export function one(address: string): readonly RecordSet[] {
  const set = recordSet('A', 60, [address]);
  return set === null ? [] : [set];
}

export function marker(generation: number, site = 'b') {
  return { owner: 'sre', generation, site };
}

export async function read(provider: Provider): Promise<Found> {
  const reading = await provider.read(AbortSignal.timeout(5_000));
  if (!reading.ok) throw new Error(`${reading.code}: ${reading.why}`);
  expect(reading.proof).toBe('read');
  return reading.found;
}

/** Milliseconds. A reload that is lost takes them all; nginx has to come to it before, whatever runs beside. */
export const waits = 3_000;

export async function move(
  provider: Provider,
  to: readonly RecordSet[],
  generation: number,
  ms = 8_000,
): Promise<Outcome> {
  const from = await read(provider);
  return provider.replace({ from, to, marker: marker(generation) }, AbortSignal.timeout(ms));
}

/** What `running` holds. */
export const held: Found = { sets: a, marker: marker(7, 'a'), foreignMarker: null, obstacles: [] };

export interface Scene {
  nginx(): Nginx;
  /** The server lines and the marker as they are on disk. */
  files(): readonly string[];
  /** Starts nginx with `a`, written by us as generation 7. */
  running(env?: Readonly<Record<string, string>>): Promise<Provider>;
}

/** An nginx of its own for each test of this file. */
export function scene(): Scene {
  let current: Nginx | null = null;
  const nginx = (): Nginx => {
    if (current === null) throw new Error('no test is running');
    return current;
  };
  beforeEach(async () => {
    current = await openNginx();
  });
  afterEach(async () => {
    await current?.close();
    current = null;
  });
  return {
    nginx,
    files: () => [nginx().file, `${nginx().file}.marker`].map((path) => readFileSync(path, 'utf8')),
    async running(env = {}) {
      const statement = `${record} heritage=failoverd,owner=sre,generation=7,site=a`;
      putFiles(nginx().file, statement, ['server 203.0.113.10:8080;']);
      await nginx().start();
      return connectTo(inputOn(nginx(), env));
    },
  };
}
