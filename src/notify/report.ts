import type { ChannelStatus, Clock, JournalLine } from '../control/ports';
import { duration } from '../domain/duration';
import type { CourierEvent } from './courier';

/** The log's part in it. */
export interface NotifyLog {
  error(msg: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(msg: string, fields?: Readonly<Record<string, unknown>>): void;
  info(msg: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(msg: string, fields?: Readonly<Record<string, unknown>>): void;
}

const failedAfterMs = 120_000;

/** The alert that a channel takes nothing. */
export function failedCode({ channel }: Pick<ChannelStatus, 'channel'>): string {
  return `notify-failed:${channel}`;
}

export interface Reporter {
  event(channel: string, event: CourierEvent): void;
  /** Raises and clears the alert of a channel that takes nothing. */
  state(status: ChannelStatus): void;
  isFailing(status: ChannelStatus): boolean;
}

/** Tells log, history and the other channels how a channel is doing; by its name, never its address. */
export function reporter(
  log: NotifyLog,
  store: { journal(record: string, lines: readonly JournalLine[]): unknown },
  clock: Pick<Clock, 'nowMs' | 'wallMs'>,
): Reporter {
  const raised = new Set<string>();

  function line(kind: JournalLine['kind'], code: string, text: string, data: JournalLine['data']): void {
    store.journal('', [{ atMs: clock.nowMs(), wallMs: clock.wallMs(), kind, code, text, data }]);
  }

  const isFailing = ({ failingForMs }: ChannelStatus): boolean =>
    failingForMs !== null && failingForMs >= failedAfterMs;

  return {
    isFailing,
    event(channel, event) {
      switch (event.type) {
        case 'failed':
          return log[event.first ? 'warn' : 'debug']('notification not delivered, trying again', {
            channel,
            why: event.why,
          });
        case 'recovered':
          return log.info('notifications are delivered again', { channel, after: duration(event.forMs) });
        case 'given-up': {
          const { id, what } = event.message;
          log.error('notification given up', { channel, id, why: event.why });
          return line('event', 'notification-given-up', `${channel} did not take for a day: ${what}`, { channel, id });
        }
        case 'folded':
          return log.warn('too many notifications wait, some are folded', { channel, count: event.count });
      }
    },
    state(status) {
      const code = failedCode(status);
      if (isFailing(status) && !raised.has(code)) {
        raised.add(code);
        const { channel, failures, why, pending } = status;
        const text = `channel ${channel} takes nothing: ${failures} failures, ${pending} waiting, last ${why}`;
        log.error('a notification channel takes nothing', { channel, failures, pending, why });
        line('tell', 'alert', text, { level: 'error', page: true, alert: code, remedy: 'failoverd notify test' });
      } else if (status.failingForMs === null && raised.delete(code)) {
        const text = `over: channel ${status.channel} takes messages again`;
        line('tell', 'cleared', text, { level: 'info', page: false, alert: code, remedy: '' });
      }
    },
  };
}
