/** Payouts at the doors of a server with the simulated bank behind it: paths, the typed client, what is printed. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkObject } from '../../packages/services/src/base/shape.ts';
import { PaymentsClient } from '../../packages/services/src/client/index.ts';
import { answerShapes } from '../../packages/services/src/http/answers.ts';
import { BankServer, type Done } from '../../packages/services/src/index.ts';
import type { RailAnswer } from '../../packages/services/src/rails/shapes.ts';
import { DAY, EUR, IBAN, payout } from '../../packages/services/test/banks.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const folder = temporaryFolder();
let bank: BankServer;
let at: string;
let served: Served;
let client: PaymentsClient;

async function start(rails: object): Promise<Served> {
  const file = join(folder, 'rails.json');
  writeFileSync(file, JSON.stringify(rails));
  const off = ['--grpc-port', 'off', '--msgpack-port', 'off', '--metrics-port', 'off', '--http-port', '0'];
  const args = ['--services', 'payments', '--payments-rails', file, ...off];
  return Served.start(join(folder, 'books'), { args });
}

const roads = (url: string): object => ({
  rails: [
    { name: 'sepa', asset: 'EUR', format: 'iso20022', nostro: 'bank', own: { name: 'Acme', iban: IBAN }, bank: url },
  ],
});

before(async () => {
  mkdirSync(join(folder, 'bank'));
  const account = { iban: IBAN, asset: EUR };
  bank = await BankServer.open({ account, folder: join(folder, 'bank'), day: DAY, balance: 100_000_00n });
  at = `http://127.0.0.1:${await bank.listen()}`;
  served = await start(roads(at));
  client = new PaymentsClient(served.urls.find((url) => url.startsWith('http'))!);
  await client.openAccount({ name: 'bank', asset: 'EUR', kind: 'bank' });
  await client.openAccount({ name: 'alice', asset: 'EUR', kind: 'customer' });
  await client.pay('opening', { from: 'bank', to: 'alice', asset: 'EUR', amount: '1000.00' });
});
after(async () => {
  await served.end();
  await bank.close();
});

/** The answer, held to its shape. */
function held<T>(name: RailAnswer, answer: T): T {
  for (const one of Array.isArray(answer) ? answer : [answer]) checkObject(answerShapes[name], one, name);
  return answer;
}

async function until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (let n = 0; n < 600; n++) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not happen within a minute');
}

const tell = (path: string, body: object) => fetch(at + path, { method: 'POST', body: JSON.stringify(body) });

test('a payout goes to the bank by itself, and is settled; what nobody can place is assigned', async () => {
  const done = (await client.payout('p1', payout('Bob', '12.50'))) as Done;
  assert.equal(((await client.payout('p1', payout('Bob', '12.50'))) as Done).again, true);
  const view = async () => held('Payout', await client.payoutView(done.id));
  await until(view, ({ status }) => status === 'accepted');
  await tell('/advance', { days: 1 });
  await until(view, ({ status }) => status === 'settled');
  assert.equal(held('Payout', await client.cancelPayout(done.id)).status, 'settled');
  await tell('/credits', { amount: '3.00', reference: 'who knows', party: 'Carol' });
  const [entry] = await until(
    async () => held('Unmatched', await client.unmatched('sepa')),
    (all) => all.length > 0,
  );
  assert.equal(held('Unmatched', await client.assign('sepa', entry!.id, 'alice')).assigned, 'alice');
  assert.equal((await client.account('alice', 'EUR')).balance, '990.50');
  const mail = (await (await fetch(`${at}/messages`)).json()) as readonly { readonly body: string }[];
  assert.equal(mail.length, 0, 'what was done is confirmed');
  await assert.rejects(client.importStatement('sepa', '<x/>'), { code: 'invalid_argument', status: 400 });
  await assert.rejects(client.payoutView(`out_${'0'.repeat(30)}`), { code: 'not_found', status: 404 });
  await assert.rejects(client.unmatched('swift'), { code: 'not_found', status: 404 });
});

test('a server that is killed goes on where it was', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(((await client.payout(`k${n}`, payout('Bob', '1.00'))) as Done).id);
  await served.end('SIGKILL');
  served = await start(roads(at));
  client = new PaymentsClient(served.urls.find((url) => url.startsWith('http'))!);
  for (const id of ids)
    await until(
      () => client.payoutView(id),
      ({ status }) => status === 'accepted',
    );
  await tell('/advance', { days: 1 });
  for (const id of ids)
    await until(
      () => client.payoutView(id),
      ({ status }) => status === 'settled',
    );
  const { paid } = (await (await fetch(`${at}/account`)).json()) as { readonly paid: object };
  assert.deepEqual(Object.values(paid).sort(), ['1.00', '1.00', '1.00', '1.00', '1.00', '12.50']);
});
