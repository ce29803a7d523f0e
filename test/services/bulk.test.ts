/** Many payments in one request: each for itself, up to the first refusal, or all or none; again, it tells the same. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { Ledger } from 'tallystick';
import {
  audit,
  type BulkReceipt,
  type BulkRequest,
  MemoryRecords,
  Payments,
  type PaymentsOptions,
} from '../../packages/services/src/index.ts';
import { cents, lasting } from '../../packages/services/test/driver.ts';
import {
  embedded,
  type Fate,
  flaky,
  insist,
  type Place,
  town,
  twoShards,
} from '../../packages/services/test/ledgers.ts';

let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  ends = [];
});

async function opened(place: Place): Promise<{ readonly ledger: Ledger; readonly payments: Payments }> {
  const ledger = await place.open();
  ends.push(
    () => place.end(),
    () => ledger.close(),
  );
  return { ledger, payments: await town(ledger, { records: new MemoryRecords() }) };
}

const list = (...amounts: string[]): BulkRequest['payments'] =>
  amounts.map((amount, index) => ({ key: `k${index}`, from: 'alice', to: 'shop', asset: 'EUR', amount }));
const outcomes = (receipts: readonly BulkReceipt[]): string[] =>
  receipts.map((receipt) => ('code' in receipt ? receipt.code : receipt.outcome));
const balance = async (payments: Payments, name: string): Promise<string> =>
  (await payments.account(name, 'EUR')).balance;
const told = (receipts: readonly BulkReceipt[]): object[] => receipts.map((receipt) => lasting(receipt as never));

for (const place of [() => embedded, twoShards]) {
  describe(`bulk: ${place().name}`, () => {
    test('each for itself: what is refused stops nobody', async () => {
      const { ledger, payments } = await opened(place());
      const request = { mode: 'independent', payments: list('600.00', '500.00', '400.00', '0.01') } as const;
      const first = await payments.bulk(request);
      assert.deepEqual(outcomes(first), ['done', 'insufficient_funds', 'done', 'insufficient_funds']);
      assert.deepEqual(told(await payments.bulk(request)), told(first), 'the same is told again');
      const alone = await payments.pay('k0', { from: 'alice', to: 'shop', asset: 'EUR', amount: '600.00' });
      assert.ok(alone.outcome === 'done' && alone.again, 'a key is one key, alone or among many');
      assert.equal(await balance(payments, 'shop'), '1000.00');
      assert.deepEqual((await audit(ledger)).problems, []);
    });

    test('up to the first that is refused: the keys behind it are free', async () => {
      const { payments } = await opened(place());
      const request = { mode: 'stop', payments: list('600.00', '500.00', '400.00') } as const;
      assert.deepEqual(outcomes(await payments.bulk(request)), ['done', 'insufficient_funds', 'skipped']);
      assert.deepEqual(outcomes(await payments.bulk(request)), ['done', 'insufficient_funds', 'skipped']);
      const later = await payments.pay('k2', { from: 'alice', to: 'shop', asset: 'EUR', amount: '400.00' });
      assert.equal(later.outcome, 'done');
    });

    test('all or none', async () => {
      const { ledger, payments } = await opened(place());
      const none = { mode: 'all', payments: list('600.00', '500.00', '400.00') } as const;
      assert.deepEqual(outcomes(await payments.bulk(none)), ['skipped', 'insufficient_funds', 'skipped']);
      assert.deepEqual(outcomes(await payments.bulk(none)), ['skipped', 'insufficient_funds', 'skipped']);
      assert.equal(await balance(payments, 'shop'), '0.00');
      const renamed = list('600.00', '300.00', '100.00').map((one) => ({ ...one, key: `all-${one.key}` }));
      const all = { mode: 'all', payments: renamed } as const;
      const first = await payments.bulk(all);
      assert.deepEqual(outcomes(first), ['done', 'done', 'done']);
      assert.deepEqual(told(await payments.bulk(all)), told(first));
      assert.equal(await balance(payments, 'shop'), '1000.00');
      assert.deepEqual((await audit(ledger)).problems, []);
    });
  });
}

test('a thousand by chance, over lost requests and lost answers, are each done once', async () => {
  const { ledger, payments } = await opened(embedded);
  let n = 0;
  // What an attempt has come to is kept, so each comes further than the one before.
  const fate = (): Fate => {
    n++;
    if (n === 2) return 'lost';
    if (n === 4 || n % 97 === 0) return 'unanswered';
    return 'answered';
  };
  const through = payments.through(flaky(ledger, fate));
  const amounts = Array.from({ length: 1000 }, (_, index) => 1n + ((BigInt(index) * 7919n) % 150n));
  const request = { mode: 'independent', payments: list(...amounts.map(cents)) } as const;
  const receipts = await insist(() => through.bulk(request));
  let [left, paid] = [100_000n, 0n];
  for (const [index, receipt] of receipts.entries()) {
    const isDone = amounts[index]! <= left;
    assert.equal(receipt.outcome, isDone ? 'done' : 'refused', `payment ${index}`);
    if (!isDone) continue;
    left -= amounts[index]!;
    paid += amounts[index]!;
  }
  assert.equal(await balance(payments, 'shop'), cents(paid));
  assert.deepEqual((await audit(ledger)).problems, []);
});

test('controls look at each: limits, people and declined payments among many', async () => {
  const { ledger, payments } = await opened(embedded);
  const controls = {
    limits: [{ kind: 'customer', asset: 'EUR', per: 'day', amount: '300.00' }],
    review: [{ asset: 'EUR', from: '200.00' }],
  } as const satisfies PaymentsOptions['controls'];
  const score = { score: () => ({ points: 0, reasons: [] }), reviewFrom: 50 };
  const guarded = new Payments(ledger, { records: new MemoryRecords(), controls, score }).as('maria');
  const request = { mode: 'independent', payments: list('100.00', '200.00', '0.01') } as const;
  assert.deepEqual(outcomes(await guarded.bulk(request)), ['done', 'review', 'day_limit_exceeded']);
  const odd = {
    ...score,
    score: ({ payers }: { payers: readonly { amount: string }[] }) => ({
      points: payers[0]!.amount === '6.66' ? 99 : 0,
      reasons: [],
    }),
    declineFrom: 90,
  };
  const watched = new Payments(ledger, { records: new MemoryRecords(), score: odd });
  const some = list('1.00', '6.66', '2.00').map((one) => ({ ...one, key: `odd-${one.key}` }));
  assert.deepEqual(outcomes(await watched.bulk({ mode: 'all', payments: some })), ['skipped', 'declined', 'skipped']);
  assert.deepEqual(outcomes(await watched.bulk({ mode: 'independent', payments: some })), ['done', 'declined', 'done']);
  assert.equal(await balance(payments, 'shop'), '103.00');
});

test('what cannot be is refused before anything is done', async () => {
  const { payments } = await opened(embedded);
  const good = list('1.00')[0]!;
  const bad: readonly [string, unknown][] = [
    ['mode', { mode: 'some', payments: [good] }],
    ['payments', { mode: 'all', payments: [] }],
    ['payments', { mode: 'all', payments: Array.from({ length: 1001 }, () => good) }],
    ['payments[0].key', { mode: 'all', payments: [{ ...good, key: undefined }] }],
    ['payments[1].key', { mode: 'all', payments: [good, good] }],
    ['payments[0].amout', { mode: 'all', payments: [{ ...good, amout: '1.00' }] }],
    ['payments[0].dry_run', { mode: 'all', payments: [{ ...good, dry_run: true }] }],
  ];
  for (const [field, request] of bad) {
    await assert.rejects(payments.bulk(request as BulkRequest), { code: 'invalid_argument', field });
  }
  assert.equal(await balance(payments, 'shop'), '0.00');
});
