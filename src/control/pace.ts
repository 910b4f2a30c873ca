import { inDoubt } from '../domain/health';
import { jitter } from '../domain/rto';
import type { Site } from '../domain/types';
import { healthOf } from '../domain/view';
import type { Pursuer } from './point';
import type { Ports } from './ports';

export interface Pace {
  start(): void;
  /** Something was learnt: start confirming where that is called for. */
  look(): void;
  stop(): void;
}

/** Probes of one site under way at once, when slow ones overlap while confirming. */
const maxUnderway = 16;

/**
 * When to probe one site. Regularly: every INTERVAL with jitter, never before the last regular probe has ended. While unsure, of this site
 * or of the active one it may have to replace: every CONFIRM_INTERVAL too, overlapping slow probes, with one right at the end of SUSTAIN.
 */
export function createPace(service: Pursuer, site: Site, ports: Pick<Ports, 'clock' | 'random' | 'prober'>): Pace {
  const { policy } = service;
  let cancelRegular = (): void => undefined;
  let cancelConfirm: (() => void) | null = null;
  let underway = 0;
  let stopped = false;

  async function probe(paced: boolean): Promise<void> {
    if (underway >= maxUnderway) return;
    underway += 1;
    const startedMs = ports.clock.nowMs();
    const observation = await ports.prober.probe(site);
    underway -= 1;
    if (!stopped) service.post({ type: 'observed', site: site.name, startedMs, paced, observation });
  }

  async function regular(): Promise<void> {
    const dueMs = ports.clock.nowMs() + policy.intervalMs * (1 + jitter * (2 * ports.random() - 1));
    await probe(true);
    if (!stopped) cancelRegular = ports.clock.after(Math.max(0, dueMs - ports.clock.nowMs()), () => void regular());
  }

  function unsure(): boolean {
    if (policy.confirmIntervalMs >= policy.intervalMs) return false;
    const { state } = service.view();
    const { active } = state.durable;
    if (inDoubt(healthOf(state, site.name), policy)) return true;
    if (active === null || active === site.name) return false;
    const home = healthOf(state, active);
    return home.fails > 0 && inDoubt(home, policy);
  }

  function look(afterMs: number): void {
    if (stopped || cancelConfirm !== null || !unsure()) return;
    cancelConfirm = ports.clock.after(afterMs, () => {
      cancelConfirm = null;
      if (!unsure()) return;
      void probe(false);
      look(confirmDelayMs());
    });
  }

  function confirmDelayMs(): number {
    const { fails, sinceMs } = healthOf(service.view().state, site.name);
    if (fails === 0 || sinceMs === null) return policy.confirmIntervalMs;
    const leftMs = sinceMs + policy.sustainMs - ports.clock.nowMs();
    return leftMs > 0 ? Math.min(policy.confirmIntervalMs, leftMs) : policy.confirmIntervalMs;
  }

  return {
    start() {
      cancelRegular = ports.clock.after(ports.random() * Math.min(policy.intervalMs, 1_000), () => void regular());
    },
    look: () => look(0),
    stop() {
      stopped = true;
      cancelRegular();
      cancelConfirm?.();
    },
  };
}
