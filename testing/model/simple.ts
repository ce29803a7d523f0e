/** Requests of the plainest kind: accounts 1 and 2 on ledger 1, and money from 1 to 2. */
import { accountLayout, encode, queryFilterLayout, transferLayout } from './records.ts';

export const twoAccounts: Uint8Array = encode(
  accountLayout,
  [1n, 2n].map((id) => ({ id, ledger: 1n, code: 1n })),
);

/** Everything, as far as a reply goes. */
export const everyTransfer: Uint8Array = encode(queryFilterLayout, [{ limit: 8189n }]);

/** `count` transfers of 1 with the ids from `first` on. */
export function plainTransfers(first: bigint, count: number): Uint8Array {
  return encode(
    transferLayout,
    Array.from({ length: count }, (_, index) => ({
      id: first + BigInt(index),
      debit_account_id: 1n,
      credit_account_id: 2n,
      amount: 1n,
      ledger: 1n,
      code: 1n,
    })),
  );
}
