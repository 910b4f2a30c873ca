import { afterEach, expect, test } from '@jest/globals';
import { canary } from '../canary';
import { freePort } from '../free-port';
import { openWorld, ready, until } from '../live/harness';
import { withServers } from '../servers/installed';
import { seen, surf } from './browser';
import { openPage, type PageWorld, serviceOf } from './world';

/** Whether the page offers orders: as the daemon says now, not as it said when the page was opened. */

const token = `${canary}-token-of-some-length`;
let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

const hold = `[...document.querySelectorAll('button')].find(({ ariaLabel }) => ariaLabel?.startsWith('Hold:'))`;

withServers('who may give orders on the page', ['chromium'], () => {
  const { visit, complaints } = surf();
  const lost = /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;
  afterEach(() => {
    expect(complaints().filter((text) => !lost.test(text))).toEqual([]);
  });

  async function opened(...given: Parameters<typeof openPage>): Promise<PageWorld> {
    const world = await openPage(...given);
    closing.push(world.close);
    return world;
  }

  test('a page that stays open learns of a token that was set, and of one that was taken away', async () => {
    const world = await opened([serviceOf()], { by: 'nobody' });
    const page = await visit(world.url);
    await page.waitForSelector('text=Read-only');
    expect(await page.evaluate(`${hold}.disabled`)).toBe(true);
    await world.close();
    await page.waitForSelector('.stale');
    await world.open({ by: 'token', token: 'right' });
    await seen(page, `${hold}.disabled === false`, 30_000);
    expect(await page.locator('text=Read-only').count()).toBe(0);
    await world.close();
    await page.waitForSelector('.stale');
    await world.open({ by: 'nobody' });
    await page.waitForSelector('text=Read-only', { timeout: 30_000 });
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('.do button, .actions button:not(.why)')].every(({ disabled }) => disabled)`,
      ),
    ).toBe(true);
  }, 180_000);

  test('while it does not know, it offers nothing', async () => {
    const world = await opened([serviceOf()]);
    const page = await visit('about:blank');
    // Whoever answers does not say it.
    const silent = (text: string) => text.replaceAll(/"orders":"\w+",?/g, '');
    await page.route('**/api/v1/status', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: silent(await answer.text()) });
    });
    const status = await (await fetch(`${world.url}api/v1/status`)).text();
    const text = `event: status\ndata: ${silent(status)}\n\n`;
    let isSilent = true;
    await page.route('**/api/v1/events*', (route) =>
      isSilent ? route.fulfill({ contentType: 'text/event-stream', body: text }) : route.fallback(),
    );
    await page.goto(world.url);
    await page.waitForSelector('.site');
    expect(await page.locator('.do button, .actions button:not(.why)').count()).toBe(0);
    expect(await page.locator('text=Read-only').count()).toBe(0);
    expect(await page.locator('.actions .why').count()).toBe(1);
    isSilent = false;
    await seen(page, `${hold}?.disabled === false`, 30_000);
  }, 180_000);

  test('a real daemon that is started anew with FAILOVERD_API_TOKEN', async () => {
    const world = await openWorld(97);
    closing.push(world.close);
    const port = await freePort();
    const open = { FAILOVERD_LISTEN: `127.0.0.1:${port}` };
    const first = world.start(open);
    expect(await until(30_000, ready(first, 'a'))).toBe(true);
    const page = await visit(`http://127.0.0.1:${port}/`);
    await page.waitForSelector('text=Read-only');
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    const second = world.start({ ...open, FAILOVERD_API_TOKEN: token });
    await seen(page, `${hold}?.disabled === false`, 30_000);
    await page.getByRole('button', { name: 'Hold:' }).click();
    for (const [field, text] of Object.entries({ actor: 'ada', reason: 'rack move', token }))
      await page.fill(`[name=${field}]`, text);
    await page.click('dialog .primary');
    await page.waitForSelector('.alerts >> text=ada: rack move');
    expect((await second.status())?.hold).toMatchObject({ actor: 'ada' });
  }, 240_000);
});
