/** A payment is seen, and given back once: asked without doing first, and the answer lost on its way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConsoleServer, openPage, skip, violations, withBrowser, withServer } from './browser.ts';

async function payments<T>(server: ConsoleServer, path: string, key: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const response = await fetch(`${server.http}/v1/payments${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}

test('a payment is refunded in part, once, though its first answer is lost; too much is refused before', { skip }, () =>
  withServer(
    (server) =>
      withBrowser(async (browser) => {
        for (const kind of ['bank', 'customer', 'merchant']) {
          await payments(server, '/accounts', kind, { name: kind, asset: 'EUR', kind });
        }
        await payments(server, '', 'in', { from: 'bank', to: 'customer', asset: 'EUR', amount: '50.00' });
        const order = { from: 'customer', to: 'merchant', asset: 'EUR', amount: '20.00' };
        const { payment } = await payments<{ payment: string }>(server, '', 'order', order);
        const { page, misdeeds } = await openPage(browser);
        await page.goto(`${server.http}/console/#/find?q=${payment}`);
        await page.getByRole('heading', { name: 'Payment paid' }).waitFor();
        await page.getByRole('button', { name: 'Refund' }).click();
        await page.locator('[name="amount"]').fill('21');
        await page.getByRole('button', { name: 'Preview' }).click();
        await page.getByText('the ledger would refuse this now').waitFor();
        assert.deepEqual(await violations(page), []);
        await page.locator('[name="amount"]').fill('5.00');
        await page.getByRole('button', { name: 'Preview' }).click();
        await page.getByText('the ledger would do this now').waitFor();
        await page.route(
          '**/refunds',
          async (route) => {
            await route.fetch();
            await route.abort();
          },
          { times: 1 },
        );
        await page.getByRole('button', { name: 'Do it' }).click();
        await page.getByText('The outcome is unknown').waitFor();
        await page.reload();
        await page.locator('[data-state="done"]').waitFor();
        await page.getByRole('link', { name: 'Show' }).click();
        await page.getByRole('heading', { name: 'Payment partly refunded' }).waitFor();
        const view = (await (await fetch(`${server.http}/v1/payments/${payment}`)).json()) as { refunded: string };
        assert.equal(view.refunded, '5.00');
        assert.deepEqual(misdeeds.seen, []);
      }),
    ['--services', 'payments'],
  ),
);
