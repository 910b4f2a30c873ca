import { printable } from '../domain/printable';
import { utcText } from '../domain/wall';

export type Action = 'trigger' | 'acknowledge' | 'resolve' | 'info' | 'test';

/** One thing to be told to people: what, which record, on what evidence, and what to do next. */
export interface Message {
  /** The same on every attempt, also after a restart: whoever has seen it may drop it. */
  readonly id: string;
  /** The same from trigger to resolve: `<record>/<alert>/<when it began>`. */
  readonly incident: string;
  readonly action: Action;
  /** A human must act. */
  readonly page: boolean;
  /** Empty: it is about the daemon itself. */
  readonly record: string;
  readonly code: string;
  readonly what: string;
  readonly evidence: readonly string[];
  readonly next: string;
  /** On the lasting clock, and for people. */
  readonly atMs: number;
  readonly wallMs: number;
  /** How often its cause came within one incident. */
  readonly count: number;
  readonly owner: string;
  readonly host: string;
}

const remoteLimit = 500;

/** Text from anywhere, fit for a message: one line, no control characters, bounded. */
export function plain(text: string): string {
  return printable(text, remoteLimit);
}

/** One line that says it all. */
export function title(message: Message): string {
  const about = message.record === '' ? 'failoverd' : message.record;
  return `${words[message.action](message)} ${about}: ${message.what}`;
}

const words: Readonly<Record<Action, (message: Message) => string>> = {
  trigger: ({ page }) => (page ? '[PAGE]' : '[NOTE]'),
  acknowledge: () => '[ACK]',
  resolve: () => '[OVER]',
  info: () => '[INFO]',
  test: () => '[TEST]',
};

/** Everything under the title, a line each. `more`: how many others were folded away before this one. */
export function details(message: Message, more: number): readonly string[] {
  const { evidence, next, count, wallMs, host, owner, id } = message;
  return [
    ...evidence,
    ...(next === '' ? [] : [`next: ${next}`]),
    ...(count > 1 ? [`came ${count} times`] : []),
    `${utcText(wallMs)}, host ${host}, owner ${owner}`,
    `ref ${id}`,
    ...(more > 0 ? [`and ${more} more: failoverd history`] : []),
  ];
}

/** The whole message as lines of plain text. */
export function fullText(message: Message, more: number): string {
  return [title(message), ...details(message, more)].join('\n');
}

/** At most so many bytes of UTF-8, cut between characters. */
export function cutBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit - 3) break;
    kept += character;
  }
  return `${kept}…`;
}

/** What a channel would take for markup: a mention of everybody must not be had for a line in a health check's answer. */
export function noMarkup(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}

/** A message as it was stored; null for anything else. */
export function readMessage(json: string): Message | null {
  try {
    const value: unknown = JSON.parse(json);
    return isMessage(value) ? value : null;
  } catch {
    return null;
  }
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null) return false;
  const found = new Map<string, unknown>(Object.entries(value));
  const texts = ['id', 'incident', 'record', 'code', 'what', 'next', 'owner', 'host'];
  const numbers = ['atMs', 'wallMs', 'count'];
  const evidence = found.get('evidence');
  return (
    texts.every((name) => typeof found.get(name) === 'string') &&
    numbers.every((name) => Number.isFinite(found.get(name))) &&
    typeof found.get('page') === 'boolean' &&
    Object.hasOwn(words, String(found.get('action'))) &&
    Array.isArray(evidence) &&
    evidence.every((line) => typeof line === 'string')
  );
}
