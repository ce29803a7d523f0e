/** Every screen, in a real browser, against a real server: drawn without an error, at two sizes, for everybody. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage, skip, violations, withBrowser, withServer } from './browser.ts';
import { fill, HOLD, LINKED, POSTED, REFERENCE } from './filled.ts';
import { APART_MAX, difference, Looks } from './looks.ts';

/** Where pictures are kept; unset: they are taken and thrown away. */
const pictures: string | undefined = process.env.CONSOLE_PICTURES;

/** By name: the address, and what must be there once it is loaded. */
const SCREENS: { readonly [name: string]: readonly [address: string, text: string] } = {
  home: ['', 'All is well'],
  find: [`find?q=${REFERENCE}`, 'Transfers with this reference'],
  'find-nothing': ['find?q=77777777777', 'Nothing in this ledger has that.'],
  accounts: ['accounts', '60, all of them'],
  'accounts-filtered': ['accounts?ledger=840&code=101', 'all of them'],
  account: ['account/2', 'Balance over the transfers below'],
  'account-none': ['account/5555', 'There is no account with this id.'],
  transfers: ['transfers?ledger=978', 'loaded'],
  transfer: [`transfer/${LINKED}`, 'One chain'],
  hold: [`transfer/${POSTED}`, 'Amount posted'],
  holds: ['holds', 'New hold'],
  books: ['books', 'As of op'],
  cluster: ['cluster', 'Ledger and shards'],
  settings: ['settings', 'Time zone'],
  'new-transfer': ['new/transfer?debit=1&credit=2&amount=12', 'Preview'],
  'new-account': ['new/account', 'Keep the balance'],
  post: [`new/post?hold=${HOLD}`, 'Preview'],
};
const SIZES = {
  wide: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
} as const;

async function show(page: Page, base: string, [address, text]: readonly [string, string]): Promise<void> {
  await page.goto(`${base}/console/#/${address}`);
  await page.getByText(text, { exact: false }).first().waitFor({ timeout: 20_000 });
  await page.waitForFunction(() => document.querySelector('.loading, [aria-busy="true"]') === null, null, {
    timeout: 20_000,
  });
}

/** What does not fit beside the screen's edge: tables scroll in themselves, the page never does. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

test('every screen is drawn at both sizes and in both themes, and axe finds nothing', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      for (const [size, options] of Object.entries(SIZES)) {
        const { page, misdeeds } = await openPage(browser, options);
        await show(page, server.http, SCREENS.home!);
        const looks = new Looks();
        for (const [name, screen] of Object.entries(SCREENS)) {
          await show(page, server.http, screen);
          assert.deepEqual(await violations(page), [], `${name}, ${size}`);
          assert.equal(await overflow(page), 0, `${name}, ${size}: the page is wider than the screen`);
          const picture = await page.screenshot();
          looks.look(`${name}-${size}`, picture);
          if (pictures !== undefined) {
            mkdirSync(pictures, { recursive: true });
            writeFileSync(join(pictures, `${name}-${size}.png`), picture);
          }
        }
        assert.deepEqual(looks.said, []);
        assert.deepEqual(misdeeds.seen, []);
        await page.context().close();
      }
    }),
  ),
);

test('another font looks alike, and another theme or a sheet that is not there does not', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page } = await openPage(browser, SIZES.wide);
      await show(page, server.http, SCREENS.account!);
      const before = await page.screenshot();
      const since = async (): Promise<number> => difference(before, await page.screenshot());
      await page.evaluate(() => document.body.style.setProperty('font-family', 'serif'));
      const font = await since();
      assert.ok(font > 0 && font <= APART_MAX, `another font: ${font}`);
      await page.evaluate(() => document.body.style.removeProperty('font-family'));
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.ok((await since()) > 0.9, 'another theme');
      await page.emulateMedia({ colorScheme: 'light' });
      assert.equal(await since(), 0);
      await page.evaluate(() => {
        document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]')!.disabled = true;
      });
      const bare = await since();
      assert.ok(bare > APART_MAX, `without the sheet: ${bare}`);
    }),
  ),
);

test('type twice as large, and lines from right to left, leave nothing outside of the screen', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const half = { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 };
      const { page, misdeeds } = await openPage(browser, half);
      for (const direction of ['ltr', 'rtl']) {
        for (const [name, screen] of Object.entries(SCREENS)) {
          await show(page, server.http, screen);
          await page.evaluate((dir) => document.documentElement.setAttribute('dir', dir), direction);
          assert.equal(await overflow(page), 0, `${name}, ${direction}`);
        }
      }
      assert.deepEqual(misdeeds.seen, []);
    }),
  ),
);

test('in German every screen says what it says in German', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page } = await openPage(browser, { locale: 'de-DE' });
      await show(page, server.http, ['accounts', '60, das sind alle']);
      assert.equal(await page.locator('html').getAttribute('lang'), 'de');
      await show(page, server.http, ['account/2', 'Verfügbar']);
      assert.deepEqual(await violations(page), []);
    }),
  ),
);

/** Closes the list of keys when whoever had the focus before is gone, and presses a key before the next frame. */
async function closeOnto(page: Page, key: string): Promise<void> {
  await page.evaluate(() => {
    const button = document.body.appendChild(document.createElement('button'));
    button.id = 'gone';
    button.focus();
  });
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('next and previous row').waitFor();
  await page.evaluate((pressed) => {
    document.querySelector('#gone')!.remove();
    document.querySelector('dialog')!.close();
    document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key: pressed, bubbles: true }));
  }, key);
}

test('by key alone: find an account, walk through its transfers, pause, and read the list of keys', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page, misdeeds } = await openPage(browser);
      await show(page, server.http, SCREENS.home!);
      await page.keyboard.press('/');
      await page.keyboard.type('2');
      await page.keyboard.press('Enter');
      await page.getByText('Account with this id').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('tr[data-row="0"] a').first().focus();
      await page.keyboard.press('Enter');
      await page.getByText('Balance over the transfers below').waitFor();
      await page.locator('.rows').first().focus();
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      const row = () => page.evaluate(() => document.activeElement?.closest('tr')?.getAttribute('data-row'));
      assert.equal(await row(), '1');
      await page.keyboard.press('k');
      assert.equal(await row(), '0');
      await page.keyboard.press('p');
      await page.getByText('Paused').waitFor();
      await page.keyboard.press('p');
      await page.keyboard.press('?');
      await page.getByRole('dialog').getByText('next and previous row').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'hidden' });
      await closeOnto(page, 'g');
      await page.getByText('b Books').waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('g');
      await page.getByText('b Books').waitFor();
      // However long it takes until the next key: the machine is slow, or the hand.
      await page.waitForTimeout(2500);
      await page.keyboard.press('b');
      await page.getByRole('heading', { name: 'Trial balance' }).waitFor();
      assert.equal(await page.getByText('b Books').count(), 0, 'one key leads to one place');
      await page.keyboard.press('a');
      await page.keyboard.press('g');
      await page.keyboard.press('o');
      await page.locator('tr[data-row="0"]').waitFor();
      await page.locator('.rows').focus();
      await page.keyboard.press('j');
      await page.keyboard.press('r');
      await page.getByRole('heading', { name: 'Void a hold' }).waitFor();
      await page.getByRole('button', { name: 'Preview' }).press('Enter');
      await page.getByRole('button', { name: 'Do it' }).press('Enter');
      await page.locator('[data-state="done"]').waitFor();
      assert.deepEqual(misdeeds.seen, []);
    }),
  ),
);
