import { describe, expect, test } from '@jest/globals';
import { fullText } from '../../src/notify/message';
import { type Bench, channelOf, createBench, record, refused } from './bench';

const minute = 60_000;
const said = (bench: Bench, channel = 'webhook-1'): readonly string[] =>
  bench.told.filter((one) => one.channel === channel).map(({ message }) => `${message.action} ${message.code}`);

describe('an incident', () => {
  test('has one key from trigger over acknowledge to resolve, and is told at once', async () => {
    const bench = createBench();
    bench.start();
    bench.alert('no-standby');
    await bench.time.run(1_000);
    expect(bench.told[0]?.atMs).toBeLessThan(1_000_100);
    bench.line('ordered', { order: 'hold', actor: 'ada', reason: 'looking' }, 'held by ada: looking');
    await bench.time.run(minute);
    bench.cleared('no-standby');
    await bench.time.run(4 * minute);
    expect(said(bench)).toEqual(['trigger no-standby', 'acknowledge no-standby', 'info ordered']);
    await bench.time.run(2 * minute);
    expect(said(bench).slice(3)).toEqual(['resolve no-standby']);
    const keys = bench.told
      .filter(({ message }) => message.code === 'no-standby')
      .map(({ message }) => message.incident);
    expect(new Set(keys)).toEqual(new Set([`${record}/no-standby/1000000`]));
    expect(new Set(bench.told.map(({ message }) => message.id)).size).toBe(4);
    expect(bench.told[3]?.message.evidence).toEqual(['lasted 1m1s']);
    expect(bench.rows()).toEqual([]);
  });

  test('that comes and goes 148 times in six hours is told once, and its end says how often', async () => {
    const bench = createBench();
    bench.start();
    for (let n = 0; n < 148; n++) {
      bench.alert('down:a', false);
      await bench.time.run(73_000);
      bench.cleared('down:a');
      await bench.time.run(73_000);
    }
    expect(said(bench)).toEqual(['trigger down:a']);
    await bench.time.run(10 * minute);
    expect(said(bench)).toEqual(['trigger down:a', 'resolve down:a']);
    expect(bench.told[1]?.message.count).toBe(148);
    expect(bench.told.map(({ message }) => fullText(message, 0)).join()).toContain('came 148 times');
  });

  test('that stayed away for long enough is another one', async () => {
    const bench = createBench();
    bench.start();
    for (let n = 0; n < 2; n++) {
      bench.alert('down:a');
      await bench.time.run(minute);
      bench.cleared('down:a');
      await bench.time.run(6 * minute);
    }
    expect(said(bench)).toEqual(['trigger down:a', 'resolve down:a', 'trigger down:a', 'resolve down:a']);
    expect(new Set(bench.told.map(({ message }) => message.incident)).size).toBe(2);
  });

  test('that was a note and becomes a page is told again, under the same key', async () => {
    const bench = createBench([channelOf(), channelOf({ kind: 'pagerduty', level: 'page' })]);
    bench.start();
    bench.alert('blind:a', false);
    await bench.time.run(minute);
    bench.alert('blind:a', true);
    bench.alert('blind:a', true);
    await bench.time.run(minute);
    expect(said(bench)).toEqual(['trigger blind:a', 'trigger blind:a']);
    expect(said(bench, 'pagerduty-1')).toEqual(['trigger blind:a']);
    const [first, second, third] = bench.told;
    expect(second?.message.incident).toBe(first?.message.incident);
    expect(third?.message.id).toBe(second?.message.id);
    expect(second?.message.id).not.toBe(first?.message.id);
  });

  test('whose end nobody told (the service was made anew) ends all the same', async () => {
    const bench = createBench();
    bench.start();
    bench.alert('down:a');
    await bench.time.run(minute);
    bench.active?.clear();
    await bench.time.run(6 * minute);
    expect(said(bench)).toEqual(['trigger down:a', 'resolve down:a']);
  });

  test('of a record that is not managed any more ends', async () => {
    const bench = createBench();
    bench.start();
    bench.alert('down:a');
    await bench.time.run(minute);
    bench.active = null;
    await bench.time.run(6 * minute);
    expect(said(bench)).toEqual(['trigger down:a', 'resolve down:a']);
  });
});

