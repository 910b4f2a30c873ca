import { createHash } from 'node:crypto';
import type { ChannelConfig } from './channel';
import type { Draft } from './incidents';
import type { Message } from './message';
import { failedCode } from './report';

/**
 * Which channel takes what.
 *
 * |             | `#page`                | `#all`             |
 * |-------------|------------------------|--------------------|
 * | trigger     | a human must act       | every alert        |
 * | resolve     | of those               | every alert        |
 * | acknowledge | PagerDuty, webhook     | PagerDuty, webhook |
 * | info        | no                     | all but PagerDuty  |
 */
export function takes(channel: ChannelConfig, message: Message): boolean {
  // What is wrong with this very channel is for the others to tell.
  if (message.code === failedCode({ channel: channel.name })) return false;
  if (message.action === 'acknowledge') return channel.kind === 'pagerduty' || channel.kind === 'webhook';
  if (message.action === 'info') return channel.level === 'all' && channel.kind !== 'pagerduty';
  return channel.level === 'all' || message.page;
}

/** Recognises a channel after a restart, however the list was rearranged, without keeping its secrets. */
export function routeOf({ kind, url, secret }: ChannelConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, url, secret]))
    .digest('hex')
    .slice(0, 16);
}

/** What to do next, ending in a command that shows the whole of it. */
export function commandsFor({ action, next }: Draft, record: string): string {
  if (action !== 'trigger') return next;
  return `${next === '' ? '' : `${next}; `}failoverd why --record ${record}`;
}
