import { afterEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withServers } from '../servers/installed';
import { seen, surf } from './browser';
import { openPage, type PageWorld, serviceOf } from './world';

/** The lines of the history on the page: every one can be reached, and none is left out between two others. */

const well = serviceOf();
let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const lines = 'document.querySelectorAll("main > .card .history > li")';
const older = 'document.querySelector("main > .card > button")';

withServers('the history in a browser', ['chromium'], () => {
  const { visit, complaints } = surf();
  const lost = /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;
  afterEach(() => {
    expect(complaints().filter((text) => !lost.test(text))).toEqual([]);
  });

  function tell(count: number): void {
    for (let one = 0; one < count; one++) world?.tell({ kind: 'event', code: 'observed', text: 'nobody is told' });
    for (let one = 0; one < count; one++) world?.tell({ text: 'told' });
  }

  async function opened(count: number): Promise<Page> {
    world = await openPage([well]);
    tell(count);
    const page = await visit(world.url);
    await seen(page, `${lines}.length > 0`);
    return page;
  }

  const shown = (page: Page) => page.evaluate<number>(`${lines}.length`);

  /** Asks until there is no button any more: how many lines there were after each click. */
  async function asked(page: Page): Promise<readonly number[]> {
    const counts = [await shown(page)];
    while (await page.evaluate(`${older} !== null`)) {
      await page.evaluate(`${older}.click()`);
      await seen(page, `${lines}.length > ${counts.at(-1)}`, 5_000);
      counts.push(await shown(page));
    }
    return counts;
  }

  test('every click shows a hundred more, until all of it is there', async () => {
    expect(await asked(await opened(776))).toEqual([100, 200, 300, 400, 500, 600, 700, 776]);
  });

  test('no click is for nothing where the last hundred is full', async () => {
    expect(await asked(await opened(300))).toEqual([100, 200, 300]);
  });

  test('clicks that come at once are all heard', async () => {
    const page = await opened(776);
    await page.evaluate(`${older}.click(), ${older}.click(), ${older}.click()`);
    await seen(page, `${lines}.length === 400`);
  });

  test('5,000 lines are kept; the page says where the rest is, and stays quick', async () => {
    const page = await opened(5_230);
    const counts = await asked(page);
    expect([counts.length, counts.at(-1)]).toEqual([50, 5_000]);
    await page.waitForSelector(
      'main > .card >> text=The newest 5,000 lines are shown. The rest is in failoverd history.',
    );
    const startedMs = performance.now();
    for (let one = 0; one < 150; one++) world?.tell({ text: 'the newest' });
    await seen(page, `${lines}[149].textContent.includes('the newest')`);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(await shown(page)).toBe(5_000);
  }, 180_000);

  /** The numbers of all lines that can be had, newest first. */
  async function numbers(page: Page): Promise<readonly number[]> {
    await asked(page);
    return page.evaluate<number[]>(
      `[...document.querySelectorAll('main > .card .history .text')].map(({ textContent }) => Number(/\\d+/.exec(textContent)[0]))`,
    );
  }
  const downTo1 = (from: number) => Array.from({ length: from }, (_, index) => from - index);

  test('who was away for more than the stream brings has no hole in the history', async () => {
    world = await openPage([well]);
    for (let one = 1; one <= 150; one++) world.tell({ text: `line ${one}` });
    const page = await visit(world.url);
    await seen(page, `${lines}.length === 100`);
    await world.close();
    await page.waitForSelector('.stale');
    for (let one = 151; one <= 480; one++) world.tell({ text: `line ${one}` });
    await world.open();
    await seen(page, `${lines}[0].textContent.includes('line 480')`, 30_000);
    expect(await shown(page)).toBe(200);
    expect(await numbers(page)).toEqual(downTo1(480));
    // Who missed less keeps what was there.
    await world.close();
    await page.waitForSelector('.stale');
    for (let one = 481; one <= 600; one++) world.tell({ text: `line ${one}` });
    await world.open();
    await seen(page, `${lines}.length === 600`, 30_000);
    expect(await numbers(page)).toEqual(downTo1(600));
  }, 240_000);

  test('nor has who looks on while more happens at once than a look brings', async () => {
    const page = await opened(10);
    await page.waitForSelector('text=live');
    for (let one = 0; one < 260; one++) world?.tell({ text: 'told' });
    await seen(page, `${lines}.length === 200`);
    expect(await asked(page)).toEqual([200, 270]);
  });
});
