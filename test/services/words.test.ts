/** Words beside money: kept where there are any, of the request that was done, and of nothing else. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { type Ledger, TallystickError } from 'tallystick';
import { MemoryRecords, type Payments, type RecordInput } from '../../packages/services/src/index.ts';
import { embedded, type Fate, flaky, town } from '../../packages/services/test/ledgers.ts';

let ledger: Ledger;
afterEach(() => ledger.close());

const chair = { from: 'alice', to: 'shop', asset: 'EUR', amount: '1.00' } as const;

/** Records that tell what was appended. */
class Watched extends MemoryRecords {
  readonly appended: RecordInput[] = [];

  override append(batch: readonly RecordInput[]): Promise<boolean[]> {
    this.appended.push(...batch);
    return super.append(batch);
  }
}

async function opened(records: MemoryRecords): Promise<Payments> {
  ledger = await embedded.open();
  return town(ledger, { records });
}

async function wordsOf(payments: Payments, told: object): Promise<string | undefined> {
  const view = await payments.payment((told as { readonly payment: string }).payment);
  return 'description' in view ? view.description : undefined;
}

test('a payment without words writes none, and one with words writes them once', async () => {
  const records = new Watched();
  const payments = await opened(records);
  await payments.pay('plain', chair);
  await payments.bulk({ mode: 'independent', payments: [{ key: 'many', ...chair }] });
  assert.deepEqual(records.appended, []);
  const first = await payments.pay('a', { ...chair, description: 'a chair' });
  await payments.pay('a', { ...chair, description: 'a chair' });
  const [second] = await payments.bulk({ mode: 'all', payments: [{ key: 'b', ...chair, description: 'a table' }] });
  assert.deepEqual(
    records.appended.map(({ state, version }) => [state, version]),
    [
      ['closed', 1],
      ['closed', 1],
    ],
  );
  assert.equal(await wordsOf(payments, first), 'a chair');
  assert.equal(await wordsOf(payments, second!), 'a table');
});

test('words of another request under the key are not those of the payment', async () => {
  const payments = await opened(new MemoryRecords());
  const told = await payments.pay('k', chair);
  const other = { ...chair, amount: '2.00', description: 'never done' };
  await assert.rejects(payments.pay('k', other), { code: 'request_reused' });
  assert.equal(await wordsOf(payments, told), undefined);
});

test('words of a mistake give way to those of the request that is done', async () => {
  const payments = await opened(new MemoryRecords());
  let mayWrite = false;
  const guarded = new Proxy(ledger, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      if (name === 'createTransfers' && !mayWrite) return () => Promise.reject(new TallystickError('forbidden'));
      return method.bind(target);
    },
  });
  const through = payments.through(guarded);
  await assert.rejects(through.pay('k', { ...chair, description: 'a char' }), { code: 'forbidden' });
  mayWrite = true;
  assert.equal(await wordsOf(payments, await through.pay('k', { ...chair, description: 'a chair' })), 'a chair');
  assert.equal(await payments.resolve(), 0);
});

test('a payment whose outcome is unknown is finished later, and whoever asks again is told the same', async () => {
  for (const fate of ['lost', 'unanswered'] satisfies Fate[]) {
    const payments = await opened(new MemoryRecords());
    const through = payments.through(flaky(ledger, () => fate));
    for (const [key, words] of [
      ['plain', chair],
      ['told', { ...chair, description: 'a chair' }],
    ] as const) {
      await assert.rejects(through.pay(key, words), { code: 'connection_lost' });
    }
    const told = await payments.pay('told', { ...chair, description: 'a chair' });
    assert.equal(await payments.resolve(), 1, 'what was asked for again is not open any more');
    await payments.idle();
    assert.equal(await payments.resolve(), 0);
    const again = await payments.pay('plain', chair);
    assert.ok(again.outcome === 'done' && again.again);
    assert.equal(await wordsOf(payments, told), 'a chair');
    assert.equal((await payments.account('shop', 'EUR')).balance, '2.00');
    if (fate === 'lost') await ledger.close();
  }
});

test('requests of one turn share a request of the ledger, and each has its own outcome', async () => {
  const payments = await opened(new MemoryRecords());
  let count = 0;
  const through = payments.through(
    flaky(ledger, () => {
      count++;
      return 'answered';
    }),
  );
  const amounts = ['1.00', '5000.00', '2.00', '1.00'];
  const asked = amounts.map((amount, n) => through.pay(n === 3 ? 'k0' : `k${n}`, { ...chair, amount }));
  const told = await Promise.all(asked);
  assert.deepEqual(
    told.map((one) => ('code' in one ? one.code : one.outcome)),
    ['done', 'insufficient_funds', 'done', 'done'],
  );
  assert.ok('again' in told[3]! && told[3].again, 'the same key in the same turn is the same payment');
  // One for the four; another for the refusal.
  assert.equal(count, 2);
});
