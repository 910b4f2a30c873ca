import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { withServers } from '../servers/installed';
import { opened, place } from '../store/place';
import { seen, surf } from './browser';
import { openPage, type PageWorld, serviceOf } from './world';

/** Ten thousand events in a real store. */

const here = place();
const { store } = opened(here.options);
const well = serviceOf();
let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

/** As long as those of a switch: what was told, and events with the evidence of the decision. */
function fill(): void {
  for (let block = 0; block < 20; block++) {
    store.journal(
      well.record,
      Array.from({ length: 500 }, (_, index) => ({
        atMs: block * 500 + index,
        wallMs: Date.now() - 10_000_000 + block * 500_000 + index * 1_000,
        kind: index % 2 === 0 ? ('tell' as const) : ('event' as const),
        code: index % 50 === 0 ? 'switched' : 'alert',
        text: `standby europe-west1 is down: status 503, event ${block * 500 + index}`,
        data: index % 10 === 9 ? { change: { evidence: 'x'.repeat(1_500) } } : { level: 'warn', page: false },
      })),
    );
    store.flush();
  }
}

withServers('ten thousand events in a browser', ['chromium'], () => {
  const { visit } = surf();

  test('page and history answer in under 200 ms', async () => {
    fill();
    expect(store.history({ limit: 20_000 })).toHaveLength(10_000);
    world = await openPage([well], { by: 'nobody' }, store.history);
    const { url } = world;
    const paths = ['', 'api/v1/status', 'api/v1/history', 'api/v1/history?kind=tell', 'api/v1/history?limit=1000'];
    const record = encodeURIComponent(well.record);
    const all = [...paths, `api/v1/history?record=${record}&before=5000`, `api/v1/services/${record}/observations`];
    const took = new Map<string, number>();
    for (const path of all) {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        const startedMs = performance.now();
        const answer = await axios.get(`${url}${path}`, { proxy: false });
        times.push(performance.now() - startedMs);
        expect(answer.status).toBe(200);
      }
      // The best of five: what it takes by itself, whatever else the machine has to do.
      took.set(path, Math.round(Math.min(...times)));
    }
    process.stdout.write(`10,000 events: ${[...took].map(([path, ms]) => `/${path} ${ms} ms`).join(', ')}\n`);
    for (const [path, ms] of took) expect([path, ms < 200]).toEqual([path, true]);
    const page = await visit(url);
    await seen(page, 'document.querySelectorAll("main > .card .history li").length === 100');
    await page.getByRole('button', { name: 'Show older' }).click();
    await seen(page, 'document.querySelectorAll("main > .card .history li").length === 200');
    store.close();
    here.remove();
  }, 60_000);
});
