import { createHmac } from 'node:crypto';
import type { ChannelConfig, Refused, Shaped } from './channel';
import { fieldsOf } from './dingtalk';
import { cutBytes, fullText, type Message, noMarkup } from './message';

/** A request may have 20 KB (open.feishu.cn, custom bot guide, read 2026-11). */
const textLimit = 12_000;
/** 100 a minute and 5 a second are allowed (the same page). */
const throttled = [9499, 11232, 230020];

/**
 * A plain text, signed in the body: base64 of HMAC-SHA256 over nothing, the key being the time in seconds, a line feed and the secret
 * (open.feishu.cn, custom bot guide, signature verification, read 2026-11).
 */
export function feishu(channel: ChannelConfig, message: Message, more: number, wallMs: number): Shaped {
  const timestamp = String(Math.floor(wallMs / 1_000));
  const signed =
    channel.secret === null
      ? {}
      : { timestamp, sign: createHmac('sha256', `${timestamp}\n${channel.secret}`).update('').digest('base64') };
  const text = cutBytes(noMarkup(fullText(message, more)), textLimit);
  const body = JSON.stringify({ ...signed, msg_type: 'text', content: { text } });
  return { url: channel.url, headers: {}, body, refusal };
}

/** It answers 200 with `code`, older hooks with `StatusCode`; 0 is good. */
function refusal(answer: unknown): Refused | null {
  const { code, StatusCode, msg } = fieldsOf(answer);
  const said = code ?? StatusCode;
  if (said === 0) return null;
  if (typeof said !== 'number') return { why: 'an answer without a code', throttled: false };
  return { why: `code ${said}: ${String(msg)}`, throttled: throttled.includes(said) };
}
