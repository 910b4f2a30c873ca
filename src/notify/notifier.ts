import type { ChannelStatus, Clock, JournalLine } from '../control/ports';
import type { ChannelConfig, Sent } from './channel';
import { type Courier, createCourier } from './courier';
import { type Draft, type Incident, readIncident, readLine, resolved } from './incidents';
import { type Message, plain, readMessage } from './message';
import { failedCode, type NotifyLog, reporter } from './report';
import { commandsFor, routeOf, takes } from './route';

/** The store's part in it: small texts by key that survive a crash, and every line before it is written. */
export interface OutboxStore {
  readonly outbox: {
    rows(): ReadonlyMap<string, string>;
    put(key: string, json: string): void;
    drop(key: string): void;
  };
  watch(hear: (record: string, line: JournalLine) => void): void;
  journal(record: string, lines: readonly JournalLine[]): unknown;
}

export interface NotifierInput {
  readonly channels: readonly ChannelConfig[];
  /** How long a cause must have stayed away before its end is told. */
  readonly quietMs: number;
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (channel: ChannelConfig, message: Message, more: number, signal: AbortSignal) => Promise<Sent>;
  /** What stands behind an alert now, for people; null: it is not there (any more). */
  readonly facts: (record: string, code: string) => Facts | null;
  readonly owner: (record: string) => string;
  readonly host: string;
  readonly redact: (text: string) => string;
  readonly log: NotifyLog;
}

export interface Facts {
  readonly active: boolean;
  readonly evidence: readonly string[];
}

export interface Notifier {
  statuses(): readonly ChannelStatus[];
  stop(): void;
}

const lookMs = 1_000;
/** After a start nothing is known yet: whether an incident of the last run is over cannot be said. */
const graceMs = 120_000;

/**
 * Makes messages of what the journal is told, and has them brought. They are in the outbox in the same transaction as the line they come
 * from, so that nothing that happened goes untold; who is told, and when, concerns nobody else.
 */
export function createNotifier(input: NotifierInput): Notifier {
  const { clock, store } = input;
  const incidents = new Map<string, Incident>();
  /** Of the last run, and not heard of in this one. */
  const unsure = new Set<string>();
  const startedMs = clock.nowMs();
  const report = reporter(input.log, store, clock);
  let sequence = 0;
  let cancel = (): void => undefined;

  const couriers = input.channels.map((channel) => ({
    channel,
    id: routeOf(channel),
    courier: createCourier({
      channel,
      clock,
      random: input.random,
      async send(message, more, signal) {
        const sent = await input.send(channel, message, more, signal);
        // What a channel answers may repeat what it was asked.
        return sent.ok ? sent : { ...sent, why: input.redact(sent.why) };
      },
      done: (key) => store.outbox.drop(key),
      event: (event) => report.event(channel.name, event),
    }),
  }));

  function load(): void {
    for (const [key, json] of [...store.outbox.rows()].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const incident = key.startsWith('incident ') && couriers.length > 0 ? readIncident(json) : null;
      if (incident !== null) {
        incidents.set(key, incident);
        unsure.add(key);
      } else if (!resume(key, json)) store.outbox.drop(key);
    }
  }

  /** Whether a message of the last run still has a channel to go to. */
  function resume(key: string, json: string): boolean {
    const [, number = '', id] = /^message (\d+) (\w+)$/.exec(key) ?? [];
    const message = readMessage(json);
    const target = couriers.find((one) => one.id === id);
    if (message === null || target === undefined) return false;
    sequence = Math.max(sequence, Number(number));
    target.courier.add({ key, message });
    return true;
  }

  function hear(record: string, line: JournalLine): void {
    const open = [...incidents.values()].filter((one) => one.record === record);
    const read = readLine(open, record, line);
    for (const incident of read.incidents) keep(incident);
    for (const draft of read.drafts) tell(draft, record, line.atMs, line.wallMs);
  }

  function keep(incident: Incident): void {
    const key = keyOf(incident);
    unsure.delete(key);
    incidents.set(key, incident);
    store.outbox.put(key, JSON.stringify(incident));
  }

  function tell(draft: Draft, record: string, atMs: number, wallMs: number): void {
    const clean = (text: string): string => plain(input.redact(text));
    const facts = draft.action === 'trigger' ? input.facts(record, draft.code) : null;
    const message: Message = {
      ...draft,
      record,
      what: clean(draft.what),
      next: clean(record === '' ? draft.next : commandsFor(draft, record)),
      evidence: [...draft.evidence, ...(facts?.evidence ?? [])].slice(0, 20).map(clean),
      atMs,
      wallMs,
      owner: input.owner(record),
      host: input.host,
    };
    for (const { channel, id, courier } of couriers) {
      if (!takes(channel, message)) continue;
      sequence += 1;
      const key = `message ${String(sequence).padStart(12, '0')} ${id}`;
      store.outbox.put(key, JSON.stringify(message));
      add(courier, key, message);
    }
  }

  /** Not at once: what is told must be on disk first, and this is the middle of a decision. */
  function add(courier: Courier, key: string, message: Message): void {
    clock.after(0, () => courier.add({ key, message }));
  }

  /** Level-triggered: an incident is over when its alert is not there, whether or not somebody said so. */
  function look(): void {
    cancel = clock.after(lookMs, look);
    const nowMs = clock.nowMs();
    for (const { courier } of couriers) report.state(courier.status());
    for (const [key, incident] of incidents) {
      if (unsure.has(key) && nowMs - startedMs < graceMs) continue;
      if (isActive(incident)) {
        if (incident.goneMs !== null) keep({ ...incident, goneMs: null });
      } else if (incident.goneMs === null) keep({ ...incident, goneMs: nowMs });
      else if (nowMs - incident.goneMs >= input.quietMs) {
        incidents.delete(key);
        store.outbox.drop(key);
        tell(resolved(incident, nowMs), incident.record, nowMs, clock.wallMs());
      }
    }
  }

  function isActive({ record, code }: Incident): boolean {
    const active = input.facts(record, code)?.active ?? false;
    if (record !== '' || active) return active;
    return couriers.some(({ courier }) => failedCode(courier.status()) === code && report.isFailing(courier.status()));
  }

  load();
  // With nobody to tell, nothing is kept either.
  store.watch(couriers.length === 0 ? () => undefined : hear);
  if (couriers.length > 0) cancel = clock.after(lookMs, look);
  return {
    statuses: () => couriers.map(({ courier }) => courier.status()),
    stop() {
      cancel();
      for (const { courier } of couriers) courier.stop();
    },
  };
}

function keyOf({ record, code }: Pick<Incident, 'record' | 'code'>): string {
  return `incident ${record} ${code}`;
}
