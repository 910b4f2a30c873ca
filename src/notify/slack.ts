import type { ChannelConfig, Shaped } from './channel';
import { cutBytes, fullText, type Message } from './message';

/** Above 4,000 characters Slack cuts a message itself (docs.slack.dev, incoming webhooks and chat.postMessage, read 2026-11). */
const textLimit = 3_500;

/**
 * Plain text: `&`, `<` and `>` begin mentions and links and are the three characters to be escaped (docs.slack.dev, formatting message
 * text, read 2026-11); nothing is formatted, linked by name or unfurled.
 */
export function slack(channel: ChannelConfig, message: Message, more: number): Shaped {
  const text = cutBytes(fullText(message, more), textLimit);
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quiet = { mrkdwn: false, parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false };
  return { url: channel.url, headers: {}, body: JSON.stringify({ text: escaped, ...quiet }) };
}
