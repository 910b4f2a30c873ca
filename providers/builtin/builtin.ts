import type { Created, CreateProvider, ProviderInput, SettingsProblems } from '../provider';
import { builtinProvider } from './adapter';
import type { Attachment } from './protocol';
import { prepareDirectory } from './save';
import { openServer, type Server } from './server';
import { type Attached, findConflict, formatListen, type Problem, readSettings, type Settings } from './settings';
import { type Spawn, spawnThread } from './thread';

interface Shared {
  readonly server: Server;
  readonly attached: Attached[];
  users: number;
}

/**
 * A factory of adapters that share one name server per listening address: services of one daemon are names of the same server. The
 * server starts with the first adapter of its address and ends with the last.
 */
export function builtinServers(spawn: Spawn = spawnThread): CreateProvider {
  const servers = new Map<string, Shared>();
  let last: Promise<unknown> = Promise.resolve();

  /** One opening or closing at a time: an address is free again before the next server wants it. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  }

  async function open(settings: Settings): Promise<Created> {
    const { host, port, attachment } = settings;
    const listen = formatListen(host, port);
    const next: Attached = { ...attachment, listen };
    const conflict = findConflict(
      [...servers.values()].flatMap((shared) => shared.attached),
      next,
    );
    if (conflict !== null) return { ok: false, problems: [conflict] };
    const prepared = await prepareDirectory(attachment.directory);
    if (!prepared.ok) return { ok: false, problems: [unusableFolder(prepared.why)] };

    let shared = servers.get(listen);
    if (shared === undefined) {
      const opened = await openServer(spawn, { host, port, attachments: [attachment] });
      if (!opened.ok) return { ok: false, problems: [cannotListen(listen, opened.code, opened.why)] };
      shared = { server: opened.server, attached: [], users: 0 };
      servers.set(listen, shared);
    } else {
      const asked = await shared.server.attach(attachment);
      if (!asked.ok) return { ok: false, problems: [cannotListen(listen, 'died', asked.why)] };
    }
    shared.attached.push(next);
    shared.users++;
    const mine = shared;
    const release = (): Promise<void> =>
      inTurn(async () => {
        mine.users--;
        if (mine.users > 0) return;
        servers.delete(listen);
        await mine.server.close();
      });
    return {
      ok: true,
      provider: builtinProvider(mine.server, attachment, release),
      notes: await notesOf(mine.server, attachment),
    };
  }

  return async (input: ProviderInput): Promise<Created> => {
    const read = readSettings(input);
    return read.ok ? inTurn(() => open(read.settings)) : { ok: false, problems: read.problems };
  };
}

export const problemsOf: SettingsProblems = (input) => {
  const read = readSettings(input);
  return read.ok ? [] : read.problems;
};

/** The built-in authoritative name server; every adapter of this process shares the servers. */
export const create: CreateProvider = builtinServers();

/** What was wrong with the copies of the zone: said at once, and not when users ask why nothing answers. */
async function notesOf(server: Server, { zone, record }: Attachment): Promise<readonly string[]> {
  const asked = await server.ask({ op: 'read', zone, record }, notesMs, new AbortController().signal);
  if (!asked.ok || asked.told.op !== 'read') return [];
  const { reading, notes } = asked.told;
  return [...notes.map(({ text }) => text), ...(reading.ok ? [] : [reading.why])];
}

const notesMs = 3_000;

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'choose another port, or stop what listens there (the daemon itself, when this is a second one)',
  EACCES: 'choose a port above 1023, or grant CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'name an address that this machine has',
};

function cannotListen(listen: string, code: string, why: string): Problem {
  return {
    name: 'BUILTIN_DNS_LISTEN',
    why: `the built-in name server cannot listen on ${listen}: ${why}`,
    remedy: remedies[code] ?? 'choose another address',
    passing: code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL',
  };
}

function unusableFolder(why: string): Problem {
  return {
    name: 'FAILOVERD_STATE_DIR',
    why: `the folder of the built-in name server cannot be used: ${why}`,
    remedy: 'make it a folder this user may write to',
  };
}
