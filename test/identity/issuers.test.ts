/** Tokens of real issuers, whose keys are where they say: at every door, with new keys, and when they are down. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../support/access.ts';
import { doorNames, enter, outcome, ServedDoors, welcome } from '../support/served-doors.ts';
import { issuerKinds, type RealIssuer } from './issuers.ts';

async function served(folder: string, { url, roleClaim }: RealIssuer): Promise<ServedDoors> {
  const file = join(folder, 'identity.json');
  writeFileSync(file, JSON.stringify({ version: 1, tenants: { north: 7 } }));
  writeFileSync(`${file}.pepper`, 'a pepper of the test', { mode: 0o600 });
  return ServedDoors.start(':memory:', [
    ...['--tokens-issuer', url, '--tokens-audience', 'tallystick', '--tokens-role-claim', roleClaim],
    ...['--tokens-tenant-claim', 'org', '--identity-file', file],
  ]);
}

/** Every door's answer to a reader, and to somebody who creates in a ledger of the tenant. */
async function welcomed(server: ServedDoors, token: string, id: bigint): Promise<string[]> {
  const answers: string[] = [];
  for (const [index, door] of doorNames.entries()) {
    const came = await outcome(async () => {
      const ledger = await enter(door, server.urls[door], { token });
      await ledger.createAccounts([{ id: id + BigInt(index), ledger: 7 * 4096 + 840, code: 1 }]);
      await ledger.close();
    });
    answers.push(came);
  }
  return answers;
}

for (const { name, skip, start } of issuerKinds) {
  test(`${name}: discovery, audience, roles, tenants, new keys, and an issuer that is down`, { skip }, async (t) => {
    const folder = temporaryFolder();
    const issuer = await start();
    t.after(async () => {
      await issuer.stop().catch(() => {});
      rmSync(folder, { recursive: true });
    });
    const server = await served(folder, issuer);
    t.after(() => server.end());
    const all = (answer: string): string[] => doorNames.map(() => answer);

    const first = await issuer.token('payments');
    assert.deepEqual(await welcomed(server, first, 100n), all('ok'));
    // A tenant of its own: nothing of ledger 1.
    assert.deepEqual((await welcome('http', server.urls.http, { token: first }, 1n))[1], 'forbidden');
    for (const client of ['elsewhere', 'nobody']) {
      assert.deepEqual(await welcomed(server, await issuer.token(client), 200n), all('unauthenticated'), client);
    }
    const log = server.log();
    assert.match(log, /\\"aud\\" claim/);
    assert.match(log, /names no (role|tenant)/);

    await issuer.rotate();
    await sleep(1100);
    const second = await issuer.token('payments');
    assert.deepEqual(await welcomed(server, second, 300n), all('ok'));
    assert.deepEqual(await welcomed(server, first, 400n), all('unauthenticated'));

    await issuer.stop();
    await sleep(1100);
    assert.deepEqual(await welcomed(server, second, 500n), all('ok'));
    assert.deepEqual(await welcomed(server, first, 600n), all('unauthenticated'));
  });
}
