import { createApi } from '../../src/api/api';
import { listen } from '../../src/api/listen';
import { createLive } from '../../src/api/live';
import { createMetrics } from '../../src/api/metrics';
import type { MayOrder, Ordered } from '../../src/api/orders';
import { readPage } from '../../src/api/page';
import { createStrips } from '../../src/api/strip';
import type { HistoryFilter, JournalRow } from '../../src/control/ports';
import { explain, type ServiceStatus } from '../../src/domain/explain';
import type { Policy } from '../../src/domain/types';
import { why } from '../../src/domain/why';
import type { OpenStore } from '../../src/store/store';
import { type Bench, benchOf, foundAt, policyOf } from '../domain/fixtures';

/** The real API on loopback, and services whose fate the test decides: the page cannot tell them from a daemon. `kept`: their history. */
export interface PageWorld {
  readonly url: string;
  readonly port: number;
  readonly ordered: readonly Ordered[];
  set(statuses: readonly ServiceStatus[]): void;
  tell(row: Partial<JournalRow>): void;
  /** The newest reload was refused for this reason; null: one was taken. */
  refuse(why: string | null): void;
  close(): Promise<void>;
  /** Answers again at the same address; `mayOrder`: from now on. */
  open(mayOrder?: MayOrder): Promise<void>;
}

export async function openPage(
  statuses: readonly ServiceStatus[],
  mayOrder: MayOrder = { by: 'token', token: 'right' },
  kept: Pick<OpenStore, 'history' | 'days' | 'counts'> | null = null,
): Promise<PageWorld> {
  const rows: JournalRow[] = [];
  const ordered: Ordered[] = [];
  const strips = createStrips();
  const clock = {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
  function told({ after = 0, before = Number.POSITIVE_INFINITY, limit, codes, kind, record, ...more }: HistoryFilter) {
    const { untilWallMs = Number.POSITIVE_INFINITY, oldest = false } = more;
    const found = rows
      .filter((row) => row.id > after && row.id < before && (codes === undefined || codes.includes(row.code)))
      .filter((row) => (kind ?? row.kind) === row.kind && (record ?? row.record) === row.record)
      .filter((row) => row.wallMs <= untilWallMs);
    return (oldest ? found : found.toReversed()).slice(0, limit);
  }
  const history = kept?.history ?? told;
  let shown = statuses;
  let refusedFor: { readonly why: string; readonly atMs: number } | null = null;
  const refused = () =>
    refusedFor === null ? null : { why: refusedFor.why, agoMs: performance.now() - refusedFor.atMs };
  const bench = calmBench();
  for (const { record, sites } of statuses) for (const { name } of sites) paint(strips, record, name);

  async function start(port: number, mayOrder: MayOrder) {
    const live = createLive({ clock, version: '9.9.9', orders: mayOrder.by, statuses: () => shown, history, refused });
    const input = {
      order(record: string, order: Ordered) {
        if (!shown.some((status) => status.record === record)) return null;
        ordered.push(order);
        return { accepted: true, why: `${order.order.order} by ${order.actor}: ${order.why}` };
      },
      statuses: () => shown,
      refused,
      history,
      ...(kept === null ? {} : { days: kept }),
      metrics: createMetrics(),
      stuck: () => null,
      about: { version: '9.9.9', startedAt: '2026-01-01T00:00:00.000Z' },
      hosts: [],
      live,
      strip: strips.of,
      wallMs: () => Date.now(),
      nowMs: () => performance.now(),
      page: readPage(),
      notifications: () => [],
      why: {
        service: (record: string) =>
          shown.some((status) => status.record === record)
            ? { why: () => ({ ...why(bench.view()), record }), policy: { ...bench.policy, record } }
            : null,
        history,
        observed: () => [],
        wallMs: () => Date.now(),
      },
    };
    const door = await listen(createApi(input, mayOrder), { host: '127.0.0.1', port });
    if (!door.ok) throw new Error(door.why);
    return { live, door, port: door.port ?? 0 };
  }

  let server = await start(0, mayOrder);
  const { port } = server;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    ordered,
    set(next) {
      shown = next;
      server.live.stir();
    },
    tell(row) {
      const id = (rows.at(-1)?.id ?? 0) + 1;
      const filled = {
        record: shown[0]?.record ?? '',
        atMs: id,
        wallMs: Date.now(),
        kind: 'tell',
        code: 'told',
      } as const;
      rows.push({ id, text: '', data: { level: 'warn' }, ...filled, ...row });
      server.live.stir();
    },
    refuse(why) {
      refusedFor = why === null ? null : { why, atMs: performance.now() };
      server.live.stir();
    },
    async close() {
      server.live.stop();
      await server.door.close();
    },
    async open(next = mayOrder) {
      server = await start(port, next);
    },
  };
}

