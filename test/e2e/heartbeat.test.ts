/** A server whose disk hangs or whose threads end: it says so, and it ends when it is told to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../support/access.ts';
import { Sabotage } from '../support/sabotage.ts';
import { enter, ServedDoors } from '../support/served-doors.ts';

const skip = process.platform === 'linux' ? false : 'files are told apart by /proc';
const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true }));

async function start(name: string, args: readonly string[] = []): Promise<{ server: ServedDoors; sabotage: Sabotage }> {
  const sabotage = new Sabotage(join(folder, `${name}.sabotage`));
  return { server: await ServedDoors.start(join(folder, name), args, sabotage.environment), sabotage };
}

const asked = async (server: ServedDoors, path: string): Promise<{ status: number; stuck?: readonly string[] }> => {
  const response = await fetch(`${server.urls.metrics}${path}`);
  return { status: response.status, ...((await response.json()) as object) };
};

const account = (id: bigint) => [{ id, ledger: 1, code: 1 }];

test('a disk that does not answer: not ready within 5 s, named in the log, and SIGTERM ends the server', {
  skip,
  timeout: 60_000,
}, async () => {
  const { server, sabotage } = await start('hang', ['--limits-drain', '500ms']);
  const ledger = await enter('native', server.urls.native);
  await ledger.createAccounts(account(1n));
  assert.equal((await asked(server, '/ready')).status, 200);
  sabotage.begin('hang');
  const hung = performance.now();
  ledger.createAccounts(account(2n)).catch(() => {});
  while ((await asked(server, '/ready')).status === 200) await sleep(100);
  const seconds = (performance.now() - hung) / 1000;
  assert.ok(seconds < 5.5, `${seconds} s`);
  assert.deepEqual((await asked(server, '/ready')).stuck, ['journal']);
  assert.equal((await asked(server, '/live')).status, 200);
  assert.match(server.log(), /"level":"error".*"thread":"journal".*does not move/);
  server.child.kill('SIGTERM');
  const [code, signal] = (await once(server.child, 'exit')) as [number | null, string | null];
  assert.deepEqual([code, signal], [null, 'SIGALRM']);
  assert.match(server.log(), /"level":"fatal".*"threads":\["journal"\].*cannot end by itself/);
  await ledger.close();
});

for (const [thread, name] of ['machine', 'journal', 'builder'].entries()) {
  test(`the ${name} thread ends without a word: the server ends with 2, and says which`, {
    skip,
    timeout: 60_000,
  }, async () => {
    const { server, sabotage } = await start(`ends-${name}`);
    const ledger = await enter('native', server.urls.native);
    await ledger.createAccounts(account(1n));
    sabotage.aim(thread);
    server.child.kill('SIGUSR2');
    const [code] = (await once(server.child, 'exit')) as [number | null];
    assert.equal(code, 2);
    assert.match(server.log(), new RegExp(`the ${name} thread has ended by itself`));
    await ledger.close();
  });
}

test('a run for which the disk has no room is made when there is some, and the ledger goes on', {
  skip,
  timeout: 120_000,
}, async () => {
  const { server, sabotage } = await start('full');
  sabotage.begin('full');
  const ledger = await enter('native', server.urls.native);
  await ledger.createAccounts([...account(1n), ...account(2n)]);
  const count = 2 ** 20 + 8000;
  for (let done = 0; done < count; done += 8000) {
    const ids = Array.from({ length: 8000 }, (_, index) => BigInt(1 + done + index));
    const transfer = { debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
    await ledger.createTransfers(ids.map((id) => ({ id, ...transfer })));
  }
  await sleep(500);
  const runs = (): string[] => readdirSync(join(folder, 'full', 'runs')).filter((file) => file.endsWith('.run'));
  assert.deepEqual(runs(), []);
  assert.equal((await ledger.lookupTransfers([1n, BigInt(count)])).length, 2);
  sabotage.end('full');
  while (runs().length === 0) await sleep(50);
  assert.equal((await ledger.lookupTransfers([1n, BigInt(count)])).length, 2);
  await ledger.close();
  assert.equal(await server.end(), 0);
});
