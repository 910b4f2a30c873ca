import type { Event, Order } from '../domain/events';
import type { Policy } from '../domain/types';
import type { Episode } from './faults';
import { movedByHand, orderOf } from './hands';
import type { Host } from './process';
import type { Edit } from './reloads';
import { createSettings } from './settings';
import type { Sickness } from './sickness';
import type { Standing } from './standing';
import type { Town } from './town';
import type { Watch } from './watch';
import type { Zone } from './zone';

/** What befalls one managed name at a moment: faults, people's hands and orders, reloads. */
export interface Strikes {
  strike(episode: Episode): void;
  order(host: number, asked: Order, forMs: number | null): void;
  /** Whether the process ends at this crossing, as a crash that was struck says. */
  falls(index: number, what: string): boolean;
  /** No crash is due any more. */
  end(): void;
}

export interface StrikesInput {
  /** Changed in place by a reload, so that all in this world go by what holds now; a process keeps what it was started with. */
  readonly policy: Policy;
  readonly zones: readonly Zone[];
  readonly hosts: readonly Host[];
  readonly standing: Standing;
  readonly sickness: Sickness;
  readonly town: Town;
  readonly watch: Watch;
  readonly die: (index: number) => void;
  readonly begin: (index: number) => void;
  /** Kills the whole process, with the services of all records. */
  readonly kill: (index: number, downMs: number) => void;
}

/** After so long without a sign of life the supervisor kills it (WatchdogSec in deploy/). */
const watchdogMs = 30_000;

export function createStrikes(input: StrikesInput): Strikes {
  const { policy, zones, hosts, standing, sickness, town, watch, die, begin, kill } = input;
  const { time, say } = town;
  const settings = createSettings(policy);
  const crashes = new Map<number, { left: number; downMs: number; amid: boolean }>();

  function strike({ fault, forMs }: Episode): void {
    switch (fault.kind) {
      case 'crash':
        crashes.set(fault.daemon, { left: fault.crossings, downMs: fault.downMs, amid: fault.amid === true });
        return;
      case 'restart':
        void restart(fault.daemon, fault.downMs);
        return;
      case 'stuck':
        standing.stand({ kind: 'stall', daemon: fault.daemon }, watchdogMs, () => kill(fault.daemon, 100));
        return;
      case 'wall':
        time.skewWall(fault.byMs);
        return;
      case 'hand':
        movedByHand(zones, policy, fault);
        return;
      case 'reload':
        void reload(fault.edit);
        return;
      case 'order':
        order(fault.daemon, orderOf(fault), fault.forMs);
        return;
      case 'stall':
        standing.stand(fault, forMs, () => sickness.stalled(fault.daemon));
        return;
      case 'sick':
        standing.stand(fault, forMs, () => sickness.looks(fault.daemon));
        sickness.looks(fault.daemon);
        return;
      default:
        standing.stand(fault, forMs, () => undefined);
    }
  }

  async function restart(index: number, downMs: number): Promise<void> {
    const host = hosts[index];
    if (host === undefined || host.service() === null) return;
    say(index, 'stops');
    await host.stop();
    town.ended(index);
    time.after(downMs, () => begin(index));
  }

  /** As at SIGHUP: what is refused changes nothing; for what is taken the service ends in good order and starts anew in the same process. */
  async function reload(edit: Edit): Promise<void> {
    if (hosts.some((host) => standing.isStalled(host.index))) return;
    const { policy: next, says, broken } = settings.reload(edit);
    say(null, `reload ${JSON.stringify(edit)}: ${says}`);
    town.judge.check('S15', broken === null, () => `${broken}`);
    if (next === null || JSON.stringify(next) === JSON.stringify(policy)) return;
    const running = hosts.filter((host) => host.service() !== null);
    await Promise.all(running.map((host) => host.stop()));
    watch.reloads();
    Object.assign(policy, next);
    for (const { index } of running) {
      die(index);
      begin(index);
    }
  }

  function order(index: number, asked: Order, forMs: number | null): void {
    const host = hosts[index];
    const service = host?.service() ?? null;
    if (host === undefined || service === null || standing.isStalled(index)) return;
    const before = JSON.stringify(host.saved());
    const event: Extract<Event, { type: 'ordered' }> = {
      type: 'ordered',
      order: asked,
      actor: 'ada',
      why: 'because',
      forMs,
    };
    const answer = service.order(event);
    say(index, `order ${JSON.stringify(asked)}: ${answer.accepted ? 'accepted' : 'refused'} ${answer.why}`);
    if (!answer.accepted) return;
    // A process that died over it gave nobody an answer: the order stands if the disk has it.
    if (host.service() === null && JSON.stringify(host.saved()) === before) return;
    const { pin } = service.view().state.durable;
    const untilMs = forMs === null ? null : time.nowMs() + forMs;
    watch.ordered(index, asked.order, pin?.site ?? '', untilMs);
  }

  function falls(index: number, what: string): boolean {
    const crash = crashes.get(index);
    if (crash === undefined || what === 'look' || (what === 'call') !== crash.amid) return false;
    crash.left -= 1;
    if (crash.left > 0) return false;
    crashes.delete(index);
    if (hosts[index]?.service() != null) say(index, 'crashes');
    kill(index, crash.downMs);
    return true;
  }

  return { strike, order, falls, end: () => crashes.clear() };
}
