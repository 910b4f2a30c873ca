import type { Writable } from 'node:stream';
import { createLogger, format, transports } from 'winston';
import type { Redactor } from './redact';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type Fields = Readonly<Record<string, unknown>>;

/** Static messages with fields, one line each; secrets and control characters never get through. Never throws. */
export interface Log {
  error(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  debug(msg: string, fields?: Fields): void;
  /** Resolves when every line has left the process, or after two seconds; await it before exiting. */
  flush(): Promise<void>;
}

export interface LogInput {
  readonly level: LogLevel;
  /** `pretty` is coloured on a terminal only. */
  readonly format: 'json' | 'pretty';
  readonly redact: Redactor;
  readonly stream: Writable & { readonly isTTY?: boolean };
}

const maxLineBytes = 16_384;
const maxMessage = 500;
/** What may wait for a reader that does not read, before lines are dropped. */
const maxQueuedBytes = 4 * 1024 * 1024;
const flushMs = 2_000;

/** Writes to a stream. A reader that goes away (EPIPE) ends the log, not the process. */
export function createLog(input: LogInput): Log {
  const { redact, stream } = input;
  const colours = input.format === 'pretty' && stream.isTTY === true;
  const render = input.format === 'json' ? jsonLine : (line: Line) => prettyLine(line, colours);
  let gone = false;
  let dropped = 0;
  stream.on('error', () => {
    gone = true;
  });
  const logger = createLogger({
    level: input.level,
    // Redaction and rendering are ours: winston merges `message`, `stack` and `cause` of what it is given.
    format: format.printf(({ line }) => String(line)),
    transports: [new transports.Stream({ stream, eol: '\n' })],
  });

  const put = (level: LogLevel, msg: string, fields: Fields): void => {
    const time = new Date().toISOString();
    const message = redact.text(msg).slice(0, maxMessage);
    const copied = redact.copy(fields, { stacks: input.level === 'debug' });
    const entries = Object.entries(typeof copied === 'object' && copied !== null ? copied : {});
    logger.log({ level, message: '', line: render({ time, level, msg: message, entries }) });
  };

  const write = (level: LogLevel, msg: string, fields: Fields = {}): void => {
    if (gone || !logger.isLevelEnabled(level)) return;
    if (stream.writableLength > maxQueuedBytes) {
      dropped += 1;
      return;
    }
    if (dropped > 0) put('warn', 'log lines dropped: nobody reads the log', { lines: dropped });
    dropped = 0;
    put(level, msg, fields);
  };

  return {
    error: (msg, fields) => write('error', msg, fields),
    warn: (msg, fields) => write('warn', msg, fields),
    info: (msg, fields) => write('info', msg, fields),
    debug: (msg, fields) => write('debug', msg, fields),
    flush: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, flushMs);
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        // winston's own `finish` comes when the stream has taken the lines, which is before a slow pipe has.
        if (gone || stream.destroyed) done();
        else setImmediate(() => stream.write('', done));
      }),
  };
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly msg: string;
  readonly entries: readonly (readonly [string, unknown])[];
}

function jsonLine({ time, level, msg, entries }: Line): string {
  const own = { time, level, msg };
  const named = entries.map(([key, value]) => [Object.hasOwn(own, key) ? `${key}_` : key, value] as const);
  const line = escaped(JSON.stringify(Object.fromEntries([...Object.entries(own), ...named])));
  if (Buffer.byteLength(line) < maxLineBytes) return line;
  const cut = escaped(JSON.stringify(Object.fromEntries(named))).slice(0, maxLineBytes / 4);
  return escaped(JSON.stringify({ ...own, cut }));
}

const colour: Readonly<Record<LogLevel, string>> = { error: '31', warn: '33', info: '32', debug: '90' };

function prettyLine({ time, level, msg, entries }: Line, colours: boolean): string {
  const paint = (code: string, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const fields = entries.map(([key, value]) => ` ${bare(key)}=${bare(value)}`).join('');
  const head = `${time.slice(11, 23)} ${paint(colour[level], level.toUpperCase().padEnd(5))} ${escaped(msg).padEnd(36)}`;
  const line = `${head}${fields}`.trimEnd();
  return Buffer.byteLength(line) < maxLineBytes ? line : `${line.slice(0, maxLineBytes / 4)}…`;
}

/** A plain word as it is; anything else as JSON, so that it cannot be taken for another field. */
function bare(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/+@-]+$/.test(value)) return value;
  return escaped(JSON.stringify(value) ?? 'undefined');
}

/** Escapes what could move a terminal's cursor, break a line, or hide and turn text around. */
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });
}
