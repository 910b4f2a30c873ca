import type { Config } from '../config/config';
import type { ChannelConfig, Sent } from '../notify/channel';
import type { Message } from '../notify/message';
import { type Exit, exits, type Options, type Terminal } from './command';
import { paint, table } from './table';

export interface NotifyTestInput {
  readonly config: Config;
  readonly send: (channel: ChannelConfig, message: Message, more: number, signal: AbortSignal) => Promise<Sent>;
  readonly wallMs: () => number;
  readonly redact: (text: string) => string;
}

/** `failoverd notify test`: one test message to every channel, now. Exit 0 only if all of them took it. */
export async function notifyTest(input: NotifyTestInput, options: Options, terminal: Terminal): Promise<Exit> {
  const { notify, services } = input.config;
  if (notify.channels.length === 0) {
    terminal.err('no notification channels: set FAILOVERD_NOTIFY (docs/notifications.md)');
    return exits.refused;
  }
  const wallMs = input.wallMs();
  const owner = services[0]?.policy.owner ?? notify.host;
  const results = await Promise.all(
    notify.channels.map(async (channel) => {
      const message = testMessage(channel, wallMs, notify.host, owner);
      const { signal } = new AbortController();
      const sent = await input.send(channel, message, 0, signal);
      // There a test is an incident like any other.
      if (sent.ok && channel.kind === 'pagerduty')
        await input.send(channel, { ...message, id: `${message.incident}/resolve`, action: 'resolve' }, 0, signal);
      return { channel: channel.name, level: channel.level, ok: sent.ok, why: sent.ok ? null : input.redact(sent.why) };
    }),
  );
  if (options.json) terminal.out(JSON.stringify({ channels: results }, null, 2));
  else {
    const colour = paint(terminal.colour);
    const rows = results.map(({ channel, level, ok, why }) => [
      channel,
      level,
      colour(ok ? 'green' : 'red', ok ? 'taken' : 'failed'),
      why ?? '',
    ]);
    terminal.out(table([['channel', 'level', 'result', ''], ...rows]));
  }
  return results.every(({ ok }) => ok) ? exits.done : exits.refused;
}

function testMessage({ name }: ChannelConfig, wallMs: number, host: string, owner: string): Message {
  const incident = `test/${name}/${wallMs}`;
  return {
    id: `${incident}/test`,
    incident,
    action: 'test',
    page: false,
    record: '',
    code: 'test',
    what: `this is a test of ${name}: nothing is wrong`,
    evidence: [],
    next: 'nothing; close it if it was taken for an incident',
    atMs: 0,
    wallMs,
    count: 1,
    owner,
    host,
  };
}
