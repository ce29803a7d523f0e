/**
 * Testing code that moves money: a ledger in memory opens in milliseconds, is copied for every test, and its clock is
 * yours. Run it with `node --test dist/examples/test-suite.js`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTransferStatus, id, type Ledger, open, TransferFlags } from 'tallystick';

const SECOND = 1_000_000_000n;
const [guest, hotel] = [id(), id()];

/** The code under test: any `Ledger` will do, in memory or in a folder. */
async function reserve(ledger: Ledger, amount: bigint, seconds: number): Promise<bigint> {
  const hold = id();
  const [result] = await ledger.createTransfers([
    {
      id: hold,
      debit_account_id: guest,
      credit_account_id: hotel,
      amount,
      ledger: 978,
      code: 1,
      flags: TransferFlags.pending,
      timeout: seconds,
    },
  ]);
  assert.equal(result!.status, CreateTransferStatus.created);
  return hold;
}

// What every test starts from, made once. The clock stands still, so that timestamps are the same in every run.
const fixture = await open(':memory:', { now: 1_700_000_000n * SECOND });
await fixture.createAccounts([
  { id: guest, ledger: 978, code: 1 },
  { id: hotel, ledger: 978, code: 2 },
]);

test('a reservation holds the money', async () => {
  await using ledger = fixture.fork();
  await reserve(ledger, 300_00n, 3600);
  const [account] = await ledger.lookupAccounts([guest]);
  assert.equal(account!.debits_pending, 300_00n);
});

test('an hour later it is free again, and nobody waited for an hour', async () => {
  await using ledger = fixture.fork();
  const hold = await reserve(ledger, 300_00n, 3600);
  // A nanosecond for each event so far, and a timeout counts from its own: go a second further.
  await ledger.advance(3601n * SECOND);
  const [account] = await ledger.lookupAccounts([guest]);
  assert.equal(account!.debits_pending, 0n);

  const [late] = await ledger.createTransfers([
    {
      id: id(),
      debit_account_id: guest,
      credit_account_id: hotel,
      pending_id: hold,
      amount: 300_00n,
      ledger: 978,
      code: 1,
      flags: TransferFlags.post_pending_transfer,
    },
  ]);
  assert.equal(late!.status, CreateTransferStatus.pending_transfer_expired);
});

test('what one test does, no other test sees', async () => {
  await using ledger = fixture.fork();
  const [account] = await ledger.lookupAccounts([guest]);
  assert.equal(account!.debits_pending, 0n);
});
