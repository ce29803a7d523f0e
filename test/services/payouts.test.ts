/** Payouts: what is held is posted, voided or given back as the bank says, once, whatever is lost or killed between. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from 'tallystick';
import { audit, type Done, HttpBank, MemoryRecords, type Receipt } from '../../packages/services/src/index.ts';
import { IBAN, PAYEE_IBAN, payout, reached, simulated, street } from '../../packages/services/test/banks.ts';
import { temporaryFolder } from '../support/folders.ts';

const idOf = (receipt: unknown): string => (receipt as Done).id;

test('a payout is held, sent, accepted: the hold is posted when the bank says so, and not before', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const { payments, rails } = await street(ledger, reached(bank));
  const asked = (await payments.payout('p1', payout('Bob', '12.50'))) as Receipt;
  assert.equal(asked.outcome, 'done');
  const id = idOf(asked);
  assert.match(id, /^out_[0-9a-f]{30}$/);
  assert.deepEqual(await payments.payout('p1', payout('Bob', '12.50')), { ...asked, again: true });
  assert.equal((await payments.payouts.view(id)).status, 'held');
  assert.deepEqual(await payments.account('alice', 'EUR').then(({ balance, held }) => [balance, held]), [
    '1000.00',
    '12.50',
  ]);
  const turn = await rails.turn('sepa');
  assert.deepEqual([turn.cut, turn.sent, turn.problems], [1, [1], []]);
  assert.deepEqual(await payments.payouts.view(id).then(({ status, file }) => [status, file]), ['sent', '1']);
  assert.equal((await rails.turn('sepa')).heard, 1);
  assert.equal((await payments.payouts.view(id)).status, 'accepted');
  assert.deepEqual(await payments.account('alice', 'EUR').then(({ balance, held }) => [balance, held]), [
    '987.50',
    '0.00',
  ]);
  assert.deepEqual(await rails.turn('sepa'), { heard: 0, cut: undefined, sent: [], problems: [] });
  assert.deepEqual((await audit(ledger)).problems, []);
  await ledger.close();
});

test('a payout that the bank rejects is free again, and says why', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const { payments, rails } = await street(ledger, reached(simulated()));
  const rejected = idOf(await payments.payout('p1', payout('Reject AC04', '12.50')));
  const paid = idOf(await payments.payout('p2', payout('Bob', '7.50')));
  await rails.turn('sepa');
  assert.deepEqual((await rails.turn('sepa')).problems, []);
  const view = await payments.payouts.view(rejected);
  assert.deepEqual([view.status, view.reason], ['rejected', 'AC04']);
  assert.equal((await payments.payouts.view(paid)).status, 'accepted');
  assert.equal((await payments.account('alice', 'EUR')).available, '992.50');
  await ledger.close();
});

test('a payout is cancelled until it is in a file, and not afterwards', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const { payments, rails } = await street(ledger, reached(simulated()));
  const first = idOf(await payments.payout('p1', payout('Bob', '1.00')));
  const second = idOf(await payments.payout('p2', payout('Bob', '2.00')));
  assert.equal((await payments.payouts.cancel(first)).status, 'cancelled');
  assert.equal((await payments.payouts.cancel(first)).status, 'cancelled');
  const turn = await rails.turn('sepa');
  assert.equal(turn.cut, 1);
  assert.equal((await payments.payouts.cancel(second)).status, 'sent');
  await rails.turn('sepa');
  assert.equal((await payments.payouts.view(second)).status, 'accepted');
  assert.equal((await payments.account('alice', 'EUR')).balance, '998.00');
  await ledger.close();
});

test('whom it pays must be what was asked for: words that were lost or changed pay nobody', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const bank = simulated();
  const { payments, records } = await street(ledger, reached(bank));
  const id = idOf(await payments.payout('p1', payout('Bob', '5.00')));
  const lost = await street(ledger, reached(bank), { records: new MemoryRecords() });
  const turn = await lost.rails.turn('sepa');
  assert.deepEqual([turn.cut, turn.problems.length], [undefined, 1]);
  assert.match(turn.problems[0]!, /is not known any more/);
  const swapped = { get: records.get.bind(records), append: records.append.bind(records) };
  const changed = new Proxy(records, {
    get: (target, name) => {
      if (name !== 'get') return Reflect.get(target, name).bind?.(target);
      return async (ids: readonly string[]) => {
        return (await swapped.get(ids)).map((one) => {
          const body = new TextDecoder().decode(one!.body).replace(PAYEE_IBAN, IBAN);
          return { ...one!, body: new TextEncoder().encode(body) };
        });
      };
    },
  });
  const evil = await street(ledger, reached(bank), { records: changed });
  assert.equal((await evil.rails.turn('sepa')).cut, undefined);
  assert.equal((await payments.payouts.view(id)).status, 'held');
  await ledger.close();
});

test('what no rail can pay is refused by name, and holds nothing', async () => {
  const ledger = await open(':memory:', { mode: 'inline' });
  const { payments } = await street(ledger, reached(simulated()));
  const good = payout('Bob', '1.00');
  const bad: readonly [object, string][] = [
    [{ ...good, to: { name: 'Bob' } }, 'to.iban'],
    [{ ...good, to: { name: 'Bob', iban: 'DE89370400440532013001' } }, 'to.iban'],
    [{ ...good, to: { name: 'Bob', iban: PAYEE_IBAN, bic: 'x' } }, 'to.bic'],
    [{ ...good, to: { name: 'Bob', iban: PAYEE_IBAN, account: '1' } }, 'to.account'],
    [{ ...good, to: { name: 'Bob\u0000', iban: PAYEE_IBAN } }, 'to.name'],
    [{ ...good, reference: 'x'.repeat(141) }, 'reference'],
    [{ ...good, asset: 'USD' }, 'asset'],
    [{ ...good, amount: '1.001' }, 'amount'],
    [{ ...good, rail: 'internal' }, 'to.account'],
  ];
  for (const [request, field] of bad) {
    await assert.rejects(payments.payout('b', request as never), { code: 'invalid_argument', field });
  }
  await assert.rejects(payments.payout('b', { ...good, rail: 'swift' }), { code: 'not_found' });
  assert.equal((await payments.account('alice', 'EUR')).held, '0.00');
  const inside = { ...good, rail: 'internal', to: { name: 'Bob', account: 'bob' } };
  const done = await payments.payout('i', inside);
  assert.equal((await payments.payouts.view(idOf(done))).status, 'settled');
  assert.equal((await payments.account('bob', 'EUR')).balance, '1.00');
  await ledger.close();
});

/** The bank as a process. */
async function bankProcess(folder: string, ...more: string[]): Promise<{ child: ChildProcess; url: string }> {
  const main = join(import.meta.dirname, '..', '..', 'packages', 'services', 'src', 'bank', 'main.js');
  const args = [main, folder, '--iban', IBAN, '--day', '2026-12-01', '--balance', '100000.00', ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout!) {
    said += String(chunk);
    const url = /http:\S+/.exec(said)?.[0];
    if (url !== undefined) return { child, url };
  }
  throw new Error(`the bank has ended: ${said}`);
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

test('a bank that loses answers and is killed between pays everybody once', async () => {
  const folder = temporaryFolder();
  const ledger = await open(':memory:', { mode: 'inline' });
  // Every answer to a file is lost: what was asked for is done, and nobody hears of it.
  let { child, url } = await bankProcess(folder, '--lose-every', '1');
  const records = new MemoryRecords();
  const first = await street(ledger, new HttpBank(url), { records }, { askAgainMs: 0 });
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(idOf(await first.payments.payout(`p${n}`, payout('Bob', `${n + 1}.00`))));
  const turn = await first.rails.turn('sepa');
  assert.deepEqual([turn.cut, turn.sent], [1, []]);
  assert.match(turn.problems[0]!, /nobody knows whether the bank has file 1/);
  await kill(child);
  ({ child, url } = await bankProcess(folder));
  // Whoever comes next has nothing but the ledger and the words.
  const next = await street(ledger, new HttpBank(url), { records }, { askAgainMs: 0 });
  for (let n = 0; n < 3; n++) await next.rails.turn('sepa');
  for (const id of ids) assert.equal((await next.payments.payouts.view(id)).status, 'accepted');
  const advanced = await fetch(`${url}/advance`, { method: 'POST', body: '{"days": 1}' });
  const { balance, paid } = (await advanced.json()) as { readonly balance: string; readonly paid: object };
  assert.deepEqual([balance, Object.values(paid)], ['99994.00', ['1.00', '2.00', '3.00']]);
  assert.deepEqual((await audit(ledger)).problems, []);
  await kill(child);
  await ledger.close();
});
