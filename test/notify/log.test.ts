import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { createLog, type LogInput } from '../../src/notify/log';
import { createRedactor } from '../../src/notify/redact';

const redact = createRedactor(['hunter2secret']);

/** A stream that keeps what it gets; `held` keeps it waiting until `release`. */
function sink(options: { readonly isTTY?: boolean; readonly held?: boolean } = {}) {
  const chunks: string[] = [];
  const waiting: (() => void)[] = [];
  let held = options.held ?? false;
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      if (held) waiting.push(done);
      else done();
    },
  });
  const release = () => {
    held = false;
    for (const done of waiting.splice(0)) done();
  };
  return { stream: Object.assign(stream, { isTTY: options.isTTY ?? false }), release, text: () => chunks.join('') };
}

function logTo(to: ReturnType<typeof sink>, more: Partial<LogInput> = {}) {
  return createLog({ level: 'info', format: 'json', redact, stream: to.stream, ...more });
}

describe('JSON lines', () => {
  const line = (msg: string, fields?: Readonly<Record<string, unknown>>): string => {
    const to = sink();
    logTo(to).info(msg, fields);
    return to.text();
  };
  const parsed = (msg: string, fields?: Readonly<Record<string, unknown>>) => {
    const { time, ...rest } = JSON.parse(line(msg, fields));
    expect(new Date(time).toISOString()).toBe(time);
    return rest;
  };

  const rows: readonly (readonly [string, string, Readonly<Record<string, unknown>> | undefined, unknown])[] = [
    ['a message', 'service started', undefined, { msg: 'service started' }],
    [
      'with fields',
      'switched',
      { to: 'europe-west1', generation: 8 },
      { msg: 'switched', to: 'europe-west1', generation: 8 },
    ],
    [
      'own names are not overwritten',
      'm',
      { level: 'x', msg: 'y', time: 'z' },
      { msg: 'm', level_: 'x', msg_: 'y', time_: 'z' },
    ],
    ['what winston would merge', 'm', { message: 'a', stack: 'b' }, { msg: 'm', message: 'a', stack: 'b' }],
    ['no formatting of the message', 'at 100%s %d', { a: 1 }, { msg: 'at 100%s %d', a: 1 }],
    ['a secret', 'x hunter2secret', { a: 'hunter2secret' }, { msg: 'x [redacted]', a: '[redacted]' }],
    ['an error', 'm', { error: new Error('no') }, { msg: 'm', error: { name: 'Error', message: 'no' } }],
    ['a name every object has', 'm', { toString: 'x' }, { msg: 'm', toString: 'x' }],
  ];
  test.each(rows)('%s', (_what, msg, fields, expected) => {
    expect(parsed(msg, fields)).toEqual({ level: 'info', ...Object(expected) });
  });

  test('control characters stay inside the line, and unchanged in its meaning', () => {
    const hostile = 'a\n{"level":"info","msg":"switched"}\r\u001b[2J\u0000\u007f\u009b31m\u2028\u202e\ufeff\u{e0041}';
    const shown = line(hostile, { body: hostile });
    expect(shown).toMatch(/^[\x20-\x7e]*\n$/);
    expect(JSON.parse(shown)).toMatchObject({ msg: hostile, body: hostile });
  });

  const long: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['one long text', { body: 'x'.repeat(1_000_000) }],
    ['many texts', Object.fromEntries(new Array(60).fill('y'.repeat(1_900)).map((text, index) => [`f${index}`, text]))],
    [
      'all escapes',
      Object.fromEntries(new Array(60).fill('\u200e'.repeat(1_900)).map((text, index) => [`f${index}`, text])),
    ],
    ['few characters of many bytes', { a: '界'.repeat(1_900), b: '界'.repeat(1_900), c: '界'.repeat(1_900) }],
    ['all quotes', Object.fromEntries(new Array(60).fill('"\\'.repeat(900)).map((text, index) => [`f${index}`, text]))],
    ['all wide', Object.fromEntries(new Array(60).fill('界'.repeat(1_900)).map((text, index) => [`f${index}`, text]))],
  ];
  test.each(long)('at most 16 KiB: %s', (_what, fields) => {
    for (const format of ['json', 'pretty'] as const) {
      const to = sink();
      logTo(to, { format }).error('\u200e'.repeat(10_000), fields);
      expect(Buffer.byteLength(to.text())).toBeLessThanOrEqual(16_384);
      if (format === 'json') expect(JSON.parse(to.text())).toMatchObject({ level: 'error' });
    }
  });
});

