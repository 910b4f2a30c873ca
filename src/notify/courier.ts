import type { ChannelStatus, Clock } from '../control/ports';
import { backoffMs, isOld } from './backoff';
import type { ChannelConfig, ChannelKind, Sent } from './channel';
import type { Message } from './message';
import { fold } from './overflow';

/** One that waits for its channel; `key` is where it stands in the outbox. */
export interface Waiting {
  readonly key: string;
  readonly message: Message;
  readonly attempts: number;
  readonly notBeforeMs: number;
}

export interface CourierInput {
  readonly channel: ChannelConfig;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (message: Message, more: number, signal: AbortSignal) => Promise<Sent>;
  /** This one is told, folded away or given up: it need not be kept. */
  readonly done: (key: string) => void;
  /** What became of attempts, for the log and the history. */
  readonly event: (event: CourierEvent) => void;
}

export type CourierEvent =
  | { readonly type: 'failed'; readonly why: string; readonly first: boolean }
  | { readonly type: 'recovered'; readonly forMs: number }
  | { readonly type: 'given-up'; readonly message: Message; readonly why: string }
  | { readonly type: 'folded'; readonly count: number };

export interface Courier {
  add(waiting: Pick<Waiting, 'key' | 'message'>): void;
  status(): ChannelStatus;
  /** Ends the attempt under way; what waits stays in the outbox. */
  stop(): void;
}

/** What the kinds allow: DingTalk and WeCom 20 a minute, Slack one a second, Feishu five a second (their pages, read 2026-11). */
const paceMs: Readonly<Record<ChannelKind, number>> = {
  webhook: 0,
  slack: 1_000,
  pagerduty: 200,
  dingtalk: 3_100,
  feishu: 700,
  wecom: 3_100,
  smtp: 1_000,
};

/**
 * Brings messages to one channel, at least once each, one at a time, those of one incident in their order. It waits alone: neither another
 * channel nor the decision knows of it.
 */
export function createCourier(input: CourierInput): Courier {
  const { channel, clock } = input;
  const abort = new AbortController();
  let waiting: readonly Waiting[] = [];
  let busy = false;
  let cancel = (): void => undefined;
  let more = 0;
  let readyMs = 0;
  let failing: { readonly sinceMs: number; readonly why: string; readonly times: number } | null = null;
  let sent = 0;
  let failures = 0;

  /** The oldest whose time has come and before which no other of its incident waits; a page before everything else. */
  function next(nowMs: number): Waiting | undefined {
    const free = waiting.filter(
      (one, index) =>
        one.notBeforeMs <= nowMs &&
        !waiting.slice(0, index).some(({ message }) => message.incident === one.message.incident),
    );
    return free.find(({ message }) => message.page && message.action === 'trigger') ?? free[0];
  }

  function look(): void {
    cancel();
    if (busy || abort.signal.aborted || waiting.length === 0) return;
    const nowMs = clock.nowMs();
    const due = nowMs < readyMs ? undefined : next(nowMs);
    if (due !== undefined) {
      busy = true;
      void deliver(due).finally(() => {
        busy = false;
        look();
      });
      return;
    }
    const wakeMs = Math.max(readyMs, Math.min(...waiting.map(({ notBeforeMs }) => notBeforeMs)));
    cancel = clock.after(Math.max(wakeMs - nowMs, 50), look);
  }

  async function deliver(one: Waiting): Promise<void> {
    const told = more;
    const attempts = one.attempts + 1;
    waiting = waiting.map((each) => (each.key === one.key ? { ...each, attempts } : each));
    const outcome = await input.send(one.message, told, abort.signal);
    if (abort.signal.aborted) return;
    const nowMs = clock.nowMs();
    readyMs = nowMs + paceMs[channel.kind];
    if (outcome.ok) {
      more -= told;
      sent += 1;
      take(one);
      if (failing !== null) input.event({ type: 'recovered', forMs: nowMs - failing.sinceMs });
      failing = null;
      return;
    }
    failures += 1;
    const { why, unfit } = outcome;
    input.event({ type: 'failed', why, first: failing === null });
    failing = { sinceMs: failing?.sinceMs ?? nowMs, why, times: (failing?.times ?? 0) + 1 };
    if (isOld(one.message, nowMs)) {
      take(one);
      input.event({ type: 'given-up', message: one.message, why });
      return;
    }
    const pauseMs = Math.max(backoffMs(unfit ? attempts : failing.times, input.random()), outcome.retryAfterMs ?? 0);
    if (!unfit) readyMs = Math.max(readyMs, nowMs + pauseMs);
    const notBeforeMs = unfit ? nowMs + pauseMs : one.notBeforeMs;
    waiting = waiting.map((each) => (each.key === one.key ? { ...each, notBeforeMs } : each));
  }

  function take(one: Waiting): void {
    waiting = waiting.filter(({ key }) => key !== one.key);
    input.done(one.key);
  }

  return {
    add({ key, message }) {
      const folded = fold([...waiting, { key, message, attempts: 0, notBeforeMs: 0 }]);
      waiting = folded.kept;
      for (const gone of folded.gone) input.done(gone.key);
      more += folded.gone.length;
      if (folded.gone.length > 0) input.event({ type: 'folded', count: folded.gone.length });
      look();
    },
    status: () => ({
      channel: channel.name,
      pending: waiting.length,
      sent,
      failures,
      failingForMs: failing === null ? null : clock.nowMs() - failing.sinceMs,
      why: failing?.why ?? null,
    }),
    stop() {
      abort.abort();
      cancel();
    },
  };
}
