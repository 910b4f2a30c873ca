import { afterEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withServers } from '../servers/installed';
import { seen, surf } from './browser';
import { openPage, type PageWorld, serviceOf } from './world';

/** The history of one service among others, each in its own section. */

const noisy = { ...serviceOf(), record: 'noisy.example.test' };
const quiet = { ...serviceOf(), record: 'quiet.example.test' };
let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

withServers('the history of one service', ['chromium'], () => {
  const { visit, complaints } = surf();
  const lost = /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;
  afterEach(() => {
    expect(complaints().filter((text) => !lost.test(text))).toEqual([]);
  });

  function tell(record: string, count: number, text = 'told'): void {
    for (let one = 1; one <= count; one++) world?.tell({ record, text: `${text} ${one}` });
  }

  const card = (page: Page, record: string) =>
    page.locator('.cards .card').filter({ has: page.locator(`h2:text-is("${record}")`) });
  const own = (page: Page, record: string) => card(page, record).locator('.own-history');
  const texts = (page: Page, record: string) => own(page, record).locator('.history .text').allTextContents();

  test('a quiet service shows its own lines, however noisy another is', async () => {
    world = await openPage([noisy, quiet]);
    tell(quiet.record, 30, 'seldom');
    tell(noisy.record, 500, 'often');
    const page = await visit(world.url);
    await own(page, quiet.record).locator('summary').click();
    await own(page, quiet.record).locator('.history').waitFor();
    const newest = Array.from({ length: 20 }, (_, index) => `seldom ${30 - index}`);
    expect(await texts(page, quiet.record)).toEqual(newest);
    // What happens from now on is there at once.
    world.tell({ record: quiet.record, text: 'seldom 31' });
    await own(page, quiet.record).locator('text=seldom 31').waitFor();
    expect(await texts(page, quiet.record)).toEqual(['seldom 31', ...newest.slice(0, 19)]);
  });

  test('it has no hole after a break in which others, and it too, had much to tell', async () => {
    world = await openPage([noisy, quiet]);
    tell(quiet.record, 10, 'before');
    const page = await visit(world.url);
    await own(page, quiet.record).locator('summary').click();
    await own(page, quiet.record).locator('text=before 10').waitFor();
    await world.close();
    await page.waitForSelector('.stale');
    tell(quiet.record, 5, 'meanwhile');
    tell(noisy.record, 300, 'often');
    await world.open();
    await own(page, quiet.record).locator('text=meanwhile 5').waitFor({ timeout: 30_000 });
    const told = (what: string, count: number) => Array.from({ length: count }, (_, at) => `${what} ${count - at}`);
    expect(await texts(page, quiet.record)).toEqual([...told('meanwhile', 5), ...told('before', 10)]);
  }, 180_000);

  test('nothing is asked before it is opened, and what never had a line says so', async () => {
    world = await openPage([noisy, quiet]);
    tell(noisy.record, 3);
    const asked: string[] = [];
    const page = await visit('about:blank');
    page.on('request', (request) => asked.push(new URL(request.url()).search));
    await page.goto(world.url);
    await own(page, quiet.record).locator('summary').waitFor();
    expect(asked.filter((query) => query.includes('record='))).toEqual([]);
    await own(page, quiet.record).locator('summary').click();
    await own(page, quiet.record).locator('text=Nothing has happened yet.').waitFor();
    expect(asked.filter((query) => query.includes('record='))).toEqual([`?kind=tell&record=${quiet.record}&limit=20`]);
    await seen(page, 'document.querySelector(".cards .own-history:not([open])") !== null');
  });
});
