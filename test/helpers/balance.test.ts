import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { balanceOf, postedAt, type Side } from '../../src/helpers/balance.ts';
import { type Account, AccountFlags, CreateTransferStatus, id, open, TransferFlags } from '../../src/index.ts';

const { debits_must_not_exceed_credits, credits_must_not_exceed_debits, history } = AccountFlags;
const { pending } = TransferFlags;
const invalid = { code: 'invalid_argument' };

/** A ledger with an account of each kind (1 and 2), and one without a rule (9). */
async function bank() {
  const ledger = await open(':memory:');
  await ledger.createAccounts([
    { id: 1n, ledger: 1, code: 1, flags: debits_must_not_exceed_credits | history },
    { id: 2n, ledger: 1, code: 1, flags: credits_must_not_exceed_debits | history },
    { id: 9n, ledger: 1, code: 1 },
  ]);
  const move = async (from: bigint, to: bigint, amount: bigint, flags = 0): Promise<string> => {
    const event = { id: id(), debit_account_id: from, credit_account_id: to, amount, ledger: 1, code: 1, flags };
    const [result] = await ledger.createTransfers([event]);
    return CreateTransferStatus[result!.status]!;
  };
  return { ledger, move };
}

test('the balance is that of the side on which the account grows', async () => {
  const { ledger, move } = await bank();
  await move(9n, 1n, 100n);
  await move(1n, 9n, 30n);
  await move(1n, 9n, 20n, pending);
  await move(9n, 1n, 5n, pending);
  await move(2n, 9n, 100n);
  await move(9n, 2n, 30n);
  await move(9n, 2n, 20n, pending);
  await move(2n, 9n, 5n, pending);
  const [credit, debit, none] = await ledger.lookupAccounts([1n, 2n, 9n]);
  const expected = { posted: 70n, pendingIn: 5n, pendingOut: 20n, available: 50n };
  assert.deepEqual(balanceOf(credit), expected);
  assert.deepEqual(balanceOf(debit), expected);
  assert.deepEqual(balanceOf(credit, 'credit'), expected);
  assert.equal(balanceOf(credit, 'debit').posted, -70n);
  assert.throws(() => balanceOf(none), invalid);
  assert.equal(balanceOf(none, 'debit').posted, 0n);
  await ledger.close();
});

test('what is available can be moved to the last unit, and no unit more, whatever happened before', async () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.bigInt({ min: 0n, max: 50n })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(moves, fc.constantFrom(1n, 2n), async (made, account) => {
      const { ledger, move } = await bank();
      const out = (amount: bigint, flags = 0) =>
        account === 1n ? move(1n, 9n, amount, flags) : move(9n, 2n, amount, flags);
      const inward = (amount: bigint, flags = 0) =>
        account === 1n ? move(9n, 1n, amount, flags) : move(2n, 9n, amount, flags);
      for (const [comes, holds, amount] of made) await (comes ? inward : out)(amount, holds ? pending : 0);
      const { available } = balanceOf((await ledger.lookupAccounts([account]))[0]);
      assert.match(await out(available + 1n), /^exceeds_/);
      assert.equal(await out(available), 'created');
      await ledger.close();
    }),
    { numRuns: 40 },
  );
});

test('balances of the past are read the same way, by the side that is given', async () => {
  const { ledger, move } = await bank();
  await move(9n, 1n, 100n);
  await move(1n, 9n, 30n);
  const balances = await ledger.getAccountBalances({ account_id: 1n });
  assert.deepEqual(
    balances.map((each) => balanceOf(each, 'credit').posted),
    [100n, 70n],
  );
  await ledger.close();
});

test('an account that was not found, and a side that there is not, are refused', () => {
  assert.throws(() => balanceOf(undefined), { ...invalid, message: /not found/ });
  assert.throws(() => balanceOf({ flags: 0 } as Account, 'left' as Side), invalid);
});

test('what was posted at a time is what the account had then, to the nanosecond', async () => {
  const { ledger, move } = await bank();
  await move(9n, 1n, 100n);
  await move(1n, 9n, 20n, pending);
  await move(1n, 9n, 30n);
  const [first, , third] = await ledger.getAccountBalances({ account_id: 1n });
  const [early, late] = [first!.timestamp, third!.timestamp];
  const times = [0n, early - 1n, early, late - 1n, late, late + 1n];
  const posted = await Promise.all(times.map((time) => postedAt(ledger, 1n, time)));
  assert.deepEqual(posted, [0n, 0n, 100n, 100n, 70n, 70n]);
  assert.equal(await postedAt(ledger, 1n, late, 'debit'), -70n);
  await ledger.close();
});

test('an account that keeps no history, has no side or is not there has no past', async () => {
  const { ledger } = await bank();
  await assert.rejects(postedAt(ledger, 9n, 5n), { ...invalid, message: /side/ });
  await assert.rejects(postedAt(ledger, 9n, 5n, 'debit'), { ...invalid, message: /history/ });
  await assert.rejects(postedAt(ledger, 8n, 5n), { ...invalid, message: /not found/ });
  await assert.rejects(postedAt(ledger, 1n, -1n), invalid);
  await ledger.close();
});
