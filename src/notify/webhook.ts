import { createHmac } from 'node:crypto';
import { utcText } from '../domain/wall';
import type { ChannelConfig, Shaped } from './channel';
import { fullText, type Message } from './message';

/** A JSON object of our own, signed: HMAC-SHA256 over `<timestamp>.<body>`, so that neither can be changed or used again later. */
export function webhook(channel: ChannelConfig, message: Message, more: number, wallMs: number): Shaped {
  const { atMs: _, wallMs: happenedMs, ...rest } = message;
  const body = JSON.stringify({ version: 1, ...rest, at: utcText(happenedMs), more, text: fullText(message, more) });
  const timestamp = String(Math.floor(wallMs / 1_000));
  const { secret } = channel;
  const signed =
    secret === null
      ? {}
      : {
          'X-Failoverd-Signature': `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
        };
  return { url: channel.url, headers: { 'X-Failoverd-Timestamp': timestamp, ...signed }, body };
}
