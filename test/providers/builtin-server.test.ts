import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ToThread } from '../../providers/builtin/protocol';
import { openServer, type Server } from '../../providers/builtin/server';
import type { Spawn, ThreadEvents } from '../../providers/builtin/thread';

/** Threads that do what the test says, on the test's time. */
interface Played {
  readonly events: ThreadEvents;
  readonly startedMs: number;
  readonly heard: ToThread[];
  killed: boolean;
}
let played: Played[] = [];
let onStart: (one: Played) => void = listens;
const spawn: Spawn = (_start, events) => {
  const one: Played = { events, startedMs: performance.now(), heard: [], killed: false };
  played.push(one);
  queueMicrotask(() => onStart(one));
  return {
    send(message) {
      one.heard.push(message);
      if (message.op === 'close') events.ended('closed');
    },
    kill() {
      one.killed = true;
      events.ended('killed');
    },
  };
};
function listens(one: Played): void {
  one.events.message({ op: 'listening', port: 5353 });
}
async function open(): Promise<Server> {
  const opened = await openServer(spawn, { host: '127.0.0.1', port: 0, attachments: [] });
  if (!opened.ok) throw new Error(opened.why);
  return opened.server;
}
const read = { op: 'read', zone: 'example.test', record: 'www.example.test' } as const;
const never = new AbortController().signal;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  played = [];
  onStart = listens;
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a name server thread', () => {
  test('that never listens is given up and ended', async () => {
    onStart = () => undefined;
    const opening = openServer(spawn, { host: '127.0.0.1', port: 0, attachments: [] });
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await opening).toMatchObject({ ok: false, code: 'timeout' });
    expect(played[0]?.killed).toBe(true);
  });

  test('that dies again and again is started ever more rarely, at most every 30 s', async () => {
    const server = await open();
    onStart = (one) => one.events.ended('out of memory');
    played[0]?.events.ended('out of memory');
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    const gaps = played.slice(1).map((one, index) => Math.round(one.startedMs - (played[index]?.startedMs ?? 0)));
    expect(gaps.slice(0, 5)).toEqual([100, 200, 400, 800, 1_600]);
    expect(Math.max(...gaps)).toBe(30_000);
    expect(played.length).toBeLessThan(35);
    expect(await server.ask(read, 1_000, never)).toMatchObject({
      ok: false,
      sent: false,
      why: expect.stringContaining('out of memory'),
    });
    await server.close();
    const before = played.length;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(played).toHaveLength(before);
  });

  test('that lived for a minute is started again at once', async () => {
    const server = await open();
    for (let round = 0; round < 4; round++) {
      await jest.advanceTimersByTimeAsync(61_000);
      played.at(-1)?.events.ended('?');
      await jest.advanceTimersByTimeAsync(100);
      expect(played).toHaveLength(round + 2);
    }
    expect(server.deaths()).toEqual({ count: 4, why: '?' });
    await server.close();
  });

  test('what it was asked when it died may have been done', async () => {
    const server = await open();
    const asking = server.ask(read, 1_000, never);
    await jest.advanceTimersByTimeAsync(1);
    played[0]?.events.ended('?');
    expect(await asking).toMatchObject({ ok: false, sent: true });
    // While it starts again, a question waits for it.
    await jest.advanceTimersByTimeAsync(100);
    const next = server.ask(read, 1_000, never);
    await jest.advanceTimersByTimeAsync(1);
    expect(played[1]?.heard).toMatchObject([{ op: 'ask' }]);
    await server.close();
    expect(await next).toMatchObject({ ok: false, sent: true });
  });

  test('nobody waits longer than the time or the signal; it is told not to begin', async () => {
    const server = await open();
    const late = server.ask(read, 1_000, never);
    const control = new AbortController();
    const aborted = server.ask(read, 60_000, control.signal);
    await jest.advanceTimersByTimeAsync(10);
    control.abort();
    expect(await aborted).toMatchObject({ ok: false, sent: true });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await late).toMatchObject({ ok: false, sent: true });
    expect(played[0]?.heard.map((message) => message.op)).toEqual(['ask', 'ask', 'cancel', 'cancel']);
    expect(await server.ask(read, 1_000, AbortSignal.abort())).toMatchObject({ ok: false, sent: false });
    expect(jest.getTimerCount()).toBe(0);
    await server.close();
  });

  test.each([
    null,
    'html',
    7,
    {},
    { op: 'told' },
    { op: 'told', id: 1 },
    { op: 'told', id: 1, told: { op: 'read' } },
    { op: 'told', id: 1, told: { op: 'replace', outcome: 1 } },
    { op: 'listening', port: '53' },
  ])('is not believed when it says %j', async (message) => {
    const server = await open();
    const asking = server.ask(read, 100, never);
    await jest.advanceTimersByTimeAsync(1);
    played[0]?.events.message(message);
    await jest.advanceTimersByTimeAsync(100);
    expect(await asking).toMatchObject({ ok: false, sent: true });
    await server.close();
  });
});
