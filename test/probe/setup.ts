import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordType } from '../../src/domain/records';
import type { Observation, Site } from '../../src/domain/types';
import type { Check, Expectations } from '../../src/probe/check';
import { type ContextOptions, createProbeContext, type ProbeContext } from '../../src/probe/context';
import { startDeadline } from '../../src/probe/deadline';
import { type HttpQuestion, probeHttp } from '../../src/probe/http';
import type { SelfWatch } from '../../src/probe/self';

/** Certificates for www.example.test made for tests only, valid until 2125 unless the name says otherwise; their CA's key is gone. */
export function pem(file: string): string {
  return readFileSync(join(__dirname, '../../../test/probe/certs', file), 'utf8');
}

export const calm: SelfWatch = {
  sick: () => null,
  disturbed: () => null,
  clockSuspect: () => false,
  exhausted: () => {},
  close: () => {},
};

export function context(options: Partial<ContextOptions> = {}): ProbeContext {
  return createProbeContext({
    userAgent: 'failoverd/test',
    self: calm,
    killGroup: (groupId) => process.kill(-groupId, 'SIGKILL'),
    ca: pem('ca.pem'),
    ...options,
  });
}

export function expecting(wanted: Partial<Expectations> = {}): Expectations {
  return { status: [[200, 299]], body: null, json: null, maxLatencyMs: null, ...wanted };
}

export function check(wanted: Partial<Check> = {}): Check {
  const url = wanted.url ?? 'http://www.example.test/health';
  return { url, kind: 'http', shadow: false, host: null, port: 80, path: '/health', command: [], ...wanted };
}

export interface Ask extends Partial<Expectations> {
  readonly timeoutMs?: number;
  readonly secure?: boolean;
  readonly name?: string;
  readonly context?: ProbeContext;
}

/** One HTTP probe of a port on loopback, as `www.example.test`. */
export async function askHttp(port: number, ask: Ask = {}): Promise<Observation> {
  const { timeoutMs = 2_000, secure = false, name = 'www.example.test', context: shared = context(), ...wanted } = ask;
  const target = { address: '127.0.0.1', port, name };
  const question: HttpQuestion = { target, secure, path: '/health', expect: expecting(wanted) };
  const deadline = startDeadline(timeoutMs);
  const observation = await probeHttp(question, shared, deadline);
  deadline.cancel();
  return observation;
}

/** `pass`, `unknown`, or the class of the failure. */
export function verdict(observation: Observation): string {
  return observation.result === 'fail' ? observation.class : observation.result;
}

export function why(observation: Observation): string {
  return observation.result === 'pass' ? (observation.warning ?? '') : observation.why;
}

/** A site with these addresses, or with a host name to resolve. */
export function siteAt(name: string, ...values: readonly string[]): Site {
  const of = (type: RecordType, matching: readonly string[]) =>
    matching.length === 0 ? [] : [{ type, ttl: 60, values: matching }];
  const v6 = values.filter((value) => value.includes(':'));
  const v4 = values.filter((value) => /^[\d.]+$/.test(value));
  const names = values.filter((value) => !v6.includes(value) && !v4.includes(value));
  return { name, sets: [...of('A', v4), ...of('AAAA', v6), ...of('CNAME', names)] };
}