describe('over a restart', () => {
  test('what nobody took is told by the next process, under the same ids and in order', async () => {
    const bench = createBench();
    const tried: string[] = [];
    bench.answer = (_channel, { id }) => {
      tried.push(id);
      return refused;
    };
    const first = bench.start();
    bench.alert('down:a');
    bench.line(
      'switched',
      { kind: 'failover', from: 'a', to: 'b', generation: 7, tookMs: 2_014, detectMs: 2_000, decideMs: 14 },
      'failover verified',
    );
    bench.cleared('down:a');
    await bench.time.run(6 * minute);
    first.stop();
    expect(bench.told).toEqual([]);
    const kept = bench.rows();
    bench.answer = () => ({ ok: true });
    bench.start();
    await bench.time.run(minute);
    expect(kept.filter((key) => key.startsWith('message'))).toHaveLength(3);
    expect(said(bench)).toEqual(['trigger down:a', 'info switched', 'resolve down:a']);
    expect(bench.told.map(({ message }) => message.id)).toEqual(expect.arrayContaining([...new Set(tried)]));
    expect(bench.told[1]?.message.evidence).toEqual([
      'from: a',
      'to: b',
      'generation: 7',
      'took 2s: detect 2s, decide 14ms',
    ]);
  });

  test('an open incident that is still there keeps its key and is not told twice', async () => {
    const bench = createBench();
    bench.start().stop();
    const first = bench.start();
    bench.alert('down:a');
    await bench.time.run(minute);
    first.stop();
    bench.active = new Set();
    bench.start();
    await bench.time.run(30_000);
    bench.alert('down:a');
    await bench.time.run(minute);
    bench.cleared('down:a');
    await bench.time.run(6 * minute);
    expect(said(bench)).toEqual(['trigger down:a', 'resolve down:a']);
    expect(bench.told[1]?.message).toMatchObject({ incident: bench.told[0]?.message.incident, count: 1 });
  });

  test('an open incident that ended meanwhile is resolved, but not before that can be known', async () => {
    const bench = createBench([channelOf()], 1_000);
    const first = bench.start();
    bench.alert('down:a');
    await bench.time.run(minute);
    first.stop();
    bench.active = new Set();
    bench.start();
    await bench.time.run(110_000);
    expect(said(bench)).toEqual(['trigger down:a']);
    await bench.time.run(15_000);
    expect(said(bench)).toEqual(['trigger down:a', 'resolve down:a']);
  });

  test('with the channels in another order everything finds its own; what waited for one that is gone is dropped', async () => {
    const slack = channelOf({ kind: 'slack' });
    const webhook = channelOf();
    const gone = channelOf({ kind: 'feishu' });
    const bench = createBench([webhook, slack, gone]);
    bench.answer = () => refused;
    const first = bench.start();
    bench.line('switched');
    await bench.time.run(1_000);
    first.stop();
    expect(bench.rows()).toHaveLength(3);
    bench.answer = () => ({ ok: true });
    bench.start([slack, webhook]);
    await bench.time.run(minute);
    expect(bench.told.map(({ channel }) => channel).sort()).toEqual(['slack-1', 'webhook-1']);
    expect(bench.rows()).toEqual([]);
  });

  test('what in the outbox makes no sense is dropped', async () => {
    const bench = createBench();
    bench.answer = () => refused;
    const first = bench.start();
    bench.alert('down:a');
    await bench.time.run(1_000);
    first.stop();
    bench.spoil('{"id":7}');
    bench.answer = () => ({ ok: true });
    bench.start();
    await bench.time.run(minute);
    expect(bench.told).toEqual([]);
    expect(bench.rows()).toEqual([]);
  });
});

