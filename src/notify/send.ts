import type { ChannelConfig, ChannelKind, Sent, Shaped } from './channel';
import { dingtalk } from './dingtalk';
import { feishu } from './feishu';
import { type Message, plain } from './message';
import { pagerduty } from './pagerduty';
import type { Answer, Ask } from './post';
import { slack } from './slack';
import { webhook } from './webhook';
import { wecom } from './wecom';

type Shape = (channel: ChannelConfig, message: Message, more: number, wallMs: number) => Shaped;

const shapes: Readonly<Record<Exclude<ChannelKind, 'smtp'>, Shape>> = {
  webhook,
  slack,
  pagerduty,
  dingtalk,
  feishu,
  wecom,
};

export interface SendInput {
  readonly ask: Ask;
  readonly wallMs: () => number;
  /** E-mail, loaded when it is needed. */
  readonly mail: (channel: ChannelConfig, message: Message, more: number) => Promise<Sent>;
}

/** Tells one message to one channel, once; resolves within its deadline, never rejects. */
export type Send = (channel: ChannelConfig, message: Message, more: number, signal: AbortSignal) => Promise<Sent>;

export function createSend(input: SendInput): Send {
  return async (channel, message, more, signal) => {
    try {
      if (channel.kind === 'smtp') return await input.mail(channel, message, more);
      const shaped = shapes[channel.kind](channel, message, more, input.wallMs());
      const headers = {
        'Content-Type': 'application/json',
        'Idempotency-Key': headerText(message.id),
        ...shaped.headers,
      };
      const { url, body } = shaped;
      return judge(await input.ask({ method: 'POST', url, headers, body }, signal), shaped, input.wallMs());
    } catch (error) {
      return failed(error instanceof Error ? error.message : 'it could not be sent');
    }
  };
}

/** The longest pause that a channel can ask for. */
const retryAfterCapMs = 15 * 60_000;
const throttledMs = 60_000;

/**
 * | answer                        | means                                       |
 * |-------------------------------|---------------------------------------------|
 * | 2xx, and no refusal in it     | told                                        |
 * | 400, 413, 422                 | this message is not wanted; others may be   |
 * | 429, or too many in the body  | later                                       |
 * | anything else, or none        | the channel is not well; all wait           |
 */
function judge(answer: Answer, shaped: Shaped, wallMs: number): Sent {
  if (answer.status === null) return failed(answer.why);
  const { status, body } = answer;
  if (status < 200 || status > 299) {
    const said = body.trim() === '' ? '' : `, "${plain(body.trim()).slice(0, 200)}"`;
    const retryAfterMs = pauseMs(answer.retryAfter, wallMs) ?? (status === 429 ? throttledMs : null);
    const redirect = status >= 300 && status < 400 ? ' (not followed)' : '';
    const why = `HTTP ${status}${redirect}${said}`;
    return { ok: false, why, unfit: status === 400 || status === 413 || status === 422, retryAfterMs };
  }
  const refused = shaped.refusal?.(parsed(body)) ?? null;
  if (refused === null) return { ok: true };
  return failed(`HTTP ${status}, ${plain(refused.why)}`, refused.throttled ? throttledMs : null);
}

function failed(why: string, retryAfterMs: number | null = null): Sent {
  return { ok: false, why: plain(why), unfit: false, retryAfterMs };
}

/** Retry-After: seconds, or a date (RFC 9110, 10.2.3). */
function pauseMs(text: string | null, wallMs: number): number | null {
  if (text === null) return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - wallMs;
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, retryAfterCapMs) : null;
}

/** The id is made of a record's name, an alert's code and numbers; a header takes visible ASCII only. */
function headerText(id: string): string {
  return id.replace(/[^\u0021-\u007e]/g, '_');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
