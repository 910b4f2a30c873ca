import { describe, expect, test } from '@jest/globals';
import type { Fetched } from '../../src/cli/client';
import type { Options, Terminal } from '../../src/cli/command';
import { parse } from '../../src/cli/parse';
import type { ScreenHost } from '../../src/cli/screen';
import { type Shown, watchStatus } from '../../src/cli/watch';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import { a, b, benchOf, c, foundAt, policyOf } from '../domain/fixtures';

/** The control sequences by what they do, as a reader of the terminal's manual knows them. */
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const top = '\u001b[H';

function calm(): ServiceStatus {
  const bench = benchOf(policyOf());
  bench.post({ type: 'found', found: foundAt(a) });
  bench.allUp(a, b, c);
  return explain(bench.view());
}

function optionsOf(...argv: readonly string[]): Options {
  const parsed = parse(['status', '--watch', ...argv]);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.options;
}

const gone: Fetched<Shown> = { ok: false, code: 'unreachable', why: 'no daemon at /x (ENOENT)' };
const well = (changes: Partial<ServiceStatus> = {}): Fetched<Shown> => ({
  ok: true,
  body: { services: [{ ...calm(), ...changes }], notifications: [] },
});

interface Step {
  readonly answer: Fetched<Shown>;
  /** What happens once the picture is there; nothing: the terminal is resized to what it is. */
  readonly meanwhile?: (signals: { readonly suspend: () => void; readonly resume: () => void }) => void;
}

/** Plays the answers one after the other without waiting for the seconds between, then ends it as Ctrl-C does. */
async function watched(steps: readonly Step[], options: Options, size: ReturnType<ScreenHost['size']>) {
  const isTty = size !== null;
  const written: string[] = [];
  const told: string[] = [];
  let [resized, end, before, after] = [0, 0, 0, 0].map(() => (): void => undefined) as (() => void)[];
  const host: ScreenHost = {
    write: (text) => void written.push(text),
    size: () => size,
    onResize: (run) => {
      resized = run;
    },
    onEnd: (run) => {
      end = run;
    },
    onSuspend: (suspended, resumed) => {
      before = suspended;
      after = resumed;
    },
  };
  const say = (text: string): void => void told.push(text);
  const terminal: Terminal = { out: say, err: say, isTty, colour: false, columns: () => size?.columns ?? null };
  let next = 0;
  const fetch = async (): Promise<Fetched<Shown>> => {
    const step = steps[next++];
    setImmediate(() => {
      step?.meanwhile?.({ suspend: () => before?.(), resume: () => after?.() });
      if (next < steps.length) resized?.();
      else end?.();
    });
    return step?.answer ?? gone;
  };
  const exit = await watchStatus(fetch, options, terminal, host);
  return { exit, written, told };
}

test('on a terminal: drawn in place, the daemon gone and back, and left as it was', async () => {
  const steps = [{ answer: gone }, { answer: well() }, { answer: gone }, { answer: well({ active: b }) }];
  const { exit, written } = await watched(steps, optionsOf(), { columns: 100, rows: 30 });
  expect(exit).toBe(0);
  expect(written[0]).toBe(enter);
  expect(written.at(-1)).toBe(leave);
  const frames = written.slice(1, -1);
  expect(frames.map((frame) => frame.startsWith(top))).toEqual([true, true, true, true]);
  const [first = '', second = '', third = '', fourth = ''] = frames;
  expect(first).toContain('daemon not reachable: no daemon at /x (ENOENT)');
  expect(first).not.toContain('ago');
  expect(second).toContain('www.example.test → asia-east1');
  expect(second).not.toContain('not reachable');
  // The last that is known stays, and is said to be old.
  expect(third).toMatch(/daemon not reachable: .*; below is what it said .*ago/);
  expect(third).toContain('www.example.test → asia-east1');
  expect(fourth).toContain('www.example.test → europe-west1');
});

test('a small terminal gets no line that is too long, and is told how many are missing', async () => {
  const { written } = await watched([{ answer: well() }], optionsOf(), { columns: 30, rows: 5 });
  const lines = (written[1] ?? '')
    .split('\r\n')
    .map((line) => line.replaceAll(top, '').replaceAll('\u001b[K', '').replaceAll('\u001b[J', ''));
  expect(lines).toHaveLength(5);
  expect(lines.filter((line) => line.length > 30)).toEqual([]);
  expect(lines.at(-1)).toMatch(/^… \d+ more lines$/);
});