test('levels', () => {
  const shown = (level: LogInput['level']) => {
    const to = sink();
    const log = logTo(to, { level });
    for (const one of ['debug', 'info', 'warn', 'error'] as const) log[one](one);
    return to
      .text()
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one).msg);
  };
  expect(shown('error')).toEqual(['error']);
  expect(shown('warn')).toEqual(['warn', 'error']);
  expect(shown('info')).toEqual(['info', 'warn', 'error']);
  expect(shown('debug')).toEqual(['debug', 'info', 'warn', 'error']);
});

test('stacks are shown at level debug only', () => {
  for (const level of ['debug', 'info'] as const) {
    const to = sink();
    logTo(to, { level }).error('failed', { error: new Error('x') });
    expect(to.text().includes('log.test')).toBe(level === 'debug');
  }
});

describe('for people', () => {
  test('aligned, plain on no terminal, one line whatever comes', () => {
    const to = sink();
    const log = logTo(to, { format: 'pretty' });
    log.info('switched', { to: 'europe-west1', why: 'no answer\nnow\u202e', n: 3, gone: null });
    log.error('a\u001b[2J', { 'k\n': '\u001b[31m' });
    expect(to.text().replace(/\d\d:\d\d:\d\d\.\d{3}/g, 'T')).toBe(
      [
        `T INFO  ${'switched'.padEnd(36)} to=europe-west1 why="no answer\\nnow\\u202e" n=3 gone=null\n`,
        `T ERROR ${'a\\u001b[2J'.padEnd(36)} "k\\n"="\\u001b[31m"\n`,
      ].join(''),
    );
  });

  test('coloured on a terminal only', () => {
    const rows = [true, false].map((isTTY) => {
      const to = sink({ isTTY });
      logTo(to, { format: 'pretty' }).warn('x');
      return to.text().includes('\u001b[33mWARN \u001b[0m');
    });
    expect(rows).toEqual([true, false]);
  });
});

describe('a reader that is slow or gone', () => {
  test('flush waits for the last line, again and again', async () => {
    const to = sink({ held: true });
    const log = logTo(to);
    for (let index = 0; index < 100; index++) log.info(`line ${index}`);
    let flushed = false;
    const flushing = log.flush().then(() => {
      flushed = true;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(flushed).toBe(false);
    to.release();
    await flushing;
    expect(to.text().trim().split('\n')).toHaveLength(100);
    log.info('after');
    await log.flush();
    expect(to.text()).toContain('"after"');
  });

  test('what nobody reads is dropped, and counted when reading goes on', async () => {
    const to = sink({ held: true });
    const log = logTo(to);
    const body = 'x'.repeat(1_900);
    for (let index = 0; index < 3_000; index++) log.info('line', { body });
    expect(to.stream.writableLength).toBeLessThan(5 * 1024 * 1024);
    to.release();
    await log.flush();
    log.info('last');
    const [warning, last] = to
      .text()
      .trim()
      .split('\n')
      .slice(-2)
      .map((one) => JSON.parse(one));
    expect(warning).toMatchObject({ level: 'warn', msg: 'log lines dropped: nobody reads the log' });
    expect(warning.lines + to.text().split('"line"').length - 1).toBe(3_000);
    expect(last.msg).toBe('last');
  });

  test('a stream that fails ends the log and nothing else', async () => {
    const to = sink();
    const log = logTo(to);
    to.stream.destroy(new Error('EPIPE'));
    await new Promise((resolve) => setImmediate(resolve));
    log.info('x');
    await log.flush();
    expect(to.text()).toBe('');
  });

  const program = `
    const { createLog } = require(${JSON.stringify(require.resolve('../../src/notify/log'))});
    const { createRedactor } = require(${JSON.stringify(require.resolve('../../src/notify/redact'))});
    const log = createLog({ level: 'info', format: 'json', redact: createRedactor([]), stream: process.stdout });
    for (let index = 0; index < 2000; index++) log.info('line', { index, body: 'x'.repeat(500) });
    log.error('the last line');
    log.flush().then(() => process.exit(7));`;

  test('a process that exits into a slow pipe loses nothing', async () => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    let bytes = 0;
    let tail = '';
    // A pipe holds 64 KiB; reading little and late keeps the process waiting with 1 MB.
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      tail = (tail + chunk.toString()).slice(-200);
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 5);
    });
    const ended = new Promise((resolve) => child.stdout.once('end', resolve));
    expect(await exited).toBe(7);
    await ended;
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(tail).toContain('"the last line"');
  });

  test('a process whose reader has gone ends by itself', async () => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(7);
    expect(errors).toBe('');
  });
});
