import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Finding } from '../provider';
import { answer } from './answer';
import { listen } from './listen';
import type { Ask, FromThread, Start, Told, ToThread } from './protocol';
import { openZones } from './zones';

/** The name server's thread: no question from the network can delay the daemon's own timers. */
async function serve(port: MessagePort, start: Start): Promise<void> {
  const zones = openZones(start.host);
  const say = (message: FromThread): void => port.postMessage(message);
  // Before listening: a zone that is still being read would be refused.
  for (const attachment of start.attachments) await zones.attach(attachment);
  let trouble: readonly Finding[] = [];
  const listening = await listen(
    start.host,
    start.port,
    (message, over) => answer(message, zones.served, over),
    (why) => {
      trouble = [{ level: 'warn', text: why }];
    },
  );
  if (!listening.ok) {
    say({ op: 'deaf', code: listening.code, why: listening.why });
    return;
  }

  const running = new Map<number, AbortController>();
  const respond = async (ask: Ask, signal: AbortSignal): Promise<Told> => {
    if (ask.op === 'attach') {
      await zones.attach(ask.attachment);
      return { op: 'attach' };
    }
    if (ask.op === 'replace')
      return { op: 'replace', outcome: await zones.replace(ask.zone, ask.record, ask.replacement, signal) };
    const { reading, notes } = await zones.read(ask.zone, ask.record);
    return { op: 'read', reading, notes: [...notes, ...trouble] };
  };
  port.on('message', (message: ToThread) => {
    if (message.op === 'cancel') running.get(message.id)?.abort();
    else if (message.op === 'ask') {
      const { id, ask } = message;
      const controller = new AbortController();
      running.set(id, controller);
      void respond(ask, controller.signal).then((told) => {
        running.delete(id);
        say({ op: 'told', id, told });
      });
    } else {
      listening.close();
      void zones.close().then(() => port.close());
    }
  });
  say({ op: 'listening', port: listening.port });
}

if (parentPort !== null) void serve(parentPort, workerData);
