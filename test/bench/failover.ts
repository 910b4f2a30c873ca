import { openWorld, ready, type Site, until } from '../live/harness';
import { type Figure, median } from './figure';

/** From the fault to the new answer of the name server, with the settings of the timing promises; several daemons side by side. */

interface Fault {
  readonly what: string;
  readonly medianMs: number;
  readonly maxMs: number;
  inject(site: Site): Promise<void> | void;
}

const faults: readonly Fault[] = [
  { what: 'primary answers 503', medianMs: 2_800, maxMs: 3_500, inject: (site) => site.say('sick') },
  { what: 'primary process killed', medianMs: 2_800, maxMs: 3_500, inject: (site) => site.signal('SIGKILL') },
  { what: 'primary process frozen', medianMs: 3_300, maxMs: 4_000, inject: (site) => site.signal('SIGSTOP') },
];

const runs = 20;
const atOnce = 4;

export async function failoverTimes(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const fault of faults) {
    const times: number[] = [];
    let next = 0;
    const lane = async (number: number): Promise<void> => {
      while (next < runs) {
        next += 1;
        times.push(await once(fault, 40 + number));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, number) => lane(number)));
    const middle = median(times);
    const most = Math.max(...times);
    figures.push({
      what: `${fault.what} → new answer, ${times.length} runs`,
      measured: `median ${seconds(middle)} max ${seconds(most)}`,
      limit: `median ${seconds(fault.medianMs)} max ${seconds(fault.maxMs)}`,
      ok: middle <= fault.medianMs && most <= fault.maxMs,
    });
  }
  return figures;
}

async function once(fault: Fault, net: number): Promise<number> {
  const world = await openWorld(net);
  const daemon = world.start();
  const [primary, standby] = world.sites;
  if (primary === undefined || standby === undefined) throw new Error('no sites');
  if (!(await until(15_000, ready(daemon, primary.name)))) throw new Error('the daemon did not get ready');
  await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1_000));
  const startedMs = performance.now();
  await fault.inject(primary);
  const moved = await until(10_000, async () => (await world.answer()) === standby.address, 5);
  const tookMs = moved ? performance.now() - startedMs : Number.POSITIVE_INFINITY;
  await world.close();
  return tookMs;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
