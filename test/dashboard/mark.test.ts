import { afterEach, expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Strip } from '../../src/api/strip';
import { a, b, c } from '../domain/fixtures';
import { withServers } from '../servers/installed';
import { picture, seen, surf } from './browser';
import { openPage, type PageWorld, serviceOf } from './world';

/** The mark of a switch in the strips, by its pixels: where it stands in time, and whether it points to the site or away from it. */

let world: PageWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

/** In one strip: how wide the mark is at the top of its head and at its foot, and what stands elsewhere, in pixels of the page. */
interface Mark {
  readonly tip: number;
  readonly base: number;
  /** Of the dashed line, its share of the rows below the head. */
  readonly line: number;
  /** From where the switch belongs to the middle of the head. */
  readonly offBy: number;
  /** Pixels of the mark's colour farther away than its head is wide. */
  readonly elsewhere: number;
}

/** Null where a strip has none. `share`: where in the hour the switch was. The colours are those of the page: its failures, its line and its gaps are another one. */
const marks = (share: number, colour: readonly number[]) => `[...document.querySelectorAll('.plot')].map((plot) => {
  const canvas = plot.querySelector('canvas');
  const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const isMark = (x, y) => {
    const at = 4 * (y * width + x);
    return data[at + 3] > 100 && [${colour.join(', ')}].every((one, index) => Math.abs(data[at + index] - one) < 24);
  };
  const scale = devicePixelRatio;
  const all = [];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (isMark(x, y)) all.push([x, y]);
  if (all.length === 0) return null;
  const top = Math.min(...all.map(([, y]) => y));
  const wide = (y) => all.filter((one) => one[1] === y).length / scale;
  const middle = width * ${share};
  const head = all.filter(([, y]) => y < top + 7 * scale).map(([x]) => x);
  const below = all.filter(([, y]) => y >= top + 9 * scale);
  return {
    tip: wide(top + scale),
    base: wide(top + Math.round(5 * scale)),
    line: new Set(below.map(([, y]) => y)).size / (height - top - 9 * scale),
    offBy: (head.reduce((sum, x) => sum + x, 0) / head.length - middle) / scale,
    elsewhere: all.filter(([x]) => Math.abs(x - middle) > 9 * scale).length,
  };
})`;

withServers('the mark of a switch', ['chromium'], () => {
  const { visit, complaints } = surf();

  /** The page with a switch at that time, and where in the strip that is. */
  async function opened(wallMs: number, as: BrowserContextOptions): Promise<{ page: Page; share: number }> {
    world = await openPage([serviceOf()]);
    const data = { level: 'warn', kind: 'failover', from: a, to: b, generation: 8, tookMs: 20_000 };
    world.tell({ code: 'switched', wallMs, text: 'failover verified', data });
    const page = await visit('about:blank', as);
    const answered = page.waitForResponse((response) => response.url().includes('/observations'));
    await page.goto(world.url);
    // The strip begins and ends with whole steps, and a busy machine is late: where the switch belongs is told by what was drawn.
    const { sites } = (await (await answered).json()) as { readonly sites: readonly (Strip & { name: string })[] };
    const [{ fromMs, stepMs, pass } = { fromMs: 0, stepMs: 0, pass: [] }] = sites;
    await page.waitForSelector('.plot canvas >> nth=2');
    return { page, share: (wallMs - fromMs) / (stepMs * pass.length) };
  }

  test.each([
    ['light', 'light', 1, [28, 33, 40]],
    ['dark, fine pixels', 'dark', 2, [228, 233, 239]],
  ] as const)(
    '%s: at its time, up where the record came, down where it went, nowhere on a third site',
    async (name, colorScheme, deviceScaleFactor, colour) => {
      const { page, share } = await opened(Date.now() - 33 * 60_000, { colorScheme, deviceScaleFactor });
      const script = marks(share, colour);
      await seen(page, `${script}[0]`);
      const [from, to, other] = await page.evaluate<readonly (Mark | null)[]>(script);
      process.stdout.write(`${name}: ${JSON.stringify([from, to, other])}\n`);
      await picture(page, `mark-${colorScheme}`);
      // Away: wide at the top, narrow below. Hither: the other way round.
      expect(from?.tip).toBeGreaterThan((from?.base ?? 0) + 3);
      expect(to?.base).toBeGreaterThan((to?.tip ?? 0) + 3);
      for (const mark of [from, to]) {
        expect(Math.abs(mark?.offBy ?? 99)).toBeLessThan(2);
        expect(mark?.line).toBeGreaterThan(0.3);
        expect(mark?.line).toBeLessThan(0.9);
        expect(mark?.elsewhere).toBe(0);
      }
      expect(await page.locator('.site .name b').allTextContents()).toEqual([a, b, c]);
      expect(other).toBeNull();
      expect(complaints()).toEqual([]);
    },
    180_000,
  );
});
