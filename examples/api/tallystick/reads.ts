import {
  open,
  type PastOptions,
  PendingState,
  type PendingTransfer,
  type Reads,
  type Snapshot,
  TransferFilterFlags,
  type TransferFilterInput,
  TransferFlags,
  type TransferSum,
} from 'tallystick';

await using ledger = await open(':memory:');
await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 978, code: 1 })));
const sides = { debit_account_id: 1n, credit_account_id: 2n, amount: 80n, ledger: 978, code: 1 };
await ledger.createTransfers([{ ...sides, id: 10n, flags: TransferFlags.pending }]);
const before: Snapshot = await ledger.getSnapshot();
await ledger.createTransfers([{ id: 11n, pending_id: 10n, amount: 75n, flags: TransferFlags.post_pending_transfer }]);

const [held]: PendingTransfer[] = await ledger.lookupPendings([10n]);
console.log(PendingState[held!.state], held!.amount_posted, held!.ended_by); // posted 75n 11n
const then: PastOptions = { snapshot: before };
console.log(PendingState[(await ledger.lookupPendings([10n], then))[0]!.state]); // open

const filter: TransferFilterInput = { account_id: 1n, counterparty_id: 2n, amount_min: 76n };
console.log((await ledger.searchTransfers(filter)).map(({ id }) => id)); // [ 10n ]
const sum: TransferSum = await ledger.sumTransfers({ account_id: 1n });
console.log(sum.count, sum.debits_posted, sum.debits_pending); // 2n 75n 80n

/** What an account has to pay, and what is reserved of it, at one moment. */
const owed = async (view: Reads): Promise<readonly bigint[]> => {
  const [[account], open] = await Promise.all([
    view.lookupAccounts([1n]),
    view.sumTransfers({ account_id: 1n, flags: TransferFilterFlags.open }),
  ]);
  return [account!.debits_posted, open.debits_pending];
};
console.log(await ledger.read(owed), await ledger.read(owed, before)); // [ 75n, 0n ] [ 0n, 80n ]
const [account] = await ledger.lookupAccountsAt([1n], held!.timestamp);
console.log(account!.debits_pending); // 80n
