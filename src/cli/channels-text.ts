import type { ChannelStatus } from '../control/ports';
import { duration } from '../domain/duration';
import type { Look } from './status-text';
import { paint } from './table';
import { wrap } from './width';

/** The channels whose last attempt failed, a line each; one that takes its messages needs no line. */
export function silentChannels(channels: readonly ChannelStatus[], { colour, columns }: Look): readonly string[] {
  const lines = channels.flatMap(({ channel, pending, failingForMs, why }) => {
    if (failingForMs === null) return [];
    const text = `notifications: ${channel} fails for ${duration(failingForMs)}, ${pending} waiting: ${why}; failoverd notify test`;
    return (columns === null ? text : wrap(text, columns, '  '))
      .split('\n')
      .map((line) => paint(colour)('yellow', line));
  });
  return lines.length === 0 ? [] : [lines.join('\n')];
}
