import type { Provider } from '../../providers/provider';
import { careful } from '../../src/control/careful';
import type {
  HistoryFilter,
  JournalLine,
  JournalRow,
  ObservationRow,
  Panel,
  Ports,
  Saved,
  Verifier,
} from '../../src/control/ports';
import { createService, type Service } from '../../src/control/service';
import { together } from '../../src/control/together';
import type { Tell } from '../../src/domain/events';
import type { RecordSet } from '../../src/domain/records';
import type { Durable } from '../../src/domain/state';
import type { Claim, FailClass, Found, Observation, Policy } from '../../src/domain/types';
import { createTime, seeded, type Time } from '../../src/sim/time';
import { createZone, type Zone } from './zone';

/**
 * What a probe that starts now meets. `hole`: packets vanish, the probe times out. `frozen`: connected, and answered when the site thaws,
 * if that is in time. `slow`: a pass after so long.
 */
export type Look = 'pass' | 'unknown' | 'hole' | 'frozen' | FailClass | { readonly slow: number };

/** A simulated world around one service: clock, zone, sites, disk, people. Everything is a knob or a record of what happened. */
export interface World {
  readonly policy: Policy;
  readonly time: Time;
  readonly zone: Zone;
  /** The same name at a second provider; null: there is one only. */
  readonly second: Zone | null;
  /** What each site does, by virtual time since the world began. */
  readonly looks: Record<string, (sinceMs: number) => Look>;
  readonly disk: { durable: string | null; commits: number; journal: number; failing: 'full' | 'failed' | null };
  /** The journal and the recorded probes, oldest first. */
  readonly lines: JournalRow[];
  readonly probes: ObservationRow[];
  readonly tells: (Tell & { readonly atMs: number })[];
  /** Called at every crossing between the service and the world; may crash it. */
  onCrossing: (what: string) => void;
  /** The marks of other tools that are found; null: the question is not answered. */
  claims: readonly Claim[] | null;
  /** What a check of the service through the record shows. */
  through: Observation;
  failbackOpen: boolean;
  elsewhere: number;
  /** Milliseconds since the world began. */
  nowMs(): number;
  service(): Service;
  /** A new process on what the disk holds. */
  start(): Service;
  /** The process is gone at once; what it sent goes on without it. */
  crash(): void;
  order(site: string, ms?: number): void;
  tell(code: string): readonly (Tell & { readonly atMs: number })[];
}

const startMs = 7_000_000;

export interface WorldOptions {
  readonly seed?: number;
  /** What the zone holds at first; else the first site, without a marker. */
  readonly first?: Found;
  /** Another daemon's world: its time and its zone are ours too. */
  readonly beside?: World;
  /** Resolvers that are asked after a switch. */
  readonly panel?: (world: World) => Panel;
  /** Shown every line before it is written, as the real store does. */
  readonly hear?: (line: JournalLine) => void;
  /** What a second provider holds at first. */
  readonly second?: Found;
}

