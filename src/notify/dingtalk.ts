import { createHmac } from 'node:crypto';
import type { ChannelConfig, Refused, Shaped } from './channel';
import { cutBytes, fullText, type Message, noMarkup } from './message';

const textLimit = 16_000;
/** Sent too often: 20 a minute are allowed, then ten minutes of silence (open.dingtalk.com, custom robot access, read 2026-11). */
const throttled = [130101, 90030];

/**
 * A plain text, signed in the URL: base64 of HMAC-SHA256 with the secret as the key over the time in milliseconds, a line feed and the
 * secret (open.dingtalk.com, robot security settings, read 2026-11).
 */
export function dingtalk(channel: ChannelConfig, message: Message, more: number, wallMs: number): Shaped {
  const url = new URL(channel.url);
  if (channel.secret !== null) {
    const timestamp = String(Math.floor(wallMs));
    const sign = createHmac('sha256', channel.secret).update(`${timestamp}\n${channel.secret}`).digest('base64');
    url.searchParams.set('timestamp', timestamp);
    url.searchParams.set('sign', sign);
  }
  const content = cutBytes(noMarkup(fullText(message, more)), textLimit);
  const body = JSON.stringify({ msgtype: 'text', text: { content }, at: { isAtAll: false } });
  return { url: url.href, headers: {}, body, refusal: (answer) => errcodeIn(answer, throttled) };
}

/** DingTalk and WeCom answer 200 and say in `errcode` what they think. */
export function errcodeIn(answer: unknown, tooMany: readonly number[]): Refused | null {
  const { errcode, errmsg } = fieldsOf(answer);
  if (errcode === 0) return null;
  if (typeof errcode !== 'number') return { why: 'an answer without an errcode', throttled: false };
  return { why: `errcode ${errcode}: ${String(errmsg)}`, throttled: tooMany.includes(errcode) };
}

/** What a JSON object says, by name. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
