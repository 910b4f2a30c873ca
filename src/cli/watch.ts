import type { ChannelStatus, RefusedReload } from '../control/ports';
import { duration } from '../domain/duration';
import type { ServiceStatus } from '../domain/explain';
import { silentChannels } from './channels-text';
import { chosen } from './chosen';
import type { Fetched } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { refusedReload } from './reload-text';
import { openScreen, type ScreenHost } from './screen';
import { statusText } from './status-text';
import { paint } from './table';
import { worstFirst } from './worst';

export interface Shown {
  readonly services: readonly ServiceStatus[];
  readonly notifications: readonly ChannelStatus[];
  /** Absent: an older daemon. */
  readonly reloadRefused?: RefusedReload | null;
}

const everyMs = 1_000;

/**
 * `failoverd status --watch`: drawn in place each second on a terminal; in a pipe, or as JSON, a block for each change. A daemon that is
 * not reachable is said, and waited for.
 */
export async function watchStatus(
  fetch: () => Promise<Fetched<Shown>>,
  options: Options,
  terminal: Terminal,
  host: ScreenHost,
): Promise<Exit> {
  const inPlace = terminal.isTty && !options.json;
  const screen = openScreen(inPlace ? host : { ...host, size: () => null });
  const colour = paint(terminal.colour);
  let known: (Shown & { readonly atMs: number }) | null = null;
  let told = '';
  try {
    do {
      const fetched = await fetch();
      const nowMs = Date.now();
      if (fetched.ok) {
        const asked = chosen(fetched.body.services, (one) => one.record, options, terminal);
        if (asked.length === 0) return exits.refused;
        known = { ...fetched.body, services: asked, atMs: nowMs };
      }
      const look = { colour: terminal.colour, columns: screen.columns() };
      const services = known?.services ?? [];
      const texts = [
        // In a pipe nothing is cut.
        ...(screen.isTty ? worstFirst(services) : services).map((service) => statusText(service, look)),
        ...silentChannels(known?.notifications ?? [], look),
        ...refusedReload(known?.reloadRefused, look),
      ];
      const time = new Date(nowMs).toISOString().replace('T', ' ').slice(0, 19);
      const trouble = fetched.ok ? null : `daemon not reachable: ${fetched.why}`;
      if (screen.isTty) {
        const old =
          trouble === null || known === null ? '' : `; below is what it said ${duration(nowMs - known.atMs)} ago`;
        const head = [colour('dim', `failoverd status  ${time} UTC  every ${duration(everyMs)}, Ctrl-C ends`)];
        if (trouble !== null) head.push(colour('red', `${trouble}${old}`));
        screen.draw([...head, '', ...texts.join('\n\n').split('\n')]);
      } else {
        const failing = (known?.notifications ?? []).filter(({ failingForMs }) => failingForMs !== null);
        const channels = failing.map(({ channel }) => channel);
        const now = trouble ?? JSON.stringify([...services.map(essence), ...channels, known?.reloadRefused?.why]);
        if (now === told) continue;
        told = now;
        if (options.json)
          screen.write(
            `${JSON.stringify(fetched.ok ? { ...fetched.body, services: known?.services } : { error: fetched.why })}\n`,
          );
        else screen.write(`${time} UTC\n${trouble ?? texts.join('\n\n')}\n\n`);
      }
    } while ((await screen.wait(everyMs)) === 'again');
    return exits.done;
  } finally {
    screen.close();
  }
}

/** What makes a new block in a pipe: not the times and counts that move with every check. */
function essence(service: ServiceStatus): object {
  const { record, active, wanted, write, generation, behind, hold, pin, ready, sites, alerts, convergence } = service;
  return {
    ...{ record, active, wanted, write, generation, behind, ready },
    hold: hold === null ? null : `${hold.by} ${hold.why}`,
    pin: pin === null ? null : `${pin.site} ${pin.why}`,
    sites: sites.map(({ name, verdict, disputed, gates }) => ({ name, verdict, disputed, gates })),
    alerts: alerts.map(({ code, overForMs }) => (overForMs === null ? code : `${code} over`)),
    convergence: convergence?.resolvers?.state ?? null,
    selftest: service.selftest?.result ?? null,
    verified: service.lastSwitch?.verifiedMs ?? null,
  };
}
