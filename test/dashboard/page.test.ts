import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { ServiceStatus } from '../../src/domain/explain';
import { a, b, c, fail, siteAt } from '../domain/fixtures';
import { withServers } from '../servers/installed';
import { picture, seen, surf } from './browser';
import { openPage, type PageWorld, serviceOf, tellSwitch } from './world';

/** The page in a real browser, over services whose fate the test decides. */

const record = 'www.example.test';
const well = serviceOf();
const sick = serviceOf({ record: 'sick.example.test' }, (bench) => {
  for (let round = 0; round < 12; round++) {
    for (const site of [a, c]) bench.see(site, fail('timeout'));
    bench.see(b, { result: 'pass', latencyMs: 31.4 });
    bench.wait(10_000);
  }
  bench.settle();
});
const held = serviceOf({ record: 'held.example.test' }, (bench) => {
  bench.post({ type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'rack move', forMs: 1_800_000 });
  bench.post({ type: 'ticked' });
});

let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

withServers('the dashboard in a browser', ['chromium'], () => {
  const { visit, complaints } = surf();
  const opened = async (statuses: readonly ServiceStatus[], as?: BrowserContextOptions, query = '') => {
    world = await openPage(statuses);
    const page = await visit(`${world.url}${query}`, as);
    // All services and the history; a stream that broke off on the way is opened again.
    await seen(page, `document.querySelectorAll('.card h2').length > ${statuses.length}`, 30_000);
    return page;
  };

  afterEach(() => {
    const lost =
      /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|status of 40[14]/;
    expect(complaints().filter((text) => !lost.test(text))).toEqual([]);
  });

  test('a reload that was refused is said, until one is taken; script in it is text', async () => {
    const page = await opened([well]);
    expect(await page.locator('.refused').count()).toBe(0);
    world?.refuse('/s.yaml: services[0].fall: is no number <img src=x onerror=alert(1)>');
    await page.waitForSelector('.refused');
    expect(await page.textContent('.refused')).toMatch(
      /^A new configuration was refused\. The old settings have gone on for \S+ s: \/s\.yaml: services\[0\]\.fall: is no number <img/,
    );
    expect(await page.locator('.refused img').count()).toBe(0);
    await page.reload();
    await page.waitForSelector('.refused');
    world?.refuse(null);
    await seen(page, `document.querySelector('.refused') === null`, 10_000);
  });

  test('is everything well, could we fail over now; every service with its sites in order', async () => {
    const page = await opened([well, sick, held]);
    expect(await page.textContent('h1')).toBe('Serving, with 2 of 3 in need of attention');
    expect(await page.title()).toBe('! failoverd');
    expect(await page.textContent('.say p')).toBe('1 of 3 could fail over right now.');
    // Those in trouble first.
    expect(await page.locator('.card h2').allTextContents()).toEqual([sick.record, held.record, record, 'History']);
    const card = page.locator('.card').nth(0);
    expect(await card.locator('.site .name b').allTextContents()).toEqual([a, b, c]);
    expect(await card.locator('.site.active .name b').textContent()).toBe(b);
    expect(await card.locator('.verdict b').allTextContents()).toEqual(['down', 'up', 'down']);
    expect(await card.locator('.last').first().textContent()).toContain('timeout');
    const [said, strip] = [card.locator('.said'), card.locator('.strip')].map((one) => one.first());
    expect((await said?.boundingBox())?.width).toBeGreaterThan((await strip?.boundingBox())?.width ?? 0);
    expect(await said?.locator('[title]').getAttribute('title')).toBe('injected timeout');
    expect(await card.locator('.ready').textContent()).toContain('no standby is up');
    const hold = page.locator('.card').nth(1);
    expect(await hold.locator('.alerts').textContent()).toMatch(/Held.*ada: rack move.*Ends in 30 min/);
    expect(await hold.locator('.remedy').first().textContent()).toMatch(/To do:.+/);
    await picture(page, 'light');
  });

  test('a strip for each site, in words for those who do not see it', async () => {
    const page = await opened([well]);
    await page.waitForSelector('canvas');
    const label = await page.locator('.plot').first().getAttribute('aria-label');
    expect(label).toMatch(
      /^asia-east1 in the last 60 minutes: 3\d\d probes, 1\d failed, \d+ could not be made, slowest/,
    );
    // Something red stands where probes failed.
    const isRed = `(() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 4) if (data[at] > 180 && data[at + 1] < 80 && data[at + 3] > 200) return true;
      return false;
    })()`;
    await seen(page, isRed);
    await page
      .locator('.plot')
      .first()
      .hover({ position: { x: 20, y: 20 } });
    await seen(page, `document.querySelector('.readout').textContent.includes('ms')`);
  });

  test('scripts and markup in names, in health bodies and in the history are text', async () => {
    const script = '<script>window.hacked = 1</script>';
    const image = '<img src=x onerror="window.hacked = 2">';
    const sites = [siteAt(image, '203.0.113.10'), siteAt(b, '198.51.100.7')];
    const status = serviceOf({ record: `x${script}.test`, sites }, (bench) => {
      bench.see(b, { result: 'fail', class: 'body', why: `the body says ${script}${image}`, latencyMs: 3 });
      bench.post({ type: 'ordered', order: { order: 'hold' }, actor: image, why: script, forMs: null });
      bench.post({ type: 'ticked' });
    });
    const page = await opened([status]);
    world?.tell({ text: `told ${script}${image}`, code: image });
    await page.waitForSelector('main > .card .history li');
    await page.getByRole('button', { name: 'Drill' }).click();
    await page.waitForSelector('dialog[open]');
    const text = String(await page.evaluate('document.body.textContent'));
    for (const one of [`the body says ${script}${image}`, `told ${script}${image}`, `${image}: ${script}`])
      expect(text).toContain(one);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.evaluate('document.querySelectorAll("img, main script, dialog script").length')).toBe(0);
  });

  test('中文, as the browser asks; the other language is a link away', async () => {
    const page = await opened([well, sick, held], { locale: 'zh-CN' });
    expect(await page.textContent('h1')).toBe('服务正常，但 3 个中有 2 个需要关注');
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
    await picture(page, 'chinese');
    await page.getByRole('link', { name: 'English' }).click();
    await seen(page, 'document.documentElement.lang === "en"');
    await page.waitForSelector('h1:has-text("Serving")');
  });

  test('with the keyboard alone: to the button, into the dialog, out of it, back at the button', async () => {
    const page = await opened([well]);
    await page.waitForSelector('canvas');
    const focus = () => page.evaluate('document.activeElement.textContent || document.activeElement.name');
    const order: unknown[] = [];
    for (let presses = 0; presses < 9; presses++) {
      await page.keyboard.press('Tab');
      order.push(await focus());
    }
    const own = `History of ${record}`;
    expect(order).toEqual([
      record,
      'Switch here',
      'Switch here',
      'Why?',
      'Hold',
      'Drill',
      own,
      '中文',
      expect.anything(),
    ]);
    await page.getByRole('button', { name: 'Hold:' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    expect(await focus()).toBe('reason');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(await focus()).toBe('Hold');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.type('rack move');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('right');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.answered');
    expect(world?.ordered).toEqual([
      { type: 'ordered', order: { order: 'hold' }, actor: 'ada', why: 'rack move', forMs: null, via: 'token' },
    ]);
  });

  test('no order without a reason and a name; the token is asked once, and is gone with the tab', async () => {
    const page = await opened([well]);
    await page.getByRole('button', { name: 'Hold:' }).click();
    await page.fill('[name=token]', 'right');
    for (const [field, text] of [
      ['reason', 'x'],
      ['actor', 'ada'],
    ] as const) {
      await page.click('dialog .primary');
      expect(await page.evaluate(`document.querySelector("[name=${field}]").validity.valueMissing`)).toBe(true);
      await page.fill(`[name=${field}]`, '  ');
      await page.click('dialog .primary');
      expect(await page.evaluate(`document.querySelector("[name=${field}]").validity.patternMismatch`)).toBe(true);
      expect(world?.ordered).toEqual([]);
      await page.fill(`[name=${field}]`, text);
    }
    await page.selectOption('[name=for]', '2h');
    await page.click('dialog .primary');
    await page.waitForSelector('.answered');
    await page.getByRole('button', { name: 'Switch here: europe-west1' }).click();
    expect(await page.locator('[name=token]').count()).toBe(0);
    expect(await page.textContent('dialog')).toContain(`Users of ${record} are sent from ${a} to ${b}`);
    await page.fill('[name=reason]', 'y');
    await page.click('dialog .primary');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.getByRole('button', { name: 'Drill:' }).click();
    await page.fill('[name=reason]', 'z');
    await page.click('dialog .primary');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(world?.ordered.map(({ order, actor, forMs }) => [order, actor, forMs])).toEqual([
      [{ order: 'hold' }, 'ada', 7_200_000],
      [{ order: 'switch', site: b }, 'ada', null],
      [{ order: 'drill', site: b }, 'ada', 600_000],
    ]);
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).toBe('{"failoverd-actor":"ada"}');
    const other = await visit(world?.url ?? '');
    expect(await other.evaluate('sessionStorage.length')).toBe(0);
  });

  test('without a token in the configuration it is read-only, and says so', async () => {
    world = await openPage([well], { by: 'nobody' });
    const page = await visit(world.url);
    await page.waitForSelector('text=Read-only');
    expect(await page.getByRole('button', { name: 'Hold:' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Why?' }).isDisabled()).toBe(false);
  });

  test('a lost connection is said aloud, with how old the page is; when it is back, what was missed is there', async () => {
    const page = await opened([well]);
    await page.waitForSelector('text=live');
    world?.tell({ text: 'before' });
    await page.waitForSelector('main > .card .history >> text=before');
    await world?.close();
    await page.waitForSelector('[role=alert]:has-text("What you see is from")');
    expect(await page.title()).toBe('? failoverd');
    await world?.open();
    world?.tell({ text: 'meanwhile' });
    world?.set([{ ...well, active: b }]);
    await page.waitForSelector('main > .card .history >> text=meanwhile', { timeout: 30_000 });
    await page.waitForSelector(`.site.active:has-text("${b}")`);
    expect(await page.locator('main > .card .history >> text=before').count()).toBe(1);
  }, 180_000);

  test('two hundred services: folded, those in trouble first, and found by name', async () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ ...well, record: `s${index}.example.test` }));
    const page = await opened([...many, sick]);
    await page.waitForSelector('.card >> nth=200');
    expect(await page.locator('.card h2').first().textContent()).toBe(sick.record);
    expect(await page.locator('.site').count()).toBe(3);
    await page.fill('[type=search]', 's17.');
    await seen(page, 'document.querySelectorAll(".cards .card").length === 1');
    await page.locator('.fold').click();
    await page.waitForSelector('.cards canvas');
  });

  describe('axe finds nothing to complain of', () => {
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    const violations = async (page: Page) => {
      await page.evaluate(axe);
      return page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, any }) => html + ' ' + (any[0]?.message ?? '')).join(' | ')))`,
      );
    };

    test.each<[name: string, as: BrowserContextOptions]>([
      ['light', {}],
      ['dark', { colorScheme: 'dark' }],
      ['phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }],
      ['phone, dark, Chinese', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'zh-CN' }],
      ['wall', { viewport: { width: 3_840, height: 2_160 }, colorScheme: 'dark' }],
    ])(
      '%s: the page, the why panel, a refused reload, a dialog, a lost connection',
      async (name, as) => {
        const page = await opened([well, sick, held], { reducedMotion: 'reduce', ...as });
        tellSwitch(world);
        world?.refuse('/etc/failoverd/services.yaml: services[0].fall: is no number');
        await page.waitForSelector('.refused');
        await page.waitForSelector('main > .card .history li');
        await page.waitForSelector('canvas');
        await page.locator('.why').first().click();
        await page.waitForSelector('.why-panel .evidence');
        await page.locator('main > .card .moved button').click();
        await page.waitForSelector('.chain dl');
        expect(await violations(page)).toEqual([]);
        await picture(page, `axe-${name.replaceAll(/\W+/g, '-')}`);
        await page.locator('.site .do button').first().click();
        await page.waitForSelector('dialog[open]');
        expect(await violations(page)).toEqual([]);
        await picture(page, `axe-${name.replaceAll(/\W+/g, '-')}-dialog`);
        await page.keyboard.press('Escape');
        await world?.close();
        await page.waitForSelector('.stale');
        expect(await violations(page)).toEqual([]);
      },
      180_000,
    );
  });
});
