import { createLive, type Live } from './api/live';
import type { MayOrder } from './api/orders';
import { type Page, readPage } from './api/page';
import { createStrips, type StripOf } from './api/strip';
import type { WhySource } from './api/why';
import type { Daemon } from './control/daemon';
import { createDays, type Days } from './control/days';
import type { Clock, RefusedReload } from './control/ports';
import type { ServiceStatus } from './domain/explain';
import type { Observation } from './domain/types';
import type { OpenStore } from './store/store';

/** What people see of the running daemon: every status, what happens, and what the probes saw of late. */
export interface Show {
  readonly statuses: () => readonly ServiceStatus[];
  readonly live: Live;
  readonly strip: StripOf;
  readonly page: Page;
  /** What was, and what time it is. */
  readonly past: Omit<WhySource, 'service'> & Pick<Clock, 'nowMs'>;
  readonly days: Days;
  observed(record: string, site: string, observation: Observation): void;
  stop(): void;
}

/** Observations from before this start are read back in pages, newest first, so that nothing waits for them; at most a day. */
const pageRows = 1_000;
const pageEveryMs = 100;
const maxPages = 200;
const dayMs = 86_400_000;

export function createShow(
  daemon: Pick<Daemon, 'members'>,
  store: OpenStore,
  clock: Clock,
  version: string,
  refused: () => RefusedReload | null,
  orders: MayOrder['by'],
): Show {
  const strips = createStrips();
  const statuses = () => daemon.members().map(({ service }) => service.status());
  const past: Show['past'] = {
    history: (filter) => store.history(filter),
    observed: (record, limit, untilWallMs) => store.observed(record, limit, untilWallMs),
    wallMs: () => clock.wallMs(),
    nowMs: () => clock.nowMs(),
  };
  const live = createLive({ clock, version, orders, statuses, history: past.history, refused });
  const days = createDays(store, clock);
  let pages = 0;
  // Everything below the newest row is from before: what comes from now on is seen as it happens.
  let cancel = clock.after(pageEveryMs, remember(firstId(store)));

  function remember(before: number): () => void {
    return () => {
      const { rows, nextId } = store.observedPage(before, pageRows);
      for (const row of rows) strips.remember(row.record, row.site, row, row.wallMs);
      const isOld = (rows.at(-1)?.wallMs ?? 0) < clock.wallMs() - dayMs;
      pages += 1;
      if (nextId !== null && !isOld && pages < maxPages) cancel = clock.after(pageEveryMs, remember(nextId));
    };
  }

  return {
    statuses,
    live,
    strip: strips.of,
    page: readPage(),
    past,
    days,
    observed: (record, site, observation) => strips.observed(record, site, observation, clock.wallMs()),
    stop() {
      cancel();
      live.stop();
      days.flush();
    },
  };
}

function firstId(store: OpenStore): number {
  const { nextId } = store.observedPage(null, 1);
  return nextId === null ? 0 : nextId + 1;
}
