import type { ChannelConfig, Shaped } from './channel';
import { errcodeIn } from './dingtalk';
import { cutBytes, fullText, type Message, noMarkup } from './message';

/** A text may have 2,048 bytes (developer.work.weixin.qq.com, group robot configuration, read 2026-11). */
const textLimit = 2_048;
/** More than 20 messages a minute (the same page). */
const throttled = [45009];

/** A plain text, not Markdown; even in a text `<@user>` is a mention. The secret is the key in the URL: nothing is signed. */
export function wecom(channel: ChannelConfig, message: Message, more: number): Shaped {
  const content = cutBytes(noMarkup(fullText(message, more)), textLimit);
  const body = JSON.stringify({ msgtype: 'text', text: { content } });
  return { url: channel.url, headers: {}, body, refusal: (answer) => errcodeIn(answer, throttled) };
}
