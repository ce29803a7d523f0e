/** People sign in at a real issuer, stay signed in beyond the life of a token, and sign out of both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ConsoleServer, openPage, skip, violations, withBrowser } from './browser.ts';
import { freePort, type Issuer, SECRET, skipIssuer, startIssuer } from './oidc.ts';

async function withIssuer(tokenSeconds: number, run: (base: string, issuer: Issuer) => Promise<void>): Promise<void> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}/console/`;
  const issuer = await startIssuer(base, tokenSeconds);
  const tokens = ['--tokens-issuer', issuer.url, '--tokens-audience', 'tallystick'];
  const client = ['--sign-in-client', 'console', '--sign-in-secret', SECRET, '--sign-in-resource', 'urn:tallystick'];
  try {
    const server = await ConsoleServer.start(':memory:', [...tokens, ...client], port);
    try {
      await run(base, issuer);
    } finally {
      await server.end('SIGKILL');
    }
  } finally {
    await issuer.stop();
  }
}

/** At the page of the issuer, which takes any name. */
async function signInAs(page: Page, who: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in with your organization' }).click();
  await page.locator('[name="login"]').fill(who);
  await page.locator('[name="password"]').fill('any');
  await page.locator('button[type="submit"]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test(
  'a person signs in at the issuer, comes back to the view that it asked for, and signs out of both',
  { skip: skip || skipIssuer },
  () =>
    withIssuer(3600, (base) =>
      withBrowser(async (browser) => {
        const { page } = await openPage(browser);
        await page.goto(`${base}#/accounts?ledger=978`);
        await page.getByRole('button', { name: 'Sign in with your organization' }).waitFor();
        assert.deepEqual(await violations(page), []);
        await signInAs(page, 'writer');
        await page.getByRole('heading', { name: 'Accounts' }).waitFor();
        assert.match(page.url(), /#\/accounts\?ledger=978$/);
        await page.getByText('New account').waitFor();
        const cookies = await page.context().cookies(base);
        const own = cookies.filter(({ name }) => name.startsWith('tallystick'));
        assert.deepEqual(
          own.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })),
          [{ name: 'tallystick_console', httpOnly: true, sameSite: 'Strict' }],
        );
        const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
        assert.doesNotMatch(kept, /eyJ|code=/, 'no token and no code is where scripts can read it');
        await page.goto(`${base}#/settings`);
        await page.getByText('writer').first().waitFor();
        await page.getByRole('button', { name: 'Sign out everywhere' }).click();
        await page.getByRole('button', { name: /Yes|Continue/ }).click();
        await page.getByRole('button', { name: 'Sign in with your organization' }).waitFor();
        await page.reload();
        await page.getByRole('button', { name: 'Sign in with your organization' }).waitFor();
      }),
    ),
);

test(
  'who has no role is told so, a reader gets no forms, and a session outlives its token',
  { skip: skip || skipIssuer },
  () =>
    withIssuer(15, (base, issuer) =>
      withBrowser(async (browser) => {
        const stranger = await openPage(browser);
        await stranger.page.goto(`${base}#/`);
        await signInAs(stranger.page, 'stranger');
        await stranger.page.getByText('You were not signed in').waitFor();
        assert.deepEqual(await violations(stranger.page), []);
        await stranger.page.context().close();
        const { page } = await openPage(browser);
        await page.goto(`${base}#/accounts`);
        await signInAs(page, 'reader');
        await page.getByRole('heading', { name: 'Accounts' }).waitFor();
        assert.equal(await page.getByText('New account').count(), 0);
        // The page asks all the while, and hears nothing of the renewal.
        const until = Date.now() + 90_000;
        while (issuer.renewals() === 0 && Date.now() < until) {
          const told = await page.evaluate(async () => (await fetch('v1/identity')).status);
          assert.equal(told, 200);
          await page.waitForTimeout(500);
        }
        const { status } = await page.request.get(`${base}v1/identity`).then((answer) => ({ status: answer.status() }));
        assert.equal(status, 200);
        assert.ok(issuer.renewals() > 0);
      }),
    ),
);
