/** Text that others wrote is text; and the page is where a proxy puts it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ConsoleServer, main, openPage, skip, withBrowser, withFolder, withServer } from './browser.ts';

const SCRIPT = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>"\'>';

/** Names of hledger may be anything with single spaces. */
const NAME = 'expenses:<img src=x onerror="window.hit=1"><script>window.hit=1</script>';

function importBook(folder: string): void {
  const book = `${folder}.journal`;
  writeFileSync(book, `2026-01-31 lunch\n    ${NAME}  12.50 "<b>EUR"\n    assets:cash\n`);
  const { status, stderr } = spawnSync(process.execPath, [main, 'import', book, '--into', folder], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

test('what looks like a script in names, addresses, fields and settings is shown, and never run', { skip }, () =>
  withFolder((folder) =>
    withBrowser(async (browser) => {
      importBook(folder);
      const server = await ConsoleServer.start(folder);
      try {
        const { page, misdeeds } = await openPage(browser);
        const encoded = encodeURIComponent(SCRIPT);
        const [{ id }] = (await server.post('query_accounts', [{ code: 5, limit: 1 }])) as [{ id: string }];
        const account = `account/${id}`;
        const addresses = ['', 'accounts', account, 'transfers', 'books', 'settings', `new/transfer?debit=${id}`];
        for (const address of [
          ...addresses,
          `find?q=${encoded}`,
          `account/${encoded}`,
          `transfer/${encoded}`,
          encoded,
        ]) {
          await page.goto(`${server.http}/console/#/${address}`);
          await page.waitForFunction(() => document.querySelector('.loading, [aria-busy="true"]') === null);
          assert.equal(await page.evaluate(() => (globalThis as { hit?: number }).hit), undefined, address);
          assert.equal(await page.locator('main img').count(), 0, address);
        }
        await page.goto(`${server.http}/console/#/${account}`);
        await page.getByRole('heading', { name: NAME }).waitFor();
        assert.deepEqual(misdeeds.seen, []);
      } finally {
        await server.end('SIGKILL');
      }
    }),
  ),
);

/** A proxy that serves the server below `/ledger/`, and asks it under its own name. */
function proxyTo(base: string): Promise<Server> {
  const target = new URL(base);
  const server = createServer((asked, response) => {
    if (!asked.url!.startsWith('/ledger/')) {
      response.writeHead(404).end('no');
      return;
    }
    const path = asked.url!.slice('/ledger'.length);
    const { hostname, port } = target;
    const headers = { ...asked.headers, host: target.host };
    const sent = request({ hostname, port, path, method: asked.method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => response.destroy());
    asked.pipe(sent);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

test('below a path of a proxy everything works as it does without one, sessions and writes included', { skip }, () =>
  withServer(
    (server) =>
      withBrowser(async (browser) => {
        const proxy = await proxyTo(server.http);
        try {
          const base = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/ledger/console`;
          const { page, misdeeds } = await openPage(browser);
          await page.goto(base);
          await page.getByLabel('API key or token').fill(TOKEN);
          await page.getByRole('button', { name: 'Sign in' }).click();
          await page.getByText('All is well').waitFor();
          const [cookie] = await page.context().cookies();
          assert.equal(cookie?.path, '/ledger/console');
          await page.getByText('Live', { exact: true }).waitFor();
          await page.goto(`${base}/#/new/account`);
          await page.locator('[name="ledger"]').fill('978');
          await page.locator('[name="code"]').fill('7');
          await page.getByRole('button', { name: 'Preview' }).click();
          await page.getByRole('button', { name: 'Do it' }).click();
          await page.locator('[data-state="done"]').waitFor();
          assert.deepEqual(misdeeds.seen, []);
        } finally {
          proxy.closeAllConnections();
          proxy.close();
        }
      }),
    ['--tokens-static', TOKEN, '--tokens-static-role', 'write'],
  ),
);

const TOKEN = 'a-token-of-sixteen-characters-and-more';