describe('who is told what', () => {
  const rows: readonly (readonly [Parameters<typeof channelOf>[0], string])[] = [
    [
      { kind: 'webhook', level: 'all' },
      'trigger:note trigger:page info:switched acknowledge:page info:ordered resolve:page resolve:note',
    ],
    [{ kind: 'webhook', level: 'page' }, 'trigger:page acknowledge:page resolve:page'],
    [{ kind: 'slack', level: 'all' }, 'trigger:note trigger:page info:switched info:ordered resolve:page resolve:note'],
    [{ kind: 'slack', level: 'page' }, 'trigger:page resolve:page'],
    [{ kind: 'pagerduty', level: 'page' }, 'trigger:page acknowledge:page resolve:page'],
    [{ kind: 'pagerduty', level: 'all' }, 'trigger:note trigger:page acknowledge:page resolve:page resolve:note'],
  ];
  test.each(rows)('%j: %s', async (wanted, expected) => {
    const bench = createBench([channelOf(wanted)]);
    bench.start();
    const event = async (run: () => void): Promise<void> => {
      run();
      await bench.time.run(5_000);
    };
    await event(() => bench.alert('note', false));
    await event(() => bench.alert('page', true));
    await event(() => bench.line('decided'));
    await event(() => bench.line('switched'));
    await event(() => bench.line('ordered'));
    await event(() => bench.cleared('page'));
    await event(() => bench.cleared('note'));
    await bench.time.run(10 * minute);
    expect(bench.told.map(({ message }) => `${message.action}:${message.code}`).join(' ')).toBe(expected);
  });
});

describe('a channel that takes nothing', () => {
  test('is told through the others, by its name; and when it is well again', async () => {
    const bench = createBench([channelOf(), channelOf({ kind: 'slack' })]);
    const notifier = bench.start();
    bench.answer = (channel) => (channel === 'slack-1' ? refused : { ok: true });
    bench.line('switched');
    await bench.time.run(3 * minute);
    expect(said(bench)).toEqual(['info switched', 'trigger notify-failed:slack-1']);
    expect(bench.told[1]?.message).toMatchObject({ record: '', page: true, next: 'failoverd notify test' });
    expect(bench.told[1]?.message.what).toMatch(
      /^channel slack-1 takes nothing: \d failures, 1 waiting, last HTTP 503$/,
    );
    expect(notifier.statuses()).toMatchObject([
      { channel: 'webhook-1', pending: 0, failingForMs: null },
      { channel: 'slack-1', pending: 1, why: 'HTTP 503' },
    ]);
    bench.answer = () => ({ ok: true });
    await bench.time.run(15 * minute);
    expect(said(bench)).toEqual(['info switched', 'trigger notify-failed:slack-1', 'resolve notify-failed:slack-1']);
    expect(said(bench, 'slack-1')).toEqual(['info switched']);
    expect(bench.journal.map(({ code }) => code)).toEqual(['switched', 'alert', 'cleared']);
  });

  test('gives up after a day, and says so in the history', async () => {
    const bench = createBench();
    bench.start();
    bench.answer = () => refused;
    bench.line('switched');
    await bench.time.run(24 * 60 * minute + 10 * minute);
    expect(bench.rows().filter((key) => key.startsWith('message'))).toEqual([]);
    expect(bench.journal.map(({ code }) => code)).toContain('notification-given-up');
  });
});

test('no secret, no control character and no endless line is in a message', async () => {
  const bench = createBench();
  bench.start();
  bench.line('alert', { alert: 'x', page: true, remedy: 'hunter2' }, `hunter2 \u001b[2J\u202e\n${'long '.repeat(500)}`);
  await bench.time.run(1_000);
  const text = JSON.stringify(bench.told[0]?.message);
  expect(text).not.toMatch(/hunter2|\\u001b|\u202e/);
  expect(bench.told[0]?.message.what).toMatch(/^\[redacted\] \\x1b\[2J\\u\{202e\}\\nlong/);
  expect(text.length).toBeLessThan(2_000);
});

test('with no channel nothing is kept', async () => {
  const bench = createBench([]);
  bench.start();
  bench.alert('down:a');
  await bench.time.run(minute);
  expect(bench.rows()).toEqual([]);
});

test('what a channel answers with a secret in it stands in no status, no history and no message', async () => {
  const bench = createBench([channelOf(), channelOf({ kind: 'slack' })]);
  const notifier = bench.start();
  bench.answer = (channel) =>
    channel === 'slack-1' ? { ...refused, why: 'HTTP 404, "no hook hunter2"' } : { ok: true };
  bench.line('switched');
  await bench.time.run(3 * minute);
  expect(bench.told.map(({ message }) => message.code)).toContain('notify-failed:slack-1');
  const shown = JSON.stringify([notifier.statuses(), bench.journal, bench.told]);
  expect(shown).toContain('no hook [redacted]');
  expect(shown).not.toContain('hunter2');
});
