/** A payment waits, and somebody else decides it by key alone; the gateway's tenants are shown to its operator. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ConsoleServer, main, openPage, skip, violations, withBrowser, withFolder } from './browser.ts';

const CONTROLS = { review: [{ asset: 'EUR', from: '100.00', approvals: 1 }] };
const GATEWAY = {
  plans: { standard: { asset: 'EUR', prices: [{ each: '0.10' }] } },
  tenants: [{ number: 7, name: 'north', plan: 'standard' }],
};

function keyFor(file: string, subject: string, role: string): string {
  const args = [main, 'identity', 'create-key', file, '--subject', subject, '--role', role];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

class Caller {
  readonly #base: string;
  readonly #key: string;

  constructor(base: string, key: string) {
    this.#base = base;
    this.#key = key;
  }

  async ask<T>(path: string, body?: object): Promise<T> {
    const headers = {
      authorization: `Bearer ${this.#key}`,
      'content-type': 'application/json',
      'idempotency-key': JSON.stringify([path, body]),
    };
    const asked = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.#base}/v1/payments${path}`, asked);
    const text = await response.text();
    assert.ok(response.ok, text);
    return JSON.parse(text) as T;
  }
}

async function signIn(page: Page, base: string, key: string, place: string): Promise<void> {
  await page.goto(`${base}/console/#/${place}`);
  await page.getByLabel('API key or token').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function withServices(run: (base: string, keys: { [subject: string]: string }) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    mkdirSync(folder, { recursive: true });
    const file = (name: string): string => join(folder, name);
    writeFileSync(file('controls.json'), JSON.stringify(CONTROLS));
    writeFileSync(file('gateway.json'), JSON.stringify(GATEWAY));
    const keys = Object.fromEntries(
      [
        ['maria', 'write'],
        ['jan', 'write'],
        ['olga', 'admin'],
        ['rita', 'read'],
      ].map(([subject, role]) => [subject, keyFor(file('identity.json'), subject!, role!)]),
    );
    const services = ['--services', 'payments,gateway', '--payments-controls', file('controls.json')];
    const known = ['--gateway-file', file('gateway.json'), '--identity-file', file('identity.json')];
    const server = await ConsoleServer.start(':memory:', [...services, ...known]);
    try {
      await run(server.http, keys);
    } finally {
      await server.end('SIGKILL');
    }
  });
}

test(
  'by key alone: who asked for a payment may not approve it, somebody else does, and the money moves',
  { skip },
  () =>
    withServices((base, { maria, jan, olga, rita }) =>
      withBrowser(async (browser) => {
        const asking = new Caller(base, maria!);
        for (const kind of ['bank', 'customer', 'merchant'])
          await asking.ask('/accounts', { name: kind, asset: 'EUR', kind });
        const filling = { from: 'bank', to: 'customer', asset: 'EUR', amount: '99.00' };
        for (const description of ['one', 'two', 'three']) await asking.ask('', { ...filling, description });
        const order = { from: 'customer', to: 'merchant', asset: 'EUR', amount: '150.00' };
        const { payment, outcome } = await asking.ask<{ payment: string; outcome: string }>('', order);
        assert.equal(outcome, 'review');

        const own = await openPage(browser);
        await signIn(own.page, base, maria!, `payment/${payment}?do=approve`);
        await own.page.getByRole('button', { name: 'Do it' }).press('Enter');
        await own.page.locator('[data-state="refused"]').waitFor();
        await own.page.context().close();

        const { page, misdeeds } = await openPage(browser);
        await signIn(page, base, jan!, 'queue');
        await page.locator('tr[data-row="0"]').getByText('0 of 1').waitFor();
        assert.deepEqual(await violations(page), []);
        await page.locator('.rows').focus();
        await page.keyboard.press('j');
        await page.keyboard.press('a');
        await page.getByText('You approve in your own name').waitFor();
        assert.deepEqual(await violations(page), []);
        await page.getByRole('button', { name: 'Do it' }).press('Enter');
        await page.locator('[data-state="done"]').waitFor();
        await page.keyboard.press('g');
        await page.keyboard.press('q');
        await page.getByText('0, all of them').waitFor();
        const view = await asking.ask<{ status: string; paid: string }>(`/${payment}`);
        assert.deepEqual([view.status, view.paid], ['paid', '150.00']);
        assert.equal(await page.getByRole('link', { name: 'Tenants' }).count(), 0, 'that is for the operator');
        assert.deepEqual(misdeeds.seen, []);
        await page.context().close();

        const looking = await openPage(browser);
        await signIn(looking.page, base, rita!, 'queue');
        await looking.page.getByRole('heading', { name: 'Approvals' }).waitFor();
        assert.equal(await looking.page.getByText('Decide').count(), 0, 'a reader decides nothing');
        await looking.page.context().close();

        const operating = await openPage(browser);
        await signIn(operating.page, base, olga!, 'tenants');
        await operating.page.getByRole('link', { name: 'north' }).click();
        await operating.page.getByText('Payments in 20').waitFor();
        assert.deepEqual(await violations(operating.page), []);
        assert.deepEqual(operating.misdeeds.seen, []);
      }),
    ),
);
