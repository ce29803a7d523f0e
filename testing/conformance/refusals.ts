/** What cannot be a request is refused with a `TallystickError`, and nothing of it is done. */
import assert from 'node:assert/strict';
import { type ErrorCode, EVENTS_MAX, TallystickError, type TransferInput } from '../../src/model/index.ts';
import { type Story, typed } from './story.ts';

export const refusalStories: Story[] = [];
const promise = typed(refusalStories);

const transfer: TransferInput = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };

/** A call may throw or reject. */
async function refused(code: ErrorCode, call: () => Promise<unknown>): Promise<void> {
  const error = await (async () => call())().then(
    (answer) => assert.fail(`answered ${answer}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TallystickError, String(error));
  assert.equal(error.code, code, error.message);
}

promise('a field that holds no such number is refused, and no event beside it is created', async (ledger) => {
  const account = { id: 1n, ledger: 1, code: 1 };
  for (const wrong of [{ id: 2n ** 128n }, { id: -1n }, { id: 'no UUID' }, { code: 65_536 }, { ledger: -1 }]) {
    await refused('invalid_argument', () => ledger.createAccounts([account, { ...account, id: 2n, ...wrong }]));
  }
  for (const wrong of [{ amount: 2n ** 128n }, { user_data_64: 2n ** 64n }, { timeout: 2 ** 32 }, { flags: 1.5 }]) {
    await refused('invalid_argument', () => ledger.createTransfers([{ ...transfer, ...wrong }]));
  }
  await refused('invalid_argument', () => ledger.lookupAccounts([2n ** 128n]));
  await refused('invalid_argument', () => ledger.queryTransfers({ timestamp_min: -1n }));
  assert.deepEqual(await ledger.queryAccounts({}), []);
  assert.deepEqual(await ledger.queryTransfers({}), []);
});

promise('an amount must be said, a name that no record has is refused', async (ledger) => {
  const { amount: _, ...silent } = transfer;
  await refused('invalid_argument', () => ledger.createTransfers([silent as TransferInput]));
  await refused('invalid_argument', () => ledger.createTransfers([{ ...transfer, ammount: 1n } as TransferInput]));
  await refused('invalid_argument', () => ledger.queryAccounts({ limt: 1 } as object));
  await refused('invalid_argument', () => ledger.lookupTransfers([1n], { timeout: 1 } as object));
});

promise('a request of more events than fit is refused, and one of as many is answered', async (ledger) => {
  const ids = Array.from({ length: EVENTS_MAX }, (_, index) => BigInt(index + 1));
  const many = ids.map((id) => ({ ...transfer, id }));
  await refused('too_much_data', () => ledger.createTransfers([...many, transfer]));
  await refused('too_much_data', () => ledger.lookupAccounts([...ids, 1n]));
  const sparse: TransferInput[] = [];
  sparse.length = 2 ** 32 - 1;
  await refused('too_much_data', () => ledger.createTransfers(sparse));
  assert.equal((await ledger.createTransfers(many)).length, EVENTS_MAX);
  assert.deepEqual(await ledger.lookupAccounts(ids), []);
});

promise('a query that asks for more than an answer holds is refused', async (ledger) => {
  const tooMuch = { limit: EVENTS_MAX + 1 };
  await refused('too_much_data', () => ledger.queryAccounts(tooMuch));
  await refused('too_much_data', () => ledger.queryTransfers(tooMuch));
  await refused('too_much_data', () => ledger.getAccountTransfers({ account_id: 1n, ...tooMuch }));
  await refused('too_much_data', () => ledger.getAccountBalances({ account_id: 1n, ...tooMuch }));
  await refused('too_much_data', () => ledger.getChangeEvents({ limit: 2731 }));
});
