/** What is shown moves with the ledger, stops when it is told to, is found again by its address, and becomes a file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ConsoleServer, openPage, skip, withBrowser, withFolder, withServer } from './browser.ts';
import { fill, HOLD } from './filled.ts';

async function pay(server: ConsoleServer, id: string, amount: string): Promise<void> {
  const sides = { debit_account_id: '1', credit_account_id: '2' };
  await server.post('transfers', { id, ...sides, amount, ledger: 978, code: 10 });
}

const net = (page: Page) => page.locator('.figure.large .balance').getAttribute('data-net');

async function untilNet(page: Page, wanted: bigint): Promise<void> {
  await page.locator(`.figure.large .balance[data-net="${wanted}"]`).waitFor();
}

async function live(page: Page): Promise<void> {
  await page.locator('.live.live').waitFor();
  await page.waitForFunction(() => document.querySelector('.loading, [aria-busy="true"]') === null);
}

test('a balance moves with the ledger, stands still while paused, and catches up afterwards', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page, misdeeds } = await openPage(browser);
      await page.goto(`${server.http}/console/#/account/2`);
      await live(page);
      const before = BigInt((await net(page))!);
      await pay(server, '777001', '5');
      await untilNet(page, before + 5n);
      await page.getByRole('button', { name: '1 newer: show' }).click();
      await page.locator('tr[data-row="0"]', { hasText: '777001' }).waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await pay(server, '777002', '7');
      await page.waitForTimeout(500);
      assert.equal(await net(page), String(before + 5n));
      await page.getByRole('button', { name: 'Go on' }).click();
      await untilNet(page, before + 12n);
      assert.deepEqual(misdeeds.seen, []);
    }),
  ),
);

test('a server that dies is said to be away, and the page goes on by itself when it is back', { skip }, () =>
  withFolder((folder) =>
    withBrowser(async (browser) => {
      let server = await ConsoleServer.start(folder);
      try {
        await fill(server);
        const { page } = await openPage(browser);
        await page.goto(`${server.http}/console/#/account/2`);
        await live(page);
        const before = BigInt((await net(page))!);
        await server.end('SIGKILL');
        await page.getByText('The server cannot be reached.').first().waitFor();
        assert.equal(await net(page), String(before), 'what is shown stays');
        server = await ConsoleServer.start(folder, [], server.port);
        await pay(server, '777003', '3');
        await untilNet(page, before + 3n);
        await page.locator('.live.live').waitFor();
      } finally {
        await server.end('SIGKILL');
      }
    }),
  ),
);

async function saved(page: Page, button: ReturnType<Page['getByRole']>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFileSync((await file.path())!, 'utf8');
}

test('tables and statements become files with exact text; the balances of a statement add up', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page } = await openPage(browser);
      await page.goto(`${server.http}/console/#/account/2`);
      await live(page);
      const text = await saved(page, page.getByRole('button', { name: 'Statement JSON' }));
      const lines = JSON.parse(text) as {
        debit: string;
        credit: string;
        credits_less_debits: string;
        transfer: string;
      }[];
      assert.equal(lines[0]!.credits_less_debits, await net(page));
      for (const [i, line] of lines.entries()) {
        const earlier = BigInt(lines[i + 1]?.credits_less_debits ?? 0);
        const moved = BigInt(line.credit || 0) - BigInt(line.debit || 0);
        assert.equal(BigInt(line.credits_less_debits), earlier + moved, line.transfer);
      }
      assert.ok(lines.some(({ transfer }) => transfer === HOLD));
      const csv = await saved(page, page.getByRole('button', { name: 'Statement CSV' }));
      assert.equal(csv.trimEnd().split('\r\n').length, lines.length + 1);
      await page.goto(`${server.http}/console/#/holds`);
      await live(page);
      const holds = JSON.parse(await saved(page, page.getByRole('button', { name: 'JSON' }))) as { id: string }[];
      assert.deepEqual(
        holds.map(({ id }) => id),
        [HOLD],
      );
    }),
  ),
);

test('a view is its address: filters, the time and the account survive a reload and another browser', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page } = await openPage(browser);
      await page.goto(`${server.http}/console/#/transfers`);
      await live(page);
      await page.getByLabel('Ledger', { exact: true }).fill('978');
      await page.getByLabel('Amount from').fill('90,000');
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await page.getByText('all of them').waitFor();
      const rows = await page.locator('tr[data-row]').count();
      const exact = await page
        .locator('td .amount')
        .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.exact));
      assert.ok(rows > 0 && exact.every((value) => BigInt(value!) >= 90_000n));
      const { page: other } = await openPage(browser);
      await other.goto(page.url());
      await other.getByText('all of them').waitFor();
      assert.equal(await other.locator('tr[data-row]').count(), rows);
      // An account as it was before anything happened to it.
      await other.goto(`${server.http}/console/#/account/2?at=2020-01-01`);
      await other.getByText('There is no account with this id.').waitFor();
    }),
  ),
);
