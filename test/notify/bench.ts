import type { JournalLine } from '../../src/control/ports';
import type { ChannelConfig, Sent } from '../../src/notify/channel';
import type { Message } from '../../src/notify/message';
import { createNotifier, type Facts, type Notifier, type OutboxStore } from '../../src/notify/notifier';
import { createTime, seeded, type Time } from '../../src/sim/time';

export const record = 'www.example.test';

export function channelOf(wanted: Partial<ChannelConfig> = {}): ChannelConfig {
  const kind = wanted.kind ?? 'webhook';
  const url = `https://hooks.example.com/${kind}`;
  return { name: `${kind}-1`, kind, url, host: 'hooks.example.com', level: 'all', secret: null, mail: null, ...wanted };
}

export function messageOf(wanted: Partial<Message> = {}): Message {
  const incident = wanted.incident ?? `${record}/down:a/1`;
  return {
    id: `${incident}/${wanted.action ?? 'trigger'}`,
    incident,
    action: 'trigger',
    page: true,
    record,
    code: 'down:a',
    what: 'active a is down: status: 503',
    evidence: ['a (active): down for 3s, 3 fails'],
    next: 'look at a; failoverd why --record www.example.test',
    atMs: 0,
    wallMs: Date.UTC(2026, 10, 23, 13),
    count: 1,
    owner: 'sre',
    host: 'node-1',
    ...wanted,
  };
}

export interface Told {
  readonly channel: string;
  readonly message: Message;
  readonly more: number;
  readonly atMs: number;
}

/** A notifier in virtual time, on a store that outlives it, before channels that do as they are told. */
export interface Bench {
  readonly time: Time;
  readonly told: Told[];
  readonly journal: JournalLine[];
  readonly logged: string[];
  /** Alerts that are there now; null: no such service. */
  active: Set<string> | null;
  /** What each attempt brings; the default takes everything. */
  answer: (channel: string, message: Message) => Sent | Promise<Sent>;
  /** A new process on what the store holds. */
  start(channels?: readonly ChannelConfig[]): Notifier;
  /** A line of the journal of the service. */
  line(code: string, data?: JournalLine['data'], text?: string): void;
  alert(code: string, page?: boolean): void;
  cleared(code: string): void;
  rows(): readonly string[];
  /** Writes this over every row. */
  spoil(json: string): void;
}

export const refused: Sent = { ok: false, why: 'HTTP 503', unfit: false, retryAfterMs: null };

export function createBench(channels: readonly ChannelConfig[] = [channelOf()], quietMs = 300_000): Bench {
  const time = createTime(1_000_000);
  const rows = new Map<string, string>();
  let hear: (record: string, line: JournalLine) => void = () => undefined;
  const store: OutboxStore = {
    outbox: { rows: () => rows, put: (key, json) => void rows.set(key, json), drop: (key) => void rows.delete(key) },
    watch: (heard) => {
      hear = heard;
    },
    journal(of, lines) {
      for (const line of lines) {
        bench.journal.push(line);
        hear(of, line);
      }
    },
  };
  const log = (msg: string): void => void bench.logged.push(msg);
  const bench: Bench = {
    time,
    told: [],
    journal: [],
    logged: [],
    active: new Set(),
    answer: () => ({ ok: true }),
    start: (chosen = channels) =>
      createNotifier({
        channels: chosen,
        quietMs,
        store,
        clock: time,
        random: seeded(7),
        async send(channel, message, more) {
          const sent = await bench.answer(channel.name, message);
          if (sent.ok) bench.told.push({ channel: channel.name, message, more, atMs: time.nowMs() });
          return sent;
        },
        facts: (_record, code): Facts | null =>
          bench.active === null ? null : { active: bench.active.has(code), evidence: ['a: down, 3 fails'] },
        owner: () => 'sre',
        host: 'node-1',
        redact: (text) => text.replaceAll('hunter2', '[redacted]'),
        log: { error: log, warn: log, info: log, debug: () => undefined },
      }),
    line(code, data = {}, text = code) {
      store.journal(record, [{ atMs: time.nowMs(), wallMs: time.wallMs(), kind: 'tell', code, text, data }]);
    },
    alert(code, page = true) {
      bench.active?.add(code);
      bench.line('alert', { alert: code, page, remedy: 'look at a' }, `${code} is wrong`);
    },
    cleared(code) {
      bench.active?.delete(code);
      bench.line('cleared', { alert: code, page: false, remedy: '' }, `over: ${code}`);
    },
    rows: () => [...rows.keys()],
    spoil(json) {
      for (const key of rows.keys()) rows.set(key, json);
    },
  };
  return bench;
}