export function createWorld(policy: Policy, options: WorldOptions = {}): World {
  const time = options.beside?.time ?? createTime(startMs);
  const random = seeded(options.seed ?? 1);
  const first = options.first ?? foundAt(policy, policy.sites[0]?.name ?? '');
  const zone = options.beside?.zone ?? createZone(time, first);
  const second = options.second === undefined ? null : createZone(time, options.second, 'other', ['ns3', 'ns4']);
  let life = { alive: false };
  let current: Service | null = null;

  const world: World = {
    policy,
    time,
    zone,
    second,
    looks: Object.fromEntries(policy.sites.map((site) => [site.name, () => 'pass' as const])),
    disk: { durable: null, commits: 0, journal: 0, failing: null },
    lines: [],
    probes: [],
    tells: [],
    onCrossing: () => undefined,
    claims: [],
    through: { result: 'pass', latencyMs: 1 },
    failbackOpen: true,
    elsewhere: 0,
    nowMs: () => time.nowMs() - startMs,
    service() {
      if (current === null) throw new Error('start it first');
      return current;
    },
    start() {
      life = { alive: true };
      current = createService(policy, portsOf(life));
      current.start();
      return current;
    },
    crash() {
      life.alive = false;
    },
    order(site, ms) {
      world.service().post({
        type: 'ordered',
        order: { order: 'switch', site },
        actor: 'ada',
        why: 'because',
        forMs: ms ?? null,
      });
    },
    tell: (code) => world.tells.filter((one) => one.code === code || one.fields['alert'] === code),
  };

  /** The ports of one process: once it is dead nothing it asks for happens, and nothing reaches it. */
  function portsOf(self: { readonly alive: boolean }): Ports {
    const crossing = (what: string): boolean => {
      if (self.alive) world.onCrossing(what);
      return self.alive;
    };
    async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
      if (!crossing(`${what} begins`)) return never();
      const answer = await work();
      return crossing(`${what} ends`) ? answer : never();
    }
    const zones = second === null ? [zone] : [zone, second];
    const asked = zones.map(({ provider }): Provider => {
      const of = second === null ? '' : ` ${provider.name}`;
      return {
        ...provider,
        read: (signal) => ask(`read${of}`, () => provider.read(signal)),
        replace: (replacement, signal) => ask(`replace${of}`, () => provider.replace(replacement, signal)),
      };
    });
    const members = asked.map((provider) => ({ provider: careful(provider, (text) => text), owned: false }));
    const only = members[0]?.provider ?? zone.provider;
    const panel = options.panel?.(world);
    const verify: Verifier['verify'] = async (site, signal) => {
      const shown = zones.filter((zone) => second === null || zone.proof === 'dns');
      const verified = await Promise.all(shown.map(({ verifier }) => verifier.verify(site, signal)));
      const failed = verified.find((one) => !one.ok);
      return failed ?? { ok: true, answers: verified.flatMap((one) => (one.ok ? one.answers : [])) };
    };
    return {
      clock: {
        ...time,
        after: (ms, run) => time.after(ms, () => void (self.alive && run())),
      },
      random,
      provider: second === null ? only : together(members, policy, () => time.nowMs()),
      verifier: { verify: (site, signal) => ask('verify', () => verify(site, signal)) },
      ...(panel === undefined ? {} : { panel: { ask: (site, signal) => ask('panel', () => panel.ask(site, signal)) } }),
      marks: {
        shows: (text, signal) => ask('marker', () => zone.marks.shows(text, signal)),
      },
      testTurnMs: () => 0,
      claims: async () =>
        world.claims === null ? { ok: false, why: 'no answer' } : { ok: true, claims: world.claims },
      prober: {
        probe: (site) => ask('probe', () => probe(site.name)),
        through: async () => world.through,
        close: () => undefined,
      },
      store: {
        load,
        commit(_record, _clockMs, durable, lines) {
          if (!crossing('commit begins')) return { ok: true };
          const saved = save(lines, () => {
            world.disk.commits += 1;
            world.disk.durable = JSON.stringify(durable);
          });
          crossing('commit ends');
          return saved;
        },
        journal: (_record, lines) => save(lines, () => undefined),
        observe: (_record, row) => void world.probes.push(row),
        history: (filter) => historyOf(world, filter),
      },
      teller: {
        tell: (_record, tell) => void (self.alive && world.tells.push({ ...tell, atMs: world.nowMs() })),
        observed: () => undefined,
      },
      failbackOpen: () => world.failbackOpen,
      elsewhere: () => world.elsewhere,
    };
  }

  function load(): Durable | null {
    const durable: Durable | null = world.disk.durable === null ? null : JSON.parse(world.disk.durable);
    return durable;
  }

  function save(lines: readonly JournalLine[], write: () => void): Saved {
    for (const line of lines) options.hear?.(line);
    const { failing } = world.disk;
    if (failing !== null) return { ok: false, code: failing, why: `injected: ${failing}` };
    world.disk.journal += lines.length;
    for (const line of lines) world.lines.push({ ...line, id: world.lines.length + 1, record: policy.record });
    write();
    return { ok: true };
  }

  async function probe(site: string): Promise<Observation> {
    const beganMs = world.nowMs();
    const look = (): Look => world.looks[site]?.(world.nowMs()) ?? 'pass';
    const met = look();
    if (met === 'frozen') {
      while (look() === 'frozen' && world.nowMs() - beganMs < policy.timeoutMs) await time.sleep(25);
      if (look() === 'frozen') return failed('timeout', policy.timeoutMs);
      return { result: 'pass', latencyMs: world.nowMs() - beganMs };
    }
    const takesMs =
      met === 'hole' || met === 'timeout' ? policy.timeoutMs : typeof met === 'object' ? met.slow : 5 + 20 * random();
    await time.sleep(Math.min(takesMs, policy.timeoutMs));
    if (met === 'unknown') return { result: 'unknown', why: 'no route' };
    if (met === 'hole' || takesMs >= policy.timeoutMs) return failed('timeout', policy.timeoutMs);
    if (met === 'pass' || typeof met === 'object') return { result: 'pass', latencyMs: takesMs };
    return failed(met, takesMs);
  }

  return world;
}

/** As the store answers: newest first. */
export function historyOf({ lines }: World, filter: HistoryFilter): readonly JournalRow[] {
  const { codes, before = Number.POSITIVE_INFINITY, sinceWallMs = 0, untilWallMs = Number.POSITIVE_INFINITY } = filter;
  const matching = lines
    .filter(({ id, code }) => id < before && id > (filter.after ?? 0) && (codes === undefined || codes.includes(code)))
    .filter(({ wallMs }) => wallMs >= sinceWallMs && wallMs <= untilWallMs);
  return (filter.oldest === true ? matching : matching.toReversed()).slice(0, filter.limit);
}

function failed(failClass: FailClass, latencyMs: number): Observation {
  return { result: 'fail', class: failClass, why: `injected ${failClass}`, latencyMs };
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** A world that has been calm for so long that everything is known; the seed decides where in the pace of the probes it is. */
export async function calm(policy: Policy, seed = 1, options: WorldOptions = {}): Promise<World> {
  const world = createWorld(policy, { seed, ...options });
  world.start();
  await world.time.run(1_500 + 1.5 * policy.rise * policy.confirmIntervalMs + seeded(-seed)() * policy.intervalMs);
  return world;
}

/** The site does this from now on for so long, then passes again. */
export function suffers(world: World, site: string, look: Look, forMs = Number.POSITIVE_INFINITY): void {
  const fromMs = world.nowMs();
  world.looks[site] = (ms) => (ms >= fromMs && ms < fromMs + forMs ? look : 'pass');
}

/** The zone as it is when it points at a site, with our marker of a generation or without any. */
export function foundAt(policy: Policy, site: string, generation: number | null = null): Found {
  const sets: readonly RecordSet[] = policy.sites.find((one) => one.name === site)?.sets ?? [];
  const marker = generation === null ? null : { owner: policy.owner, generation, site };
  return { sets, marker, foreignMarker: null, obstacles: [] };
}
