/**
 * Takes the pictures of README and guide from what the demo shows: `npm run console:pictures`. Each is written in the
 * place of the one before.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { main, openPage, skip, withBrowser, withFolder } from './browser.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const target = join(root, 'docs', 'guides', 'console');
/** So long the demo plays before the pictures are taken: there is something to see then. */
const PLAY_MS = 20_000;
const WIDE: BrowserContextOptions = { viewport: { width: 1200, height: 760 }, colorScheme: 'light' };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 760 }, colorScheme: 'dark' };

async function take(
  browser: Browser,
  name: string,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const { page, misdeeds } = await openPage(browser, { ...options, timezoneId: 'UTC' });
  await act(page);
  await page.waitForFunction(() => document.querySelector('.loading, [aria-busy="true"]') === null);
  await page.screenshot({ path: join(target, `${name}.png`) });
  await page.context().close();
  if (misdeeds.seen.length > 0) throw new Error(misdeeds.seen.join('\n'));
}

async function takeAll(browser: Browser, base: string): Promise<void> {
  const home = async (page: Page): Promise<void> => {
    await page.goto(`${base}#/`);
    await page.getByText('All is well').waitFor();
    await page.locator('tr[data-row="19"]').last().waitFor();
  };
  await take(browser, 'home', WIDE, home);
  await take(browser, 'account', WIDE, async (page) => {
    await page.goto(`${base}#/find?q=Assets:Bank:Current`);
    await page.getByRole('link', { name: 'Assets:Bank:Current' }).first().click();
    await page.locator('.chart').waitFor();
  });
  await take(browser, 'phone', PHONE, home);
}

if (skip !== false) throw new Error(skip);
mkdirSync(target, { recursive: true });
await withFolder(async (folder) => {
  mkdirSync(folder);
  const demo = spawn(process.execPath, [main, 'demo', '--console'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = (await once(demo.stdout.setEncoding('utf8'), 'data')) as [string];
    const base = /http:\S+\/console\//.exec(said)![0];
    await new Promise((resolve) => setTimeout(resolve, PLAY_MS));
    await withBrowser((browser) => takeAll(browser, base));
  } finally {
    demo.kill();
    await once(demo, 'exit');
  }
});
