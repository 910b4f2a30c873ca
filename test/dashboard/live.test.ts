import { createServer } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import axios from 'axios';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { canary } from '../canary';
import { freePort } from '../free-port';
import { type Daemon, openWorld, ready, record, until, type World } from '../live/harness';
import { withServers } from '../servers/installed';
import { picture, seen, surf } from './browser';

/** The real daemon, real sites, a real browser. */

const token = `${canary}-token-of-some-length`;
let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

withServers('the dashboard of a real daemon', ['chromium'], () => {
  const { visit, complaints } = surf('MAP evil.test 127.0.0.1');

  async function begin(net: number, as?: BrowserContextOptions) {
    const here = await openWorld(net);
    world = here;
    const port = await freePort();
    const daemon = here.start({ FAILOVERD_LISTEN: `127.0.0.1:${port}`, FAILOVERD_API_TOKEN: token });
    expect(await until(30_000, ready(daemon, 'a'))).toBe(true);
    const page = await visit(`http://127.0.0.1:${port}/`, as);
    await page.waitForSelector('.site.active:has-text("a")');
    return { ...here, daemon, port, page };
  }

  async function order(page: Page, name: string, fill: Readonly<Record<string, string>>): Promise<void> {
    await page.getByRole('button', { name }).first().click();
    await page.waitForSelector('dialog[open]');
    for (const [field, text] of Object.entries({ actor: 'ada', ...fill })) await page.fill(`[name=${field}]`, text);
    await page.click('dialog .primary');
  }

  const loggedAt = (daemon: Daemon, code: string): number =>
    Date.parse(String(daemon.log.findLast((line) => line['code'] === code)?.['time']));

  const active = 'document.querySelector(".site.active .name b")?.textContent';

  test('a failover is on the page within two seconds of its happening', async () => {
    const { page, sites, daemon } = await begin(92);
    await sites[0]?.say('sick');
    const shownAt = await seen(page, `${active} === 'b'`, 30_000);
    const historyAt = await seen(
      page,
      'document.querySelector("main > .card .history .moved")?.textContent.includes("failover")',
    );
    await page.waitForSelector('.site:has-text("down")');
    await page.locator('main > .card .history .moved button').first().click();
    await page.waitForSelector('.chain dl');
    const chain = (await page.textContent('.chain')) ?? '';
    expect(chain).toMatch(/a down.*failover: a → b.*Generation2 switched.*answers the new set.*all together\d/);
    await picture(page, 'live-failover');
    const switchedAt = loggedAt(daemon, 'switched');
    process.stdout.write(
      `a failover is on the page ${shownAt - switchedAt} ms, in its history ${historyAt - switchedAt} ms after it was verified\n`,
    );
    expect(shownAt - switchedAt).toBeLessThan(2_000);
    expect(historyAt - switchedAt).toBeLessThan(2_000);
    await seen(page, 'document.querySelector(".plot").getAttribute("aria-label").includes("2 switches")', 30_000);
    expect(complaints()).toEqual([]);
  }, 240_000);

  test('hold, resume, switch by the buttons; a wrong token is refused, and asked for again', async () => {
    const { page, daemon } = await begin(93);
    await order(page, 'Hold:', { reason: 'rack move', actor: 'ada', token: 'wrong' });
    await page.waitForSelector('dialog [role=alert] >> text=This token was not accepted.');
    expect((await daemon.status())?.hold).toBeNull();
    await page.fill('[name=token]', token);
    await page.click('dialog .primary');
    await page.waitForSelector('.alerts >> text=ada: rack move');
    expect((await daemon.status())?.hold).toMatchObject({ by: 'order', actor: 'ada', why: 'rack move' });
    await order(page, 'Resume:', { reason: 'done' });
    await page.waitForSelector('.alerts', { state: 'detached' });
    expect((await daemon.status())?.hold).toBeNull();
    await order(page, 'Switch here: b', { reason: 'test' });
    await page.waitForSelector('.site.active:has-text("b")');
    await page.waitForSelector('.alerts >> text=Pinned to b');
    expect(await until(10_000, ready(daemon, 'b')).then(async (is) => is || (await daemon.status())?.active)).toBe('b');
    const history = await daemon.history();
    expect(history.filter(({ code, kind }) => code === 'ordered' && kind === 'tell').map(({ text }) => text)).toEqual([
      'held by ada until someone resumes: rack move',
      'resumed by ada: done',
      'switch to b by ada until someone resumes: test',
    ]);
    expect(complaints().filter((text) => !text.includes('401'))).toEqual([]);
  }, 240_000);

  test('a refused switch says why, and offers the override that there is', async () => {
    const { page, sites, daemon } = await begin(94);
    await sites[1]?.say('sick');
    await page.waitForSelector('.site:has-text("b") >> text=down', { timeout: 30_000 });
    await order(page, 'Switch here: b', { reason: 'our probes are wrong', token });
    await page.waitForSelector('dialog [role=alert] >> text=b is not up');
    expect((await daemon.status())?.pin).toBeNull();
    await page.check('[name=override]');
    await picture(page, 'live-override');
    await page.click('dialog .primary');
    await page.waitForSelector('.site.active:has-text("b")');
    expect((await daemon.status())?.pin).toMatchObject({ site: 'b', override: ['no-standby'] });
    await page.waitForSelector('.alerts >> text=in spite of no-standby');
    expect(complaints().filter((text) => !text.includes('409'))).toEqual([]);
  }, 240_000);

  test('another site cannot give orders, nor read; a rebound name is not answered', async () => {
    const { port, daemon } = await begin(95);
    const target = `http://127.0.0.1:${port}/api/v1/services/${record}/orders`;
    const hold = JSON.stringify({ order: 'hold', reason: 'x' });
    const evil = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<iframe name="sink"></iframe>
        <form method="post" action="${target}" enctype="text/plain" target="sink"><input name='${hold.slice(0, -1)},"y":"' value='"}'></form>`);
    });
    const evilPort = await freePort();
    await new Promise<void>((resolve) => evil.listen(evilPort, '127.0.0.1', resolve));
    const answers: (readonly [string, number])[] = [];
    const page = await visit(`http://evil.test:${evilPort}/`);
    page.on('response', (answer) => answers.push([answer.request().method(), answer.status()]));
    await page.evaluate('document.forms[0].submit()');
    expect(await until(10_000, () => answers.some(([method, status]) => method === 'POST' && status === 403))).toBe(
      true,
    );
    const tried = (code: string) => page.evaluate(`${code}.then(() => 'read', () => 'refused')`);
    const simple = `{ method: 'POST', mode: 'no-cors', body: ${JSON.stringify(hold)} }`;
    await tried(`fetch('${target}', ${simple})`);
    const withToken = `{ method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ${token}' }, body: ${JSON.stringify(hold)} }`;
    expect(await tried(`fetch('${target}', ${withToken})`)).toBe('refused');
    expect(await tried(`fetch('http://127.0.0.1:${port}/api/v1/status').then((answer) => answer.json())`)).toBe(
      'refused',
    );
    const events = `new Promise((resolve, reject) => Object.assign(new EventSource('http://127.0.0.1:${port}/api/v1/events'), { onmessage: resolve, onopen: resolve, onerror: reject }))`;
    expect(await tried(events)).toBe('refused');
    expect(
      await page.evaluate(
        `new Promise((resolve) => Object.assign(document.body.appendChild(document.createElement('script')), { onload: () => resolve('run'), onerror: () => resolve('refused'), src: 'http://127.0.0.1:${port}/api/v1/status' }))`,
      ),
    ).toBe('refused');
    evil.close();
    evil.closeAllConnections();

    const rebound = await visit(`http://evil.test:${port}/`);
    expect(await rebound.textContent('body')).toContain('does not answer for that Host');
    for (const path of ['/', '/api/v1/status', '/api/v1/events', '/readyz']) {
      const asked = { headers: { Host: 'evil.test' }, proxy: false, validateStatus: () => true } as const;
      expect([path, (await axios.get(`http://127.0.0.1:${port}${path}`, asked)).status]).toEqual([path, 421]);
    }
    expect((await daemon.status())?.hold).toBeNull();
    expect((await daemon.history()).filter(({ code }) => code === 'ordered')).toEqual([]);
  }, 240_000);
});
