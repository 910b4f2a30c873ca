import { careful } from '../control/careful';
import type { JournalLine, Ports, Saved } from '../control/ports';
import { createService, type Service } from '../control/service';
import { createMarkerVerifier } from '../dns/marker';
import { createVerifier } from '../dns/verify';
import type { Tell } from '../domain/events';
import type { Durable } from '../domain/state';
import type { Observation, Policy } from '../domain/types';
import { readState, sealState } from '../store/rows';
import type { Network } from './network';
import type { Time } from './time';

/** One simulated host: its disk outlives its processes. The process on it is the real service on simulated ports. */
export interface Host {
  readonly index: number;
  /** Null while no process lives. */
  service(): Service | null;
  /** Since when the present process lives. */
  startedMs(): number;
  start(): void;
  /** Gone at once; what it sent goes on without it. */
  crash(): void;
  /** What the disk holds now, unsafe writes included. */
  saved(): Durable | null;
  /** Whether a crash ever lost what was said to be saved. */
  readonly forgot: () => boolean;
}

/** What a host meets, by the faults of the moment. */
export interface Conditions {
  disk(): 'ok' | 'full' | 'lost' | 'torn';
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
}

interface Life {
  alive: boolean;
}

export function createHost(input: HostInput): Host {
  const { policy, time, random, network, conditions } = input;
  const disk: { json: string | null; safe: string | null; torn: boolean } = { json: null, safe: null, torn: false };
  let life: Life = { alive: false };
  let service: Service | null = null;
  let startedMs = 0;
  let forgot = false;

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
    const provider = careful(network.provider, (text) => text.replaceAll(input.secret, '[redacted]'));
    const verifier = createVerifier({
      record: policy.record,
      isCnameService: policy.sites.some((site) => site.sets.some((set) => set.type === 'CNAME')),
      nameservers: { list: async () => network.nameservers },
      timeoutMs: 3_000,
      wallMs: () => time.wallMs(),
      ask: (question) => network.ask(question),
    });
    const nameservers = { list: async () => network.nameservers };
    const asks = { record: policy.record, nameservers, ask: network.ask };
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
      // Another failoverd's marker is a fault of its own; other tools leave no marks here.
      claims: async () => ({ ok: true, claims: [] }),
      testTurnMs: () => 0,
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
        through: async () => ({ result: 'pass', latencyMs: 1 }),
        close: () => undefined,
      },
      store: {
        load,
        commit(_record, clockMs, durable, lines) {
          if (!self.alive || input.crossing('commit begins')) return { ok: true };
          const saved = save(clockMs, durable, lines);
          input.crossing('commit ends');
          return saved;
        },
        journal: () => ({ ok: true }),
        observe: () => undefined,
        history: () => [],
      },
      teller: {
        tell: (_record, tell) => void (self.alive && input.told(tell)),
        observed: () => undefined,
      },
      failbackOpen: () => conditions.failbackOpen(),
      elsewhere: () => 0,
    };
  }

  function save(clockMs: number, durable: Durable, _lines: readonly JournalLine[]): Saved {
    const how = conditions.disk();
    if (how === 'full') return { ok: false, code: 'full', why: 'injected: no space left' };
    const sealed = sealState({ clockMs, durable });
    if (sealed === null) return { ok: false, code: 'failed', why: 'the state cannot be sealed' };
    disk.json = sealed.json;
    disk.torn = how === 'torn';
    if (how === 'ok') disk.safe = sealed.json;
    return { ok: true };
  }

  function load(): Durable | null {
    return disk.json === null ? null : (readState(disk.json)?.durable ?? null);
  }

  return {
    index: input.index,
    service: () => (life.alive ? service : null),
    startedMs: () => startedMs,
    start() {
      life = { alive: true };
      startedMs = time.nowMs();
      service = createService(policy, portsOf(life));
      service.start();
    },
    crash() {
      life.alive = false;
      if (disk.json === disk.safe) return;
      // A torn row does not match its seal, and counts as none.
      disk.json = disk.torn ? null : disk.safe;
      disk.safe = disk.json;
      forgot = true;
    },
    saved: load,
    forgot: () => forgot,
  };
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
