import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtinServers } from '../../providers/builtin/builtin';
import { writeZone } from '../../providers/builtin/document';
import { loadZone } from '../../providers/builtin/keep';
import { isFromThread } from '../../providers/builtin/protocol';
import { spawnThread, type Thread } from '../../providers/builtin/thread';
import type { Zone, ZoneRecord } from '../../providers/builtin/zone';
import type { Created, Provider, ProviderInput } from '../../providers/provider';

export type Transport = 'sound' | 'swallow' | 'swallow-answers' | 'hold-writes';

/** Real servers with a folder of their own, whose threads can be killed and whose messages can be lost. */
export function openWorld() {
  const directory = join(mkdtempSync(join(tmpdir(), 'builtin-')), 'zones');
  const providers: Provider[] = [];
  const threads: Thread[] = [];
  /** Replacements that are held on their way. */
  const held: (() => void)[] = [];
  const late = new Set<number>();
  const told = new Set<number>();
  let transport: Transport = 'sound';
  let beforeStart: (() => void) | null = null;
  let applied = 0;
  const create = builtinServers((start, events) => {
    beforeStart?.();
    beforeStart = null;
    const thread = spawnThread(start, {
      message(message) {
        if (isFromThread(message) && message.op === 'told') told.add(message.id);
        if (JSON.stringify(message).includes('"code":"applied"')) applied++;
        if (transport !== 'swallow-answers') events.message(message);
      },
      ended: events.ended,
    });
    threads.push(thread);
    return {
      kill: thread.kill,
      send(message) {
        // It is late, not withdrawn: its cancellation, whenever it comes, does not overtake it.
        if (message.op === 'cancel' && late.has(message.id)) return;
        if (transport === 'hold-writes' && message.op === 'ask' && message.ask.op === 'replace') {
          late.add(message.id);
          held.push(() => thread.send(message));
        } else if (transport !== 'swallow' || message.op === 'close') thread.send(message);
      },
    };
  });
  async function open(input: Partial<ProviderInput>): Promise<Created> {
    const created = await create(inputOf(directory, input));
    if (created.ok) providers.push(created.provider);
    return created;
  }
  return {
    directory,
    threads,
    applied: () => applied,
    /** Hands in what was held; resolves when each was decided on. */
    async deliver(): Promise<number> {
      const sending = held.splice(0);
      for (const send of sending) send();
      await eventually(async () => ([...late].every((id) => told.has(id)) ? true : null));
      return sending.length;
    },
    disturb(how: Transport) {
      transport = how;
    },
    /** Kills the newest thread; `then` runs before the next one starts. */
    kill(then: (() => void) | null = null) {
      beforeStart = then;
      threads.at(-1)?.kill();
    },
    create: open,
    async connect(input: Partial<ProviderInput> = {}): Promise<Provider> {
      const created = await open(input);
      if (!created.ok) throw new Error(JSON.stringify(created.problems));
      return created.provider;
    },
    async close() {
      for (const provider of providers) await provider.close();
      rmSync(join(directory, '..'), { recursive: true, force: true });
    },
  };
}

export type World = ReturnType<typeof openWorld>;

function inputOf(directory: string, input: Partial<ProviderInput>): ProviderInput {
  return {
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env: { BUILTIN_DNS_LISTEN: '127.0.0.1:0' },
    directory,
    mixedFamilies: false,
    ...input,
  };
}

/** Puts a zone's two copies there, behind everybody's back. */
export function putZone(directory: string, zone: Zone): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const copy of copyFiles(directory, zone.name)) writeFileSync(copy, writeZone(zone));
}

export function copyFiles(directory: string, zone = 'example.test'): readonly [string, string] {
  return [join(directory, `${zone}@1.json`), join(directory, `${zone}@2.json`)];
}

export async function zoneOnDisk(directory: string, name = 'example.test'): Promise<readonly ZoneRecord[]> {
  const loaded = await loadZone(directory, name);
  return loaded.kind === 'zone' ? loaded.zone.records : [];
}

export async function portOf(provider: Provider): Promise<number> {
  const [at = ''] = await provider.nameservers(new AbortController().signal);
  return Number(at.slice(at.lastIndexOf(':') + 1));
}

/** Waits until `look` gives something, for at most five seconds. */
export async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 500; tries++) {
    const seen = await look();
    if (seen !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come to pass within five seconds');
}
