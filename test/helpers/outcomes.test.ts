import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chain } from '../../src/helpers/chains.ts';
import {
  acceptedAccounts,
  acceptedTransfers,
  accountOutcomes,
  type Outcome,
  RefusedError,
  transferOutcomes,
} from '../../src/helpers/outcomes.ts';
import {
  AccountFlags,
  type AnyTransferInput,
  CreateTransferStatus,
  type Ledger,
  open,
  TransferFlags,
  type TransferInput,
} from '../../src/index.ts';
import { enumSchemas } from '../../src/model/index.ts';

const transfer = (id: bigint, amount: bigint, debit = 1n, credit = 2n): TransferInput => ({
  id,
  debit_account_id: debit,
  credit_account_id: credit,
  amount,
  ledger: 1,
  code: 1,
});

/** Account 1 has no rule, account 2 cannot be overdrawn. */
async function bank(): Promise<Ledger> {
  const ledger = await open(':memory:');
  const accounts = [
    { id: 1n, ledger: 1, code: 1 },
    { id: 2n, ledger: 1, code: 1, flags: AccountFlags.debits_must_not_exceed_credits },
  ];
  assert.deepEqual(acceptedAccounts(accounts, await ledger.createAccounts(accounts)), { created: 2, existed: 0 });
  return ledger;
}

async function send(ledger: Ledger, transfers: readonly AnyTransferInput[]): Promise<Outcome[]> {
  return transferOutcomes(transfers, await ledger.createTransfers(transfers));
}

const words = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ outcome, count }) => `${outcome} ${count}`);

async function refusedBy(ledger: Ledger, transfers: readonly AnyTransferInput[]): Promise<RefusedError> {
  const results = await ledger.createTransfers(transfers);
  try {
    acceptedTransfers(transfers, results);
  } catch (error) {
    assert.ok(error instanceof RefusedError);
    return error;
  }
  assert.fail('nothing was refused');
}

test('what is sent again was done before, a chain as well', async () => {
  await using ledger = await bank();
  const events = [transfer(1n, 5n), ...chain([transfer(2n, 5n), transfer(3n, 5n), transfer(4n, 5n)]), transfer(5n, 5n)];
  assert.deepEqual(words(await send(ledger, events)), ['created 1', 'created 3', 'created 1']);
  assert.deepEqual(words(await send(ledger, events)), ['existed 1', 'existed 3', 'existed 1']);
  const results = await ledger.createTransfers(events);
  assert.deepEqual(acceptedTransfers(events, results), { created: 0, existed: 5 });
  const [account] = await ledger.lookupAccounts([2n]);
  assert.equal(account!.credits_posted, 25n);
});

test('a mixture of new and old is counted as what it is', async () => {
  await using ledger = await bank();
  await send(ledger, [transfer(1n, 5n)]);
  const events = [transfer(1n, 5n), ...chain([transfer(2n, 5n), transfer(3n, 5n)])];
  const results = await ledger.createTransfers(events);
  assert.deepEqual(acceptedTransfers(events, results), { created: 2, existed: 1 });
});

test('the error speaks of the event that broke the chain, and of what was created beside it', async () => {
  await using ledger = await bank();
  const poor = [transfer(1n, 5n), ...chain([transfer(2n, 5n), transfer(3n, 500n, 2n, 1n), transfer(4n, 5n)])];
  const error = await refusedBy(ledger, poor);
  const { index, id, status, statusName, created, existed, refusals } = error;
  assert.deepEqual(
    { index, id, status, statusName, created, existed },
    {
      index: 2,
      id: 3n,
      status: CreateTransferStatus.exceeds_credits,
      statusName: 'exceeds_credits',
      created: 1,
      existed: 0,
    },
  );
  assert.equal(refusals.length, 1);
  assert.equal(
    error.message,
    'transfers[2], id 3, was refused: exceeds_credits. The debits of the debit account would exceed its posted ' +
      'credits. ' +
      'Its id is used up: when the reason has passed, send it again under a new id.',
  );
});

test('the advice is right: a used-up id answers so, and a new one goes through', async () => {
  await using ledger = await bank();
  await refusedBy(ledger, [transfer(1n, 5n, 2n, 1n)]);
  await send(ledger, [transfer(2n, 5n)]);
  const again = await refusedBy(ledger, [transfer(1n, 5n, 2n, 1n)]);
  assert.deepEqual([again.statusName, again.next], ['id_already_failed', 'Send it again under a new id.']);
  assert.deepEqual(words(await send(ledger, [transfer(3n, 5n, 2n, 1n)])), ['created 1']);
});

