import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chain, isLinked, requestsOf, unitsOf } from '../../src/helpers/chains.ts';
import { type AccountInput, open, TransferFlags, type TransferInput } from '../../src/index.ts';

const { linked, pending, void_pending_transfer } = TransferFlags;
const transfer = (id: bigint, flags = 0): TransferInput => ({
  id,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 1n,
  ledger: 1,
  code: 1,
  flags,
});
const invalid = { code: 'invalid_argument' };

test('all but the last are linked, and keep their flags; what was given stays as it was', () => {
  const given = [transfer(1n, pending), transfer(2n), transfer(3n, pending)];
  const flags = chain(given).map((each) => each.flags);
  assert.deepEqual(flags, [pending | linked, linked, pending]);
  assert.deepEqual(
    given.map((each) => each.flags),
    [pending, 0, pending],
  );
  assert.deepEqual(chain([transfer(1n)]), [transfer(1n)]);
  assert.deepEqual(chain([] as TransferInput[]), []);
});

test('a chain of a chain is the same chain', () => {
  const once = chain([transfer(1n), transfer(2n), transfer(3n)]);
  assert.deepEqual(chain(once), once);
});

test('a void needs no amount in a chain, and accounts make chains as well', async () => {
  await using ledger = await open(':memory:');
  const accounts: AccountInput[] = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
  const made = await ledger.createAccounts(chain(accounts));
  assert.equal(made.length, 2);
  await ledger.createTransfers([transfer(1n, pending)]);
  const replaced = chain([{ id: 2n, pending_id: 1n, flags: void_pending_transfer }, transfer(3n, pending)]);
  await ledger.createTransfers(replaced);
  const [account] = await ledger.lookupAccounts([1n]);
  assert.equal(account!.debits_pending, 1n);
});

test('a last event that is linked is refused: the chain would go on', () => {
  assert.throws(() => chain([transfer(1n), transfer(2n, linked)]), invalid);
  assert.throws(() => requestsOf([transfer(1n), transfer(2n, linked)]), invalid);
});

test('a chain has room for a request, and for no event more', () => {
  const most = Array.from({ length: 8189 }, (_, index) => transfer(BigInt(index + 1)));
  assert.equal(chain(most).length, 8189);
  assert.equal(requestsOf(chain(most)).length, 1);
  assert.throws(() => chain([...most, transfer(8190n)]), { code: 'too_much_data', message: /8190 events/ });
  assert.throws(() => requestsOf(chain([1n, 2n, 3n].map((id) => transfer(id))), 2), { code: 'too_much_data' });
});

test('requests hold every event once, in order, cut no chain, and take no more of them than they must', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 5, max: 12 }), (chains, max) => {
      const events = chains.flatMap((size) => chain(Array.from({ length: size }, () => transfer(1n))));
      const numbered = events.map((event, index) => ({ ...event, id: BigInt(index) }));
      const requests = requestsOf(numbered, max);
      assert.deepEqual(requests.flat(), numbered);
      for (const [index, request] of requests.entries()) {
        assert.ok(request.length > 0 && request.length <= max);
        assert.equal(isLinked(request.at(-1)!), false);
        const next = requests[index + 1];
        if (next === undefined) continue;
        const [[, end]] = [...unitsOf(next)] as [readonly [number, number]];
        assert.ok(request.length + end > max, 'the next chain would have fitted');
      }
    }),
  );
});

test('a size of requests that there is not is refused', () => {
  for (const max of [0, -1, 1.5, 8190, Number.NaN]) assert.throws(() => requestsOf([], max), invalid);
  assert.deepEqual(requestsOf([]), []);
});
