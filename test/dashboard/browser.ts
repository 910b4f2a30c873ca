import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { mustNotShow } from '../canary';

/** A real Chromium without a window. What its pages complain about fails the test, and so does a secret in what they show or log. */
export interface Surf {
  /** Opens an address in a fresh browser, as somebody else each time. */
  visit(url: string, as?: BrowserContextOptions): Promise<Page>;
  /** What pages logged as errors, and exceptions nobody caught, since it was asked last. */
  complaints(): readonly string[];
}

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `rules`: names that resolve to loopback, as `MAP evil.test 127.0.0.1`. To be called where tests are declared. */
export function surf(rules = 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'): Surf {
  let browser: Browser | null = null;
  let heard: string[] = [];
  let logged: string[] = [];
  beforeEach(() => {
    heard = [];
    logged = [];
  });
  afterEach(async () => {
    const contexts = browser?.contexts() ?? [];
    const pages = contexts.flatMap((context) => context.pages());
    const shown = await Promise.all(pages.map(async (page) => [page.url(), await page.content()] as const));
    for (const context of contexts) await context.close();
    mustNotShow([...shown, ['console', logged.join('\n')]]);
  });
  afterAll(async () => browser?.close());
  return {
    async visit(url, as = {}) {
      browser ??= await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: [...args, `--host-resolver-rules=${rules}`],
      });
      const context = await browser.newContext({ viewport: { width: 1_360, height: 860 }, locale: 'en-GB', ...as });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      page.on('console', (message) => {
        logged.push(message.text());
        if (message.type() === 'error') heard.push(message.text());
      });
      page.on('pageerror', (error) => {
        logged.push(String(error));
        heard.push(String(error));
      });
      await page.goto(url);
      return page;
    },
    complaints() {
      const now = heard;
      heard = [];
      return now;
    },
  };
}

/** Waits until an expression is true in the page, and says when that was. Asked from here: the page's own policy forbids `eval`. */
export async function seen(page: Page, expression: string, deadlineMs = 15_000): Promise<number> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < deadlineMs) {
    if (await page.evaluate(`Boolean(${expression})`)) return Date.now();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never so in the page: ${expression}`);
}

/** Keeps a picture where FAILOVERD_TEST_SCREENSHOTS names a folder, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  const { FAILOVERD_TEST_SCREENSHOTS: folder } = process.env;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
