import { afterEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createJudging } from '../../src/control/judged';
import type { ServiceStatus } from '../../src/domain/explain';
import { overrides } from '../../src/domain/overrides';
import { fail, siteAt } from '../domain/fixtures';
import { withServers } from '../servers/installed';
import { picture, seen, surf } from './browser';
import { calmBench, openPage, type PageWorld, serviceOf, tellSwitch } from './world';

/** Nobody scrolls sideways: neither on a phone nor on a wall, however long the names are and whatever is open. */

let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

/** As long as a name may be (RFC 1035 §2.3.4), in labels of 63. */
const longest = `${['a', 'b', 'c'].map((letter) => letter.repeat(63)).join('.')}.${'d'.repeat(61)}`;
const [here, there] = ['asia-east1-production-'.repeat(4), 'europewest1production'.repeat(4)];
const word = 'x'.repeat(200);
const sites = [
  siteAt(here, '2001:db8:1111:2222:3333:4444:5555:6666'),
  {
    ...siteAt(there, '198.51.100.7'),
    addresses: Array.from({ length: 8 }, (_, at) => `2001:db8:1111:2222:3333:4444:5555:777${at}`),
  },
  siteAt('c', '192.0.2.5'),
];
const long = serviceOf({ record: longest, sites }, (bench) => {
  for (let round = 0; round < 12; round++) {
    bench.see(there, { result: 'fail', class: 'body', why: `https://${word}/?a=${word} ${word}`, latencyMs: 3 });
    bench.see('c', fail('timeout'));
    bench.wait(10_000);
  }
  bench.post({ type: 'ordered', order: { order: 'hold' }, actor: word.slice(0, 100), why: word, forMs: 1_800_000 });
  bench.post({ type: 'ticked' });
});
const shut = { name: 'replication-lag-of-the-database', open: false, why: word };
const gated = { ...long, sites: long.sites.map((site) => ({ ...site, disputed: true, gates: [shut] })) };
const pinned: ServiceStatus = {
  ...serviceOf({ record: `pinned.${longest.slice(70)}`, sites }),
  pin: {
    site: there,
    by: 'order',
    actor: word,
    why: word,
    sinceMs: 0,
    untilMs: 60_000,
    until: 60_000,
    override: overrides,
  },
  write: 'partial',
  dryRun: true,
};

/** What sticks out of the page, for who mends it. */
const sideways = `(() => {
  const { documentElement } = document;
  if (documentElement.scrollWidth <= innerWidth) return [];
  const out = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
  return [documentElement.scrollWidth + ' > ' + innerWidth, ...out.slice(0, 6).map((one) => one.outerHTML.slice(0, 100))];
})()`;

withServers('nothing is wider than the screen', ['chromium'], () => {
  const { visit } = surf();

  test.each([
    ['small phone', 320, 'en-GB'],
    ['phone', 360, 'en-GB'],
    ['phone, Chinese', 360, 'zh-CN'],
    ['tablet', 800, 'en-GB'],
    ['desk', 1_366, 'en-GB'],
    ['wall', 2_560, 'en-GB'],
    ['wall, Chinese', 2_560, 'zh-CN'],
  ] as const)(
    '%s',
    async (_name, width, locale) => {
      const shown = [gated, pinned, { ...serviceOf(), record: 'well.example.test' }];
      world = await openPage(shown);
      tellSwitch(world, word, word);
      const judged = createJudging()(calmBench({ sites }).view());
      const stood = { code: 'held', answer: `held by ${word}`, active: here, judged };
      for (const { record } of shown) world.tell({ kind: 'event', record, data: { stood } });
      world.tell({ text: `${word} https://${word}/`, code: 'y'.repeat(60) });
      world.tell({ code: 'ordered', text: word, data: { level: 'warn', order: 'switch', site: there, actor: word } });
      const page = await visit(world.url, { viewport: { width, height: 800 }, locale });
      const still = async (what: string) => {
        await picture(page, `sideways-${width}-${locale}-${what}`);
        expect([what, await page.evaluate('innerWidth'), await page.evaluate(sideways)]).toEqual([what, width, []]);
      };
      // The strips are asked for where they can be seen.
      await page.locator('.plot').first().scrollIntoViewIfNeeded();
      await page.waitForSelector('.plot canvas');
      await page.waitForSelector('main > .card .history li');
      await still('first');
      world.refuse(`/etc/${word}/services.yaml: ${word}`);
      await page.waitForSelector('.refused');
      await page.locator('.own-history summary').first().click();
      await page.waitForSelector('.own-history .history li');
      await page.locator('main > .card .moved button').first().click();
      await page.waitForSelector('.chain dl');
      await page.locator('.chain details > summary').last().click();
      await still('history');
      await open(page, '.site .do button');
      await still('dialog');
      await page.keyboard.press('Escape');
      await open(page, '.actions button:last-of-type');
      await page.waitForSelector('dialog select[name=for]');
      await page.fill('[name=reason]', word);
      await page.fill('[name=actor]', word.slice(0, 100));
      await page.fill('[name=token]', 'right');
      await page.click('dialog .primary');
      await page.waitForSelector('.answered');
      // Beside a long answer its button keeps its word whole.
      expect((await page.locator('.answered button').boundingBox())?.height).toBeLessThan(60);
      await still('answered');
      await page.locator('.fold').first().click();
      await page.waitForSelector('.chips');
      await still('folded');
      await page.locator('button.why').last().click();
      await page.waitForSelector('.why-panel .guards');
      await still('why');
      await page.fill('.ask input', '1s');
      await page.locator('.ask button').first().click();
      await page.waitForSelector('.why-panel .counted');
      await still('then');
      await world.close();
      await page.waitForSelector('.stale');
      await still('lost');
    },
    180_000,
  );

  /** A dialog that scrolls sideways does not widen the page. */
  async function open(page: Page, button: string): Promise<void> {
    await page.locator(button).first().click();
    await page.waitForSelector('dialog[open]');
    await seen(
      page,
      `(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('dialog'))`,
    );
  }
});