/** The journal of a failover, as the daemon writes it; `text`: what others had a part in. */
export function tellSwitch(world: PageWorld | null, text = 'status 503', requestId = 'C2682N5HXP0BZ4'): void {
  const bench = calmBench();
  const [from = '', to = ''] = bench.policy.sites.map(({ name }) => name);
  for (let round = 0; round < 4; round++) {
    bench.see(from, { result: 'fail', class: 'status', why: text, latencyMs: 10 });
    bench.see(to, { result: 'pass', latencyMs: 10 });
    bench.wait(10_000);
  }
  const { change } = bench.state.durable;
  const generation = change?.generation ?? 0;
  const wallMs = Date.now() - 60_000;
  const data = { level: 'warn', page: false, kind: 'failover', from, to, generation, why: change?.why };
  const answers = [
    { server: 'ns-1.example.net', agrees: true, why: '' },
    { server: 'ns-2.example.net', agrees: false, why: text },
  ];
  const rows: readonly (Partial<JournalRow> & { readonly atMs: number })[] = [
    { atMs: 0, kind: 'event', code: 'observed', data: { change } },
    { atMs: 0, code: 'decided', text: `decided: failover from ${from} to ${to}`, data },
    { atMs: 4, kind: 'event', code: 'sending', data: { generation } },
    { atMs: 124, kind: 'event', code: 'wrote', data: { generation, outcome: 'applied', why: '', requestId } },
    { atMs: 124, code: 'applied', text: `the provider took generation ${generation}: ${to}`, data },
    { atMs: 400, kind: 'event', code: 'verified', data: { generation, answers } },
    { atMs: 524, code: 'switched', text: `failover verified: ${to} answers`, data: { ...data, tookMs: 20_524 } },
  ];
  for (const row of rows) world?.tell({ ...row, wallMs: wallMs + row.atMs });
}

/** An hour with a spell of failures and a spell in which nothing could be seen. */
function paint(strips: ReturnType<typeof createStrips>, record: string, site: string): void {
  const now = Date.now();
  const start = now - 3_600_000;
  for (let at = start; at < now; at += 10_000) {
    const minute = (at - start) / 60_000;
    const wave = 24 + 6 * Math.sin(minute / 3) + (site.length % 5) * 2;
    if (minute > 40 && minute < 43) strips.observed(record, site, { result: 'fail' }, at);
    else if (minute > 12 && minute < 14) strips.observed(record, site, { result: 'unknown' }, at);
    else strips.observed(record, site, { result: 'pass', latencyMs: wave }, at);
  }
}

/** A service in calm, and what then happened to it. */
export function serviceOf(
  changes: Partial<Policy> = {},
  then: (bench: Bench) => void = () => undefined,
): ServiceStatus {
  const bench = calmBench(changes);
  then(bench);
  return explain(bench.view());
}

export function calmBench(changes: Partial<Policy> = {}): Bench {
  const policy = policyOf(changes);
  const names = policy.sites.map(({ name }) => name);
  const bench = benchOf(policy);
  bench.post({ type: 'found', found: foundAt(names[0] ?? '', 7, policy) });
  bench.allUp(...names);
  bench.wait(60_000);
  bench.allUp(...names);
  return bench;
}