describe('of many services', () => {
  const status = calm();
  const [first, ...others] = status.sites;
  if (first === undefined) throw new Error('no site');
  const alert = { code: 'x', why: 'x', remedy: 'y', sinceMs: 0, lastMs: 0, lingers: true };
  const hold = { by: 'order', why: 'x', until: null, actor: 'ada' };
  const pin = { site: a, by: 'order', actor: 'ada', why: 'x', sinceMs: 0, untilMs: null, until: null } as const;
  const all: readonly Partial<ServiceStatus>[] = [
    { record: 'well', alerts: [{ ...alert, page: false, overForMs: null }] },
    { record: 'over', alerts: [{ ...alert, page: true, overForMs: 12_000 }] },
    { record: 'unready', ready: false },
    { record: 'writing', write: 'writing' },
    { record: 'pinned', pin, ready: false },
    { record: 'held', hold, ready: false },
    { record: 'paged', alerts: [{ ...alert, page: true, overForMs: null }] },
    { record: 'down', sites: [{ ...first, verdict: 'down' }, ...others] },
    { record: 'nowhere', active: null },
  ];
  const answer: Fetched<Shown> = {
    ok: true,
    body: { services: all.map((one) => ({ ...status, ...one })), notifications: [] },
  };
  const shown = async (size: ReturnType<ScreenHost['size']>) => {
    const { written } = await watched([{ answer }], optionsOf(), size);
    return [...written.join('').matchAll(/^(\w+) → /gm)].map(([, record]) => record);
  };
  const order = ['paged', 'down', 'nowhere', 'pinned', 'held', 'unready', 'writing', 'well', 'over'];

  test('the worst are shown first, as on the dashboard, and what is cut off is well', async () => {
    expect(await shown({ columns: 100, rows: 100 })).toEqual(order);
    expect(await shown({ columns: 100, rows: 22 })).toEqual(order.slice(0, 3));
  });

  test('in a pipe, where nothing is cut, they stay in their order', async () => {
    expect(await shown(null)).toEqual(all.map(({ record }) => record));
  });
});

test('Ctrl-Z gives the terminal back, and going on draws anew', async () => {
  const step: Step = {
    answer: well(),
    meanwhile({ suspend, resume }) {
      suspend();
      resume();
    },
  };
  const { written } = await watched([step], optionsOf(), { columns: 100, rows: 30 });
  const picture = written[1] ?? '';
  expect(picture.startsWith(top)).toBe(true);
  expect(written).toEqual([enter, picture, leave, enter, picture, leave]);
});

test('in a pipe: a block when something changed, and no control sequence', async () => {
  const steps = [
    { answer: well() },
    { answer: well({ penalty: 3 }) },
    { answer: gone },
    { answer: gone },
    { answer: well({ active: b }) },
  ];
  const { exit, written } = await watched(steps, optionsOf(), null);
  expect(exit).toBe(0);
  expect(written.map((text) => text.split('\n')[1]?.slice(0, 32))).toEqual([
    'www.example.test → asia-east1  (',
    'daemon not reachable: no daemon ',
    'www.example.test → europe-west1,',
  ]);
  expect(written.join('')).not.toContain('\u001b');
});

test('in a pipe: a notification channel that fails makes a block too', async () => {
  const channel = { channel: 'slack-1', pending: 2, sent: 0, failures: 3, failingForMs: 60_000, why: 'status 500' };
  const failing = { ok: true, body: { services: [calm()], notifications: [channel] } } as const;
  const { written } = await watched([{ answer: well() }, { answer: failing }, { answer: failing }], optionsOf(), null);
  expect(written).toHaveLength(2);
  expect(written[1]).toContain('slack-1 fails for 1m, 2 waiting: status 500');
});

test('as JSON: a line for each change, on a terminal too', async () => {
  const steps = [{ answer: well() }, { answer: well() }, { answer: gone }, { answer: well() }];
  const { written } = await watched(steps, optionsOf('--json'), { columns: 100, rows: 30 });
  expect(written.map((line) => Object.keys(JSON.parse(line))[0])).toEqual(['services', 'error', 'services']);
  expect(written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
});

test('a service that does not exist ends it, and the terminal is given back', async () => {
  const { exit, written, told } = await watched([{ answer: well() }], optionsOf('--record', 'x.test'), {
    columns: 80,
    rows: 24,
  });
  expect(exit).toBe(1);
  expect(told).toEqual(['no service "x.test"; there are: www.example.test']);
  expect(written).toEqual([enter, leave]);
});
