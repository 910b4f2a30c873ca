import { afterEach, expect, test } from '@jest/globals';
import type { BrowserContextOptions } from 'playwright-core';
import { createJudging } from '../../src/control/judged';
import type { ServiceStatus } from '../../src/domain/explain';
import { utcText } from '../../src/domain/wall';
import { why } from '../../src/domain/why';
import { a, b } from '../domain/fixtures';
import { withServers } from '../servers/installed';
import { picture, seen, surf } from './browser';
import { calmBench, openPage, type PageWorld, serviceOf, tellSwitch } from './world';

/** What the page tells of the past, and of what ends. */

const record = 'www.example.test';
const well = serviceOf();
let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

withServers('the past in a browser', ['chromium'], () => {
  const { visit, complaints } = surf();
  const opened = async (statuses: readonly ServiceStatus[], as?: BrowserContextOptions) => {
    world = await openPage(statuses);
    const page = await visit(world.url, as);
    await seen(page, `document.querySelectorAll('.card h2').length > ${statuses.length}`, 30_000);
    return page;
  };

  test('a switch opens its whole way: evidence, decision, generation, request, servers, stages; all of it text', async () => {
    const image = '<img src=x onerror="window.hacked = 2">';
    const page = await opened([well]);
    tellSwitch(world, image, image);
    await page.locator('main > .card .moved button').click();
    await page.waitForSelector('.chain dl');
    expect(await page.locator('.chain > ol > li > h3').allTextContents()).toEqual([
      'Evidence',
      'Decision',
      'Generation',
      'Request to the provider',
      'Name servers',
      'Time of each stage',
    ]);
    const [evidence, decision, generation, request, servers] = await page.locator('.chain > ol > li').allTextContents();
    expect(evidence).toMatch(new RegExp(`${a} down3 failed in a row.*Votes: here down.*status: ${image}.*${b} up`));
    expect(decision).toContain(`failover: ${a} → ${b}`);
    expect(generation).toContain('8 switched');
    expect(request).toContain(image);
    expect(servers).toContain(`ns-1.example.net: answers the new setns-2.example.net: answers otherwise (${image})`);
    expect(await page.locator('.chain dd').allTextContents()).toEqual(['20 s', '4 ms', '120 ms', '400 ms', '21 s']);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    await picture(page, 'chain');
  });

  test('why shows votes and their arithmetic, and answers of a past moment; times are UTC', async () => {
    const page = await opened([well], { timezoneId: 'Asia/Shanghai' });
    const wallMs = Date.now() - 120_000;
    world?.tell({
      kind: 'event',
      wallMs,
      data: { stood: { code: 'held', answer: 'held by ada: rack move', active: b } },
    });
    world?.tell({ wallMs, text: 'rack move', code: 'ordered' });
    await page.getByRole('button', { name: 'Why?' }).click();
    await page.waitForSelector('.why-panel .evidence');
    const panel = page.locator('.why-panel');
    expect(await panel.textContent()).toContain('1 of 1 vantages must agree');
    expect(await panel.locator('.evidence > li').first().textContent()).toMatch(
      /asia-east1 up6 passed in a row.*Votes: here up 0 s ago.*fresh: 1; down 0, up 1, recovering 0; 1 needed.*could take/,
    );
    await page.fill('.ask input', '1m');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.waitForSelector('.why-panel .answer:has-text("held by ada: rack move")');
    expect(await panel.locator('time').last().textContent()).toBe(`${utcText(wallMs).slice(11, 19)}Z`);
    expect(await panel.locator('time').last().getAttribute('title')).toContain('GMT+8');
    await page.fill('.ask input', 'last week');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.waitForSelector('.why-panel >> text="at" is a time');
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.waitForSelector('.why-panel .guards');
    expect(complaints().filter((text) => !text.includes('400'))).toEqual([]);
  });

  test('why of a past moment shows what every guard said and how the votes were counted, and as of when', async () => {
    const page = await opened([well], { locale: 'en-GB' });
    const view = calmBench().view();
    const wallMs = Date.now() - 300_000;
    const judged = createJudging()(view);
    const stood = { code: 'not-down', answer: 'stays', active: a, judged };
    world?.tell({ kind: 'event', wallMs, data: { stood } });
    const ask = async (at: string) => {
      await page.fill('.ask input', at);
      await page.getByRole('button', { name: 'Ask' }).click();
    };
    await page.getByRole('button', { name: 'Why?' }).click();
    await ask('1m');
    await page.waitForSelector('.why-panel .answer:has-text("stays")');
    const panel = page.locator('.why-panel');
    const asOf = `${utcText(wallMs).slice(11, 19)}Z`;
    expect(await panel.locator('h3').allTextContents()).toEqual(
      expect.arrayContaining([`Guards of a failover, as of ${asOf}`, `Votes, as of ${asOf}`]),
    );
    expect(await panel.locator('.counted > li').allTextContents()).toEqual(
      why(view).sites.map(({ name, verdict, arithmetic }) => `${name} ${verdict}: ${arithmetic}`),
    );
    const guards = await panel.locator('.guards .guard').allTextContents();
    const kept = Object.entries({ ...judged?.failover.refuses, ...judged?.failover.passes });
    expect(guards).toHaveLength(kept.length);
    expect(guards[0]).toContain('refuses');
    for (const [guard, said] of kept)
      expect(guards.some((text) => text.includes(guard) && text.includes(said))).toBe(true);
    await picture(page, 'why-then');
    // Long before, nothing of it was kept.
    await ask('10m');
    await page.waitForSelector('.why-panel >> text=What the guards said then is not in the history.');
    expect(await panel.locator('.guard').count()).toBe(0);
  });

  test('a decision that no failure forced is no warning; each line names its service', async () => {
    const page = await opened([well, { ...well, record: 'b.example.test' }]);
    world?.tell({ code: 'decided', text: `for http://${record}/`, data: { level: 'warn', kind: 'create' } });
    await page.waitForSelector('main > .card .history li');
    expect(await page.locator('.history .tone-warn').count()).toBe(0);
    expect(await page.locator('main > .card .history .text').textContent()).toBe(`${record} for http://${record}/`);
  });

  test('a page comes first; what is over calls for nobody; a pin says when it ends', async () => {
    const drilled = serviceOf({}, (bench) => {
      bench.post({ type: 'ordered', order: { order: 'drill', site: b }, actor: 'ada', why: 'drill', forMs: 600_000 });
      bench.settle();
    });
    const alert = {
      code: 'x',
      page: true,
      why: 'told',
      remedy: 'look',
      sinceMs: 0,
      lastMs: 0,
      lingers: true,
      overForMs: null,
    };
    const over = { ...alert, code: 'y', why: 'was told', overForMs: 12_000 };
    const pin = drilled.pin === null ? null : { ...drilled.pin, until: 540_000 };
    const page = await opened([{ ...drilled, pin, alerts: [over] }]);
    expect(await page.textContent('h1')).toBe('Serving, but it needs attention');
    expect(await page.locator('.alerts > li').allTextContents()).toEqual([
      expect.stringMatching(/^Pinned to europe-west1.*Ends in 9 min/),
      expect.stringMatching(/^\s*Over for 1\d s was told/),
    ]);
    world?.set([{ ...drilled, alerts: [over, alert] }]);
    await page.waitForSelector('h1:has-text("It needs you now")');
    expect(await page.locator('.alerts > li').allTextContents()).toEqual([
      expect.stringMatching(/^\s*A human must act\. told/),
      expect.stringMatching(/^Pinned/),
      expect.stringMatching(/^\s*Over for/),
    ]);
  });

  test('中文：保护规则、告警、阶段、历史有中文名称，下附英文原文', async () => {
    const alert = {
      code: 'no-standby',
      page: true,
      why: 'no standby',
      remedy: '',
      sinceMs: 0,
      lastMs: 0,
      lingers: true,
      overForMs: null,
    };
    const page = await opened([{ ...well, alerts: [alert] }], { locale: 'zh-CN' });
    tellSwitch(world);
    expect(await page.textContent('.alerts')).toContain('没有可用的备用站点');
    await page.locator('.why').click();
    await page.waitForSelector('.guards');
    expect(await page.textContent('.guards')).toMatch(
      /拒绝 当前站点尚未判定为不可用 not-down.*通过 切换次数配额 budget/,
    );
    await page.locator('main > .card .moved button').click();
    await page.waitForSelector('.chain dl');
    expect(await page.textContent('main > .card .moved')).toMatch(
      /已切换.*故障切换：asia-east1 → europe-west1.*各阶段用时/,
    );
    expect(await page.locator('.guards [lang=en]').first().textContent()).toMatch(/asia-east1 is up/);
    await picture(page, 'chinese-past');
  });
});
