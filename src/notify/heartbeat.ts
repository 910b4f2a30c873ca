import type { ChannelStatus, Clock } from '../control/ports';
import type { Ask } from './post';

export interface HeartbeatInput {
  readonly url: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly ask: Ask;
  /** Whether the daemon does its work: while it does not, nothing is sent, and whoever waits for it raises the alarm. */
  readonly alive: () => boolean;
  readonly failed: (why: string) => void;
}

export interface Heartbeat {
  status(): ChannelStatus;
  stop(): void;
}

/** A dead man's switch: a GET every so often, as long as the daemon lives. One that fails is not repeated; the next one comes. */
export function startHeartbeat(input: HeartbeatInput): Heartbeat {
  const { clock } = input;
  const abort = new AbortController();
  let cancel = (): void => undefined;
  let sent = 0;
  let failures = 0;
  let failing: { readonly sinceMs: number; readonly why: string } | null = null;

  async function beat(): Promise<void> {
    const answer = await input.ask({ method: 'GET', url: input.url, headers: {}, body: '' }, abort.signal);
    if (abort.signal.aborted) return;
    if (answer.status !== null && answer.status >= 200 && answer.status <= 299) {
      sent += 1;
      failing = null;
      return;
    }
    failures += 1;
    const why = answer.status === null ? answer.why : `HTTP ${answer.status}`;
    if (failing === null) input.failed(why);
    failing = { sinceMs: failing?.sinceMs ?? clock.nowMs(), why };
  }

  function tick(): void {
    cancel = clock.after(input.everyMs, tick);
    if (input.alive()) void beat();
  }
  tick();

  return {
    status: () => ({
      channel: 'heartbeat',
      pending: 0,
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
