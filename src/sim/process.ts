import type { Provider } from '../../providers/provider';
import { careful } from '../control/careful';
import type { JournalLine, Ports } from '../control/ports';
import { createService, type Service } from '../control/service';
import { together } from '../control/together';
import { createMarkerVerifier } from '../dns/marker';
import { createVerifier } from '../dns/verify';
import type { Tell } from '../domain/events';
import type { Durable } from '../domain/state';
import type { Observation, Policy } from '../domain/types';
import { createDisk, type DiskFault } from './disk';
import type { Network } from './network';
import { never, type Time } from './time';

/** One simulated host: its disk outlives its processes. The process on it is the real service on simulated ports. */
export interface Host {
  readonly index: number;
  /** Its own settings. */
  readonly policy: Policy;
  /** Null while no process lives. */
  service(): Service | null;
  /** Since when the present process lives. */
  startedMs(): number;
  start(): void;
  /** Gone at once; what it sent goes on without it. */
  crash(): void;
  /** Ends in good order, as for an upgrade. */
  stop(): Promise<void>;
  /** The disk is lost with all that was on it. */
  wipe(): void;
  /** What the disk holds now, unsafe writes included. */
  saved(): Durable | null;
  /** What its journal holds, oldest first; bounded. */
  journal(): readonly JournalLine[];
  /** How often what was said to be saved was lost. */
  readonly forgot: () => number;
}

/** What a host meets, by the faults of the moment. */
export interface Conditions {
  disk(): DiskFault | 'ok';
  /** How much longer the process stands still. */
  stalledMs(): number;
  failbackOpen(): boolean;
}

export interface HostInput {
  readonly index: number;
  readonly policy: Policy;
  readonly time: Time;
  readonly random: () => number;
  readonly network: Network;
  readonly conditions: Conditions;
  /** At every crossing between the process and the world, where a crash may strike; true: it did. */
  readonly crossing: (what: string) => boolean;
  readonly told: (tell: Tell) => void;
  readonly probed: (site: string, startedMs: number, observation: Observation) => void;
  readonly secret: string;
  /** A check through the managed name itself, which nothing here calls for (S21). */
  readonly through?: () => void;
  /** What the services of one daemon share, anew with each process. */
  readonly company?: () => Pick<Ports, 'elsewhere' | 'testTurnMs'>;
}

interface Life {
  alive: boolean;
}

const graceMs = 3_000;

export function createHost(input: HostInput): Host {
  const { policy, time, random, network, conditions } = input;
  const disk = createDisk(conditions.disk);
  let life: Life = { alive: false };
  let service: Service | null = null;
  let startedMs = 0;

  /** Whether the process may go on. */
  async function passes(self: Life, what: string): Promise<boolean> {
    while (self.alive && conditions.stalledMs() > 0) await time.sleep(conditions.stalledMs());
    return self.alive && !input.crossing(what) && self.alive;
  }

  async function ask<T>(self: Life, what: string, work: () => Promise<T>): Promise<T> {
    if (!(await passes(self, `${what} begins`))) return never();
    const answer = await work();
    return (await passes(self, `${what} ends`)) ? answer : never();
  }

  function portsOf(self: Life): Ports {
    const provider = providerOf(self);
    const nameservers = { list: async () => network.nameservers };
    const asks = { record: policy.record, nameservers, ask: network.ask };
    const verifier = createVerifier({
      ...asks,
      isCnameService: policy.sites.some((site) => site.sets.some((set) => set.type === 'CNAME')),
      timeoutMs: 3_000,
      wallMs: time.wallMs,
    });
    const marks = createMarkerVerifier({ ...asks, timeoutMs: 2_000 });
    const after = (ms: number, run: () => void): (() => void) => {
      let cancel = time.after(ms, function late() {
        const stalledMs = conditions.stalledMs();
        if (!self.alive) return;
        if (stalledMs > 0) cancel = time.after(stalledMs, late);
        else if (!input.crossing('timer')) run();
      });
      return () => cancel();
    };
    return {
      clock: { nowMs: time.nowMs, wallMs: time.wallMs, after },
      random,
      provider: {
        ...provider,
        read: (signal) => ask(self, 'read', () => provider.read(signal)),
        replace: (replacement, signal) => ask(self, 'replace', () => provider.replace(replacement, signal)),
      },
      verifier: { ...verifier, verify: (site, signal) => ask(self, 'verify', () => verifier.verify(site, signal)) },
      marks: { shows: (text, signal) => ask(self, 'marker', () => marks.shows(text, signal)) },
      claims: network.claims,
      ...(input.company?.() ?? { elsewhere: () => 0, testTurnMs: () => 0 }),
      prober: {
        probe: (site) =>
          ask(self, 'probe', async () => {
            const beganMs = time.nowMs();
            const observation = await network.probe(site.name);
            // The probe layer itself calls a round unknown when the process stood still meanwhile.
            const stalled = conditions.stalledMs() > policy.timeoutMs / 2;
            const seen: Observation = stalled ? { result: 'unknown', why: 'the process stood still' } : observation;
            if (self.alive) input.probed(site.name, beganMs, seen);
            return seen;
          }),
        through: async () => {
          input.through?.();
          return { result: 'pass', latencyMs: 1 };
        },
        close: () => undefined,
      },
      store: {
        load: disk.load,
        commit(_record, clockMs, durable, lines) {
          if (!self.alive || input.crossing('commit begins')) return { ok: true };
          const saved = disk.save(clockMs, durable, lines);
          input.crossing('commit ends');
          return saved;
        },
        journal: (_record, lines) => (self.alive ? disk.journal(lines) : { ok: true }),
        observe: () => undefined,
        history: () => [],
      },
      teller: {
        tell: (_record, tell) => void (self.alive && input.told(tell)),
        observed: () => undefined,
      },
      failbackOpen: () => conditions.failbackOpen(),
    };
  }

  function providerOf(self: Life): Provider {
    const members = network
      .providers((what) => passes(self, what))
      .map((provider) => careful(provider, (text) => text.replaceAll(input.secret, '[redacted]')));
    const [only] = members;
    if (members.length === 1 && only !== undefined) return only;
    return together(
      members.map((provider) => ({ provider, owned: false })),
      policy,
      time.nowMs,
    );
  }

  return {
    index: input.index,
    policy,
    service: () => (life.alive ? service : null),
    startedMs: () => startedMs,
    start() {
      life = { alive: true };
      startedMs = time.nowMs();
      service = createService({ ...policy }, portsOf(life));
      service.start();
    },
    crash() {
      life.alive = false;
      disk.crash();
    },
    async stop() {
      const ending = service;
      await ending?.stop(graceMs);
      // Meanwhile it may have been killed, and another have been started.
      if (ending === service) life.alive = false;
    },
    wipe: disk.wipe,
    saved: disk.load,
    journal: disk.lines,
    forgot: disk.forgot,
  };
}
