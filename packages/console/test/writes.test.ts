/** Money moves once, whatever breaks between the click and the answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { ConsoleServer, openPage, skip, violations, withBrowser, withFolder, withServer } from './browser.ts';
import { fill, HOLD } from './filled.ts';

interface Account {
  readonly debits_posted: string;
}

async function preview(page: Page, base: string, address: string): Promise<void> {
  await page.goto(`${base}/console/#/${address}`);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: 'Do it' }).waitFor();
}

async function twoAccounts(server: ConsoleServer): Promise<void> {
  await server.post('accounts', [
    { id: '1', ledger: 840, code: 1 },
    { id: '2', ledger: 840, code: 1, flags: ['debits_must_not_exceed_credits'] },
  ]);
}

async function debited(server: ConsoleServer): Promise<string> {
  const [account] = await server.post<Account[]>('lookup_accounts', ['1']);
  return account!.debits_posted;
}

/** `done`: whether the ledger has done it before the server dies, or never hears of it. */
for (const done of [true, false]) {
  const what = done ? 'after it was done and before the answer' : 'before the request arrives';
  test(`kill -9 ${what}, then a reload: exactly one transfer`, { skip }, () =>
    withFolder((folder) =>
      withBrowser(async (browser) => {
        let server = await ConsoleServer.start(folder);
        try {
          await twoAccounts(server);
          const { page } = await openPage(browser);
          await preview(page, server.http, 'new/transfer?debit=1&credit=2&amount=1250');
          const dying = async (route: Route): Promise<void> => {
            if (done) assert.equal((await route.fetch()).status(), 200);
            await server.end('SIGKILL');
            await route.abort();
          };
          await page.route('**/v1/transfers', dying, { times: 1 });
          await page.getByRole('button', { name: 'Do it' }).click();
          await page.getByText('The outcome is unknown').waitFor();
          server = await ConsoleServer.start(folder, [], server.port);
          await page.reload();
          await page.locator('[data-state="done"]').waitFor({ timeout: 30_000 });
          assert.equal(await debited(server), '1250');
          // Nothing is left to be asked for again.
          await page.reload();
          await page.locator('[data-state="done"]').waitFor();
          assert.equal(await debited(server), '1250');
        } finally {
          await server.end('SIGKILL');
        }
      }),
    ),
  );
}

test('without a reload it asks again by itself, with the same bytes and the same key', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await twoAccounts(server);
      const { page } = await openPage(browser);
      const sent: (string | null | undefined)[] = [];
      await page.route('**/v1/transfers', async (route) => {
        sent.push(`${route.request().headers()['idempotency-key']} ${route.request().postData()}`);
        if (sent.length < 3) await route.abort();
        else await route.continue();
      });
      await preview(page, server.http, 'new/transfer?debit=1&credit=2&amount=5');
      await page.getByRole('button', { name: 'Do it' }).dblclick();
      await page.locator('[data-state="done"]').waitFor({ timeout: 20_000 });
      assert.equal(sent.length, 3);
      assert.equal(new Set(sent).size, 1);
      assert.equal(await debited(server), '5');
    }),
  ),
);

test('a refusal says why and what to do, and what the form would not send says so before', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await twoAccounts(server);
      const { page, misdeeds } = await openPage(browser);
      await page.goto(`${server.http}/console/#/new/transfer?debit=2&credit=77`);
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByText('There is no account with this id.').waitFor();
      await page.getByText('This is needed.').waitFor();
      await preview(page, server.http, 'new/transfer?debit=2&credit=1&amount=5');
      await page.getByText('it exceeds what the account has').waitFor();
      assert.deepEqual(await violations(page), []);
      await page.getByRole('button', { name: 'Do it' }).click();
      await page.getByText('Refused. Nothing was done.').waitFor();
      await page.getByText('The debit account has too little.').waitFor();
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(misdeeds.seen, []);
    }),
  ),
);

test('an account is made, a hold is made of it, posted in part, and the rest is released', { skip }, () =>
  withServer((server) =>
    withBrowser(async (browser) => {
      await fill(server);
      const { page, misdeeds } = await openPage(browser);
      await page.goto(`${server.http}/console/#/new/account`);
      await page.locator('[name="ledger"]').fill('978');
      await page.locator('[name="code"]').fill('7');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('button', { name: 'Do it' }).click();
      await page.getByRole('link', { name: 'Show' }).click();
      await page.getByText('no limit').waitFor();
      await page.goto(`${server.http}/console/#/transfer/${HOLD}`);
      await page.getByRole('link', { name: 'Post' }).click();
      await page.locator('[name="amount"]').fill('4,000');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('button', { name: 'Do it' }).click();
      await page.locator('[data-state="done"]').waitFor();
      const [pending] = await server.post<object[]>('lookup_pendings', [{ id: HOLD }]);
      const { state, amount_posted } = pending as { state: string; amount_posted: string };
      assert.deepEqual({ state, amount_posted }, { state: 'posted', amount_posted: '4000' });
      assert.deepEqual(misdeeds.seen, []);
    }),
  ),
);
