import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { parseKept, parseMarkerFile, parseServers, writeServers } from '../../providers/nginx/document';
import type { Provider, Reading } from '../../providers/provider';
import { sameValues } from '../../src/domain/records';
import { switcher } from '../servers/authoritative';
import { A, marker, record } from './conformance-scene';
import { connectExec } from './exec-world';
import { fuzzing, holdsReading, inTime } from './fuzz-judge';
import { type Mutation, mutate, mutations } from './mutate';
import { replyTo, signReply } from './rfc2136-forge';
import { framed, onMessage, startProxy, type TcpProxy } from './rfc2136-proxy';
import { connectTo } from './rfc2136-subject';

/** The same for what no HTTP service answers: what a program prints, a file that nginx includes, signed DNS messages. */

const isAbsent = (reading: Reading): boolean =>
  reading.ok && reading.found.sets.length === 0 && reading.found.obstacles.length === 0;

describe('exec', () => {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-fuzz-'));
  const path = join(directory, 'answer');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const whole = Buffer.from(JSON.stringify({ sets: A, texts: ['heritage=other'], obstacles: [], proof: 'dns' }));

  const read = (kinds: readonly Mutation['kind'][], judge: (reading: Reading) => void) =>
    fc.assert(
      fc.asyncProperty(mutations(kinds), async (mutation) => {
        writeFileSync(path, mutate(whole, mutation));
        const provider = await connectExec(`/bin/cat ${path}`);
        const reading = await inTime((signal) => provider.read(signal));
        await provider.close();
        holdsReading(reading);
        judge(reading);
      }),
      fuzzing,
    );

  test('noise, or half of what it prints, is no reading', () =>
    read(['noise', 'cut'], (reading) => expect(reading.ok).toBe(false)));

  test('what is of another type, missing, or another byte, is never "there is no record"', () =>
    read(['typed', 'dropped', 'flip'], (reading) => expect(isAbsent(reading)).toBe(false)));
});

describe('nginx', () => {
  const name = { record, port: 8080, ttl: 60 };
  const whole = Buffer.from(writeServers(name, A, ['198.51.100.7'], marker(7, 'a')));

  test('a file that is not as we write it is told, and is never "there is no record"', () => {
    fc.assert(
      fc.property(mutations(['noise', 'cut', 'flip']), (mutation) => {
        const { found, statement } = parseServers(mutate(whole, mutation).toString(), name);
        holdsReading({ ok: true, found, proof: 'read' });
        expect(found.sets.length + found.obstacles.length).toBeGreaterThan(0);
        expect(statement).not.toContain('\n');
      }),
      { ...fuzzing, numRuns: 20 * fuzzing.numRuns },
    );
  });

  test('any text for the files beside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(parseMarkerFile(text) ?? '').not.toMatch(/["\\$\n]/);
        expect(parseKept(text)?.marker ?? '').not.toContain('\n');
      }),
      fuzzing,
    );
  });
});

describe('rfc2136', () => {
  const update = 0x2800;
  const nxrrset = 8;
  let proxy: TcpProxy;
  let mutation: Mutation | null = null;
  let answers = 0;
  /** What the adapter asks the zone to confirm when it has read what is there. */
  let confirmed: string | null = null;

  beforeAll(async () => {
    proxy = await startProxy(1);
    proxy.behave({
      accept: (socket) =>
        onMessage(socket, (request) => {
          const reply = (request.readUInt16BE(2) & 0x7800) === update ? verdictOn(request) : spoiltAnswer(request);
          socket.write(framed(signReply(request, reply, { key: switcher })));
        }),
    });
  });
  afterAll(() => proxy.close());

  /** An UPDATE that changes nothing: its prerequisites hold when they are those of the first reading, which was not spoilt. */
  function verdictOn(request: Buffer): Buffer {
    const signature = request.lastIndexOf(`\x09${switcher.name}\0`);
    const asked = request.subarray(4, signature).toString('hex');
    confirmed ??= asked;
    return replyTo(request, asked === confirmed ? update : update | nxrrset);
  }

  function spoiltAnswer(request: Buffer): Buffer {
    const whole = answerTo(request);
    const questionEnd = replyTo(request, 0).length;
    const due = answers++ === mutation?.nth && whole.length > questionEnd ? mutation : null;
    const [head, rest] = [whole.subarray(0, questionEnd), whole.subarray(questionEnd)];
    return due === null ? whole : Buffer.concat([head, mutate(rest, due)]);
  }

  /** As a primary that holds A, AAAA and our marker. */
  function answerTo(request: Buffer): Buffer {
    const { questions = [], id = 0 } = decode(request);
    const [{ name, type } = { name: '', type: 'A' as const }] = questions;
    const values = A.find((set) => set.type === type)?.values ?? [];
    const text = 'heritage=failoverd,owner=conformance,generation=7,site=a';
    const found: readonly Answer[] =
      type === 'TXT'
        ? [{ name, type, ttl: 60, data: text }]
        : type === 'A' || type === 'AAAA'
          ? values.map((data) => ({ name, type, ttl: 60, data }))
          : [];
    return encode({ type: 'response', id, flags: 0x0400, questions, answers: [...found] });
  }

  async function read(provider: Provider, next: Mutation | null): Promise<Reading> {
    mutation = next;
    answers = 0;
    return inTime((signal) => provider.read(signal));
  }

  test('signed, and yet no answer: what is read is what is there, or nothing is read', async () => {
    const provider = await connectTo({ port: proxy.port, input: { zone: 'example.test' } });
    const isThere = ({ found }: Extract<Reading, { ok: true }>) =>
      sameValues(found.sets, A) && found.marker?.generation === 7;
    const first = await read(provider, null);
    expect(first.ok && isThere(first)).toBe(true);
    const count = answers;
    await fc.assert(
      fc.asyncProperty(mutations(['noise', 'cut', 'flip']), async (next) => {
        const reading = await read(provider, { ...next, nth: next.nth % count });
        holdsReading(reading);
        if (reading.ok && reading.found.obstacles.length === 0)
          expect([reading, isThere(reading)]).toEqual([reading, true]);
      }),
      { ...fuzzing, numRuns: 8 * fuzzing.numRuns },
    );
    await provider.close();
  });
});
