import { patience } from './patience';
import { type Ask, type Attachment, isFromThread, type Start, type Told } from './protocol';
import type { Spawn, Thread } from './thread';

/** The daemon's end of one name-server thread: starts it, asks it, starts it again when it dies. */
export interface Server {
  readonly host: string;
  /** The real port, also when any was asked for; it stays the same when the thread is started again. */
  readonly port: number;
  ask(ask: Ask, timeoutMs: number, signal: AbortSignal): Promise<Asked>;
  /** Adds a name to what is served, now and after every new start. */
  attach(attachment: Attachment): Promise<Asked>;
  /** How often the thread died, and why the last time. */
  deaths(): { readonly count: number; readonly why: string };
  close(): Promise<void>;
}

export type Asked =
  | { readonly ok: true; readonly told: Told }
  /** `sent`: it may have been done. */
  | { readonly ok: false; readonly sent: boolean; readonly why: string };

export type Opened =
  | { readonly ok: true; readonly server: Server }
  | { readonly ok: false; readonly code: string; readonly why: string };

const startMs = 10_000;
const attachMs = 5_000;
const closeMs = 3_000;
const firstPauseMs = 100;
const longestPauseMs = 30_000;
/** A thread that lived this long is started again after the first pause. */
const healthyMs = 60_000;

type Begun =
  | { readonly ok: true; readonly port: number }
  | { readonly ok: false; readonly code: string; readonly why: string };
type State =
  | { readonly is: 'starting'; readonly begun: Promise<Begun> }
  | { readonly is: 'up'; readonly thread: Thread; readonly sinceMs: number }
  | { readonly is: 'down'; readonly why: string; readonly timer: NodeJS.Timeout }
  | { readonly is: 'closed' };

/** Starts a thread and waits until it listens. */
export async function openServer(spawn: Spawn, start: Start): Promise<Opened> {
  const waiting = new Map<number, (asked: Asked) => void>();
  const attachments = [...start.attachments];
  let port = start.port;
  let nextId = 1;
  let died = { count: 0, why: '' };
  let pauses = 0;
  /** The newest thread, and a promise of its end. */
  let newest: { readonly thread: Thread; readonly gone: Promise<void> } | null = null;
  let state: State = { is: 'starting', begun: begin() };
  const first = await state.begun;
  if (!first.ok) {
    state = { is: 'closed' };
    return first;
  }

  function begin(): Promise<Begun> {
    return new Promise((resolve) => {
      let alive = true;
      let goneNow: () => void = () => undefined;
      const gone = new Promise<void>((done) => {
        goneNow = done;
      });
      const fail = (code: string, why: string): void => {
        clearTimeout(timer);
        resolve({ ok: false, code, why });
      };
      const timer = setTimeout(() => {
        fail('timeout', `the name server's thread did not start within ${startMs} ms`);
        thread.kill();
      }, startMs);
      const thread = spawn(
        { host: start.host, port, attachments },
        {
          message(message) {
            if (!isFromThread(message) || !alive) return;
            if (message.op === 'deaf') fail(message.code, message.why);
            else if (message.op === 'told') settle(message.id, { ok: true, told: message.told });
            else {
              clearTimeout(timer);
              port = message.port;
              if (state.is === 'closed') return;
              state = { is: 'up', thread, sinceMs: performance.now() };
              resolve({ ok: true, port });
            }
          },
          ended(why) {
            alive = false;
            fail('ended', `the name server's thread ended while starting: ${why}`);
            goneNow();
            if (state.is === 'up' && state.thread === thread) lost(why, performance.now() - state.sinceMs);
          },
        },
      );
      newest = { thread, gone };
    });
  }

  /** The thread died: everything it was asked has an unknown end, and it is started again after a growing pause. */
  function lost(why: string, livedMs: number): void {
    died = { count: died.count + 1, why };
    for (const id of [...waiting.keys()])
      settle(id, { ok: false, sent: true, why: `the name server's thread died: ${why}` });
    if (livedMs >= healthyMs) pauses = 0;
    pause(why);
  }

  function pause(why: string): void {
    const ms = Math.min(firstPauseMs * 2 ** pauses, longestPauseMs);
    pauses = Math.min(pauses + 1, 20);
    state = {
      is: 'down',
      why: `the name server's thread died (${why}); it is started again within ${ms} ms`,
      timer: setTimeout(again, ms),
    };
  }

  function again(): void {
    const begun = begin();
    state = { is: 'starting', begun };
    void begun.then((result) => {
      if (!result.ok && state.is === 'starting') pause(result.why);
    });
  }

  function settle(id: number, asked: Asked): void {
    waiting.get(id)?.(asked);
    waiting.delete(id);
  }

  async function ask(what: Ask, timeoutMs: number, signal: AbortSignal): Promise<Asked> {
    const { promise: given, giveUp } = patience(timeoutMs, signal);
    try {
      if (state.is === 'starting') await Promise.race([state.begun, given]);
      if (state.is !== 'up' || signal.aborted) return { ok: false, sent: false, why: whyNot(state) };
      const { thread } = state;
      const id = nextId++;
      const answered = new Promise<Asked>((resolve) => waiting.set(id, resolve));
      thread.send({ op: 'ask', id, ask: what });
      const asked = await Promise.race([answered, given]);
      if (asked !== null) return asked;
      waiting.delete(id);
      thread.send({ op: 'cancel', id });
      return {
        ok: false,
        sent: true,
        why: `the name server's thread did not answer within ${timeoutMs} ms, or was not waited for`,
      };
    } finally {
      giveUp();
    }
  }

  async function close(): Promise<void> {
    if (state.is === 'down') clearTimeout(state.timer);
    const wasUp = state.is === 'up';
    state = { is: 'closed' };
    for (const id of [...waiting.keys()]) settle(id, { ok: false, sent: true, why: 'the name server is closed' });
    if (newest === null) return;
    const { thread, gone } = newest;
    const timer = setTimeout(() => thread.kill(), closeMs);
    if (wasUp) thread.send({ op: 'close' });
    else thread.kill();
    await gone;
    clearTimeout(timer);
  }

  return {
    ok: true,
    server: {
      host: start.host,
      port: first.port,
      ask,
      async attach(attachment) {
        attachments.push(attachment);
        const asked = await ask({ op: 'attach', attachment }, attachMs, new AbortController().signal);
        if (!asked.ok) attachments.splice(attachments.indexOf(attachment), 1);
        return asked;
      },
      deaths: () => died,
      close,
    },
  };
}

function whyNot(state: State): string {
  if (state.is === 'down') return state.why;
  return state.is === 'closed' ? 'the name server is closed' : `the name server's thread is starting`;
}
