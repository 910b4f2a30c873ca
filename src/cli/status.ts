import { silentChannels } from './channels-text';
import { chosen } from './chosen';
import { ask, exitOf } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { refusedReload } from './reload-text';
import type { ScreenHost } from './screen';
import { statusText } from './status-text';
import { type Shown, watchStatus } from './watch';

/** `failoverd status`: every service, its sites in order, what is wrong and what to do. */
export async function status(
  stateDir: string,
  options: Options,
  terminal: Terminal,
  screen: () => ScreenHost,
): Promise<Exit> {
  const fetch = () => ask<Shown>(stateDir, '/api/v1/status');
  if (options.watch) return watchStatus(fetch, options, terminal, screen());
  const fetched = await fetch();
  if (!fetched.ok) {
    terminal.err(fetched.why);
    return exitOf(fetched.code);
  }
  const services = chosen(fetched.body.services, (one) => one.record, options, terminal);
  if (services.length === 0) return exits.refused;
  if (options.json) terminal.out(JSON.stringify({ ...fetched.body, services }, null, 2));
  else {
    const look = { colour: terminal.colour, columns: terminal.columns() };
    const { notifications, reloadRefused } = fetched.body;
    const daemon = [...silentChannels(notifications, look), ...refusedReload(reloadRefused, look)];
    terminal.out([...services.map((service) => statusText(service, look)), ...daemon].join('\n\n'));
  }
  return exits.done;
}