test('the advice is right: what was wrong in itself leaves its id free', async () => {
  await using ledger = await bank();
  const error = await refusedBy(ledger, [{ ...transfer(1n, 5n), code: 0 }]);
  assert.match(error.next, /its id is still free/);
  assert.deepEqual(words(await send(ledger, [transfer(1n, 5n)])), ['created 1']);
});

test('another event under the same id is refused, never taken for the old one', async () => {
  await using ledger = await bank();
  await send(ledger, [transfer(1n, 5n)]);
  const error = await refusedBy(ledger, [transfer(1n, 6n)]);
  assert.equal(error.statusName, 'exists_with_different_amount');
  assert.match(error.next, /Something else was created under this id/);
  const loose = await refusedBy(ledger, chain([transfer(1n, 5n), transfer(2n, 5n)]));
  assert.equal(loose.statusName, 'exists_with_different_flags', 'alone the first time, in a chain now');
});

test('a chain whose second event is old is refused: its first did not happen', async () => {
  await using ledger = await bank();
  await send(ledger, [transfer(2n, 5n)]);
  const error = await refusedBy(ledger, chain([transfer(1n, 5n), transfer(2n, 5n)]));
  assert.deepEqual([error.index, error.statusName], [1, 'exists']);
  assert.match(error.next, /not with this chain/);
  assert.deepEqual(await ledger.lookupTransfers([1n]), []);
});

test('a chain without an end is refused, although its first event exists', async () => {
  await using ledger = await bank();
  const whole = chain([transfer(1n, 5n), transfer(2n, 5n)]);
  await send(ledger, whole);
  const open = whole.map((each) => ({ ...each, flags: TransferFlags.linked }) as TransferInput);
  const error = await refusedBy(ledger, open);
  assert.deepEqual([error.index, error.statusName], [1, 'linked_event_chain_open']);
});

test('all refusals are there, in order', async () => {
  await using ledger = await bank();
  const events = [transfer(1n, 5n, 9n), transfer(2n, 5n), transfer(3n, 5n, 1n, 9n)];
  const error = await refusedBy(ledger, events);
  assert.deepEqual(
    error.refusals.map(({ index, statusName }) => [index, statusName]),
    [
      [0, 'debit_account_not_found'],
      [2, 'credit_account_not_found'],
    ],
  );
  assert.match(error.message, /\(and 1 more were refused\)$/);
  assert.equal(error.created, 1);
});

test('the statuses of accounts are their own: 21 means that one exists', async () => {
  await using ledger = await bank();
  const accounts = [{ id: 1n, ledger: 1, code: 1 }];
  const results = await ledger.createAccounts(accounts);
  assert.equal(results[0]!.status, CreateTransferStatus.debit_account_not_found as number);
  assert.deepEqual(acceptedAccounts(accounts, results), { created: 0, existed: 1 });
  const other = [{ id: 1n, ledger: 1, code: 2 }];
  const [outcome] = accountOutcomes(other, await ledger.createAccounts(other));
  assert.equal(outcome?.outcome === 'refused' && outcome.refusal.statusName, 'exists_with_different_code');
});

test('every status that the ledger can give has a name, a sentence and an advice', () => {
  for (const { value, name } of enumSchemas.find((each) => each.name === 'CreateTransferStatus')!.members) {
    if (name === 'created' || name === 'exists') continue;
    const [outcome] = transferOutcomes([transfer(1n, 1n)], [{ status: value }]);
    assert.ok(outcome?.outcome === 'refused');
    assert.equal(outcome.refusal.statusName, name);
    assert.match(outcome.refusal.about, /\.$/);
    assert.match(outcome.refusal.next, /\.$/);
  }
});

test('a status from a newer server is a refusal with its number', () => {
  assert.throws(() => acceptedTransfers([transfer(1n, 1n)], [{ status: 4000 }]), {
    name: 'RefusedError',
    statusName: '4000',
  });
});

test('results of another call are refused', () => {
  assert.throws(() => transferOutcomes([transfer(1n, 1n)], []), { code: 'invalid_argument' });
  assert.deepEqual(acceptedTransfers([], []), { created: 0, existed: 0 });
});
