/**
 * What programs written for tigerbeetle-node have in their own code and tests: the compiler reads it here as it reads
 * theirs, and it runs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Account,
  type AccountBalance,
  type AccountFilter,
  AccountFilterFlags,
  AccountFlags,
  amount_max,
  type Client,
  type CreateAccountResult,
  type CreateTransferResult,
  CreateTransferStatus,
  type Transfer,
  TransferFlags,
} from 'tallystick';

/** Members as types. */
type Ok = CreateTransferStatus.created | CreateTransferStatus.exists;
const isOk = (status: CreateTransferStatus): status is Ok =>
  status === CreateTransferStatus.created || status === CreateTransferStatus.exists;

/** The interface that the reference declares, from its first method to its last. */
class Fake implements Client {
  createAccounts = async (batch: Account[]): Promise<CreateAccountResult[]> =>
    batch.map(() => ({ timestamp: 1n, status: 4294967295 }));
  createTransfers = async (batch: Transfer[]): Promise<CreateTransferResult[]> =>
    batch.map(() => ({ timestamp: 1n, status: CreateTransferStatus.created }));
  lookupAccounts = async (_ids: bigint[]): Promise<Account[]> => [];
  lookupTransfers = async (): Promise<Transfer[]> => [];
  getAccountTransfers = async (_filter: AccountFilter): Promise<Transfer[]> => [];
  getAccountBalances = async (): Promise<AccountBalance[]> => [];
  queryAccounts = async (): Promise<Account[]> => [];
  queryTransfers = async (): Promise<Transfer[]> => [];
  destroy(): void {}
}

const transfer: Transfer = {
  id: 1n,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: amount_max,
  pending_id: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  timeout: 0,
  ledger: 1,
  code: 1,
  flags: TransferFlags.none,
  timestamp: 0n,
};

async function refused(client: Client, transfers: Transfer[]): Promise<CreateTransferResult[]> {
  const results = await client.createTransfers(transfers);
  return results.filter(({ status }) => !isOk(status));
}

test('a class of a program may implement Client, and stand for it', async () => {
  assert.deepEqual(await refused(new Fake(), [transfer]), []);
});

test('one method is enough of a Client for a function that calls one', async () => {
  const status = CreateTransferStatus.exceeds_credits;
  const partial: Pick<Client, 'createTransfers'> = {
    createTransfers: async (batch: Transfer[]) => batch.map(() => ({ timestamp: 0n, status })),
  };
  assert.deepEqual(await refused(partial as Client, [transfer]), [{ timestamp: 0n, status }]);
});

test('members of enums are types, their values numbers, and their names can be asked for', () => {
  const flags: AccountFlags = AccountFlags.linked | AccountFlags.history;
  let more: TransferFlags = TransferFlags.none;
  more |= TransferFlags.pending;
  const only: TransferFlags.pending = TransferFlags.pending;
  const filter: Pick<AccountFilter, 'flags'> = { flags: AccountFilterFlags.credits | AccountFilterFlags.debits };
  assert.deepEqual([flags, more, only, filter.flags], [9, 2, 2, 3]);
  const exists: CreateTransferStatus.exists = CreateTransferStatus.exists;
  assert.equal(CreateTransferStatus[exists], 'exists');
  assert.ok(Object.keys(CreateTransferStatus).includes('exists'));
});
