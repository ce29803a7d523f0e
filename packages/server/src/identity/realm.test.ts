/** What is outside a caller's realm answers as what does not exist. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AccountFlags,
  CreateAccountStatus,
  CreateTransferStatus,
  ObjectLedger,
  PendingState,
  TransferFlags,
} from 'tallystick/internal/model';
import { book, idOf, OURS, THEIRS, World } from '../../../../test/support/tenants.ts';
import { AccountPrefixes } from './account-prefixes.ts';
import { allowing } from './allowing.ts';
import { type Identity, inRole } from './identity.ts';
import { Ledgers } from './ledgers.ts';

const account = (tenant: number, what: number, more: object = {}) => ({
  id: idOf(tenant, what),
  ledger: book(tenant, 1),
  code: 1,
  ...more,
});
const transfer = (tenant: number, what: number, more: object = {}) => ({
  id: idOf(tenant, what),
  debit_account_id: idOf(tenant, 1),
  credit_account_id: idOf(tenant, 2),
  amount: 5n,
  ledger: book(tenant, 1),
  code: 1,
  ...more,
});

async function twoTenants(more: Partial<Identity> = {}): Promise<World> {
  const world = new World(more);
  for (const [tenant, ledger] of [
    [OURS, world.ours],
    [THEIRS, world.theirs],
  ] as const) {
    await ledger.createAccounts([account(tenant, 1), account(tenant, 2)]);
    await ledger.createTransfers([transfer(tenant, 100), transfer(tenant, 101, { flags: TransferFlags.pending })]);
  }
  return world;
}

test('an account of another tenant is one that does not exist, and the id of the attempt is burnt', async () => {
  const world = await twoTenants();
  const status = async (more: object): Promise<number> =>
    (await world.ours.createTransfers([transfer(OURS, 150, more)]))[0]!.status;
  const { debit_account_not_found, credit_account_not_found, id_already_failed, pending_transfer_not_found } =
    CreateTransferStatus;
  const debit = { debit_account_id: idOf(THEIRS, 1) };
  assert.equal(await status(debit), debit_account_not_found);
  assert.equal(await status(debit), id_already_failed);
  assert.equal(await status({}), id_already_failed);
  const both = { ...debit, credit_account_id: idOf(THEIRS, 2) };
  assert.equal(await status({ id: 5001n, ...both }), debit_account_not_found);
  assert.equal(await status({ id: 5002n, credit_account_id: idOf(THEIRS, 2) }), credit_account_not_found);
  assert.equal(await status({ id: 5002n, credit_account_id: idOf(THEIRS, 2) }), id_already_failed);
  const post = { pending_id: idOf(THEIRS, 101), flags: TransferFlags.post_pending_transfer };
  assert.equal(await status({ id: 5003n, ...post }), pending_transfer_not_found);
  assert.equal(await status({ id: 5003n, ...post }), id_already_failed);
  const [theirs] = await world.theirs.lookupPendings([idOf(THEIRS, 101)]);
  assert.equal(theirs!.state, PendingState.open);
  await world.close();
});

test('an id twice in one request does not tell either', async () => {
  const world = await twoTenants();
  const twice = [transfer(OURS, 170, { debit_account_id: idOf(THEIRS, 1) }), transfer(OURS, 170)];
  const { debit_account_not_found, id_already_failed } = CreateTransferStatus;
  assert.deepEqual(
    (await world.ours.createTransfers(twice)).map(({ status }) => status),
    [debit_account_not_found, id_already_failed],
  );
  await world.close();
});

test('the id of another tenant is taken, and nothing of what has it is told', async () => {
  const world = await twoTenants();
  const guess = transfer(THEIRS, 100, { ledger: book(OURS, 1) });
  for (const more of [{}, { amount: 6n }, { debit_account_id: idOf(OURS, 1) }, { flags: TransferFlags.pending }]) {
    const [result] = await world.ours.createTransfers([{ ...guess, ...more }]);
    assert.equal(result!.status, CreateTransferStatus.exists_with_different_ledger);
  }
  for (const more of [{}, { code: 2 }, { flags: AccountFlags.history }]) {
    const events = [account(THEIRS, 1, { ledger: book(OURS, 1), ...more })];
    const [result] = await world.ours.createAccounts(events);
    assert.equal(result!.status, CreateAccountStatus.exists_with_different_ledger);
  }
  await world.close();
});

test('a tenant reads its own past, and nothing of the others', async () => {
  const world = await twoTenants();
  const snapshot = await world.ours.getSnapshot();
  const found = await world.ours.lookupAccountsAt([idOf(OURS, 1), idOf(THEIRS, 1)], snapshot);
  assert.deepEqual(
    found.map(({ id }) => id),
    [idOf(OURS, 1)],
  );
  await world.close();
});

test('a caller of some accounts moves money between those alone', async () => {
  const accounts = AccountPrefixes.of([idOf(OURS, 1).toString(16).padStart(32, '0')])!;
  const world = await twoTenants();
  const bound = { ...inRole('till', 'write', 'key'), ledgers: Ledgers.ofTenant(OURS), accounts };
  const till = new ObjectLedger(allowing(bound)(world.port));
  await assert.rejects(till.createTransfers([transfer(OURS, 160)]), { code: 'forbidden' });
  assert.deepEqual(
    (await till.lookupAccounts([idOf(OURS, 1), idOf(OURS, 2)])).map(({ id }) => id),
    [idOf(OURS, 1)],
  );
  // Its statement has the transfers, whoever the other side is.
  assert.equal((await till.queryTransfers({ limit: 9 })).length, 2);
  assert.equal((await till.queryAccounts({ limit: 9 })).length, 1);
  assert.equal((await till.lookupPendings([idOf(OURS, 101)]))[0]!.state, PendingState.open);
  await assert.rejects(till.sumTransfers({ ledger: book(OURS, 1) }), { code: 'forbidden' });
  await world.close();
});

test('prefixes are compared digit by digit', () => {
  const bytes = new Uint8Array(16);
  bytes.set([0x3a, 0x7f], 14);
  const has = (...prefixes: string[]): boolean =>
    AccountPrefixes.of(prefixes)!.has(
      bytes.map((_, at) => bytes[at]!),
      0,
    );
  assert.deepEqual(
    [has('7f3a'), has('7f3'), has('7'), has('7f3b'), has('8'), has('0', '7f')],
    [true, true, true, false, false, true],
  );
  for (const wrong of [undefined, [], 'ab', [''], ['AB'], ['0x1'], ['g'], ['0'.repeat(33)], Array(65).fill('a')]) {
    assert.equal(AccountPrefixes.of(wrong), undefined, String(wrong));
  }
});

test('a tenant is the upper 20 bits of a ledger code', () => {
  assert.deepEqual(Ledgers.ofTenant(0).ranges, [[1, 4095]]);
  assert.deepEqual(Ledgers.ofTenant(2 ** 20 - 1).ranges, [[2 ** 32 - 4096, 2 ** 32 - 1]]);
  const seven = Ledgers.ofTenant(7);
  assert.deepEqual(
    [seven.has(28_671), seven.has(28_672), seven.has(32_767), seven.has(32_768)],
    [false, true, true, false],
  );
  const some = Ledgers.both(
    seven,
    new Ledgers([
      [1, 28_672],
      [28_674, 28_674],
      [40_000, 40_000],
    ]),
  )!;
  assert.equal(String(some), '28672, 28674');
});
