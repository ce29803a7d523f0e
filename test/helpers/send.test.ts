import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { chain } from '../../src/helpers/chains.ts';
import {
  attemptAccounts,
  attemptTransfers,
  sendAccounts,
  sendTransfers,
  type TransfersPort,
} from '../../src/helpers/send.ts';
import {
  AccountFlags,
  type AccountInput,
  amount_max,
  createClient,
  formatUuid,
  type MemoryLedger,
  open,
  TransferFlags,
} from '../../src/index.ts';

const transfer = (id: bigint, amount: bigint, debit = 1n, credit = 2n) => ({
  id,
  debit_account_id: debit,
  credit_account_id: credit,
  amount,
  ledger: 1,
  code: 1,
});

/** Account 1 has no rule, account 2 cannot be overdrawn. */
async function bank(): Promise<MemoryLedger> {
  const ledger = await open(':memory:');
  const accounts: AccountInput[] = [
    { id: 1n, ledger: 1, code: 1 },
    { id: 2n, ledger: 1, code: 1, flags: AccountFlags.debits_must_not_exceed_credits },
  ];
  assert.deepEqual(await sendAccounts(ledger, accounts), { created: 2, existed: 0 });
  assert.deepEqual(await sendAccounts(ledger, accounts), { created: 0, existed: 2 });
  return ledger;
}

/** The ledger, and what it was asked. */
function watched(ledger: MemoryLedger): { port: TransfersPort; asked: string[] } {
  const asked: string[] = [];
  const port: TransfersPort = {
    createTransfers(transfers) {
      asked.push(`create ${transfers.length}`);
      return ledger.createTransfers(transfers);
    },
    lookupTransfers(ids) {
      asked.push(`lookup ${ids.length}`);
      return ledger.lookupTransfers(ids);
    },
  };
  return { port, asked };
}

test('a chain that is sent again was done before, and is looked at as a whole', async () => {
  await using ledger = await bank();
  const { port, asked } = watched(ledger);
  const legs = chain([transfer(1n, 5n), transfer(2n, 6n), transfer(3n, 7n)]);
  assert.deepEqual(await sendTransfers(port, legs), { created: 3, existed: 0 });
  assert.deepEqual(asked, ['create 3'], 'nothing is looked up the first time');
  assert.deepEqual(await sendTransfers(port, legs), { created: 0, existed: 3 });
  assert.deepEqual(asked.slice(1), ['create 3', 'lookup 2']);
});

test('another chain under the same first id is refused, with the transfer that differs', async () => {
  await using ledger = await bank();
  await sendTransfers(ledger, chain([transfer(1n, 5n), transfer(2n, 6n), transfer(3n, 7n)]));
  const dearer = chain([transfer(1n, 5n), transfer(2n, 6n), transfer(3n, 8n)]);
  await assert.rejects(sendTransfers(ledger, dearer), {
    name: 'RefusedError',
    index: 2,
    id: 3n,
    statusName: 'exists_with_different_amount',
    created: 0,
    existed: 0,
  });
  const other = chain([transfer(1n, 5n), transfer(4n, 6n)]);
  await assert.rejects(sendTransfers(ledger, other), {
    index: 1,
    statusName: 'linked_event_failed',
    next: /without it: give this chain ids of its own/,
  });
  assert.deepEqual(await ledger.lookupTransfers([4n]), []);
});

test('a longer or a shorter chain under the same first id is another one', async () => {
  await using ledger = await bank();
  await sendTransfers(ledger, chain([transfer(1n, 5n), transfer(2n, 6n)]));
  const longer = chain([transfer(1n, 5n), transfer(2n, 6n), transfer(3n, 7n)]);
  await assert.rejects(sendTransfers(ledger, longer), { index: 1, statusName: 'exists_with_different_flags' });
  await assert.rejects(sendTransfers(ledger, [transfer(1n, 5n)]), { statusName: 'exists_with_different_flags' });
});

test('ids as UUIDs, posts of all of it and balancing transfers are found to be the same', async () => {
  await using ledger = await bank();
  const pending = { ...transfer(1n, 9n), flags: TransferFlags.pending };
  await sendTransfers(ledger, [pending, { ...pending, id: 2n }]);
  const uuid = formatUuid;
  const legs = chain([
    transfer(10n, 5n),
    { id: uuid(11n), pending_id: uuid(1n), amount: amount_max, flags: TransferFlags.post_pending_transfer },
    { id: 12n, pending_id: 2n, flags: TransferFlags.void_pending_transfer },
    { ...transfer(13n, amount_max, 2n, 1n), id: uuid(13n), flags: TransferFlags.balancing_debit },
  ]);
  assert.deepEqual(await sendTransfers(ledger, legs), { created: 4, existed: 0 });
  assert.deepEqual(await sendTransfers(ledger, legs), { created: 0, existed: 4 });
  const part = chain([...legs.slice(0, 1), { ...legs[1]!, amount: 8n }, ...legs.slice(2)]);
  await assert.rejects(sendTransfers(ledger, part), { index: 1, statusName: 'exists_with_different_amount' });
});

test('a long list goes in as many requests as it needs, and again', async () => {
  await using ledger = await bank();
  const { port, asked } = watched(ledger);
  const pairs = Array.from({ length: 5_000 }, (_, index) =>
    chain([transfer(BigInt(2 * index + 1), 1n), transfer(BigInt(2 * index + 2), 1n)]),
  ).flat();
  assert.deepEqual(await sendTransfers(port, pairs), { created: 10_000, existed: 0 });
  assert.deepEqual(await sendTransfers(port, pairs), { created: 0, existed: 10_000 });
  assert.deepEqual(asked.slice(0, 2), ['create 8188', 'create 1812']);
  assert.deepEqual(await sendTransfers(port, []), { created: 0, existed: 0 });
});

test('no request follows one with a refusal; places and counts are those of the whole list', async () => {
  await using ledger = await bank();
  const { port, asked } = watched(ledger);
  const list = Array.from({ length: 20_000 }, (_, index) => transfer(BigInt(index + 1), 1n));
  list[8_200] = { ...list[8_200]!, code: 0 };
  await assert.rejects(sendTransfers(port, list), { index: 8_200, id: 8_201n, created: 2 * 8_189 - 1, existed: 0 });
  assert.deepEqual(asked, ['create 8189', 'create 8189']);
  list[8_200] = transfer(8_201n, 1n);
  assert.deepEqual(await sendTransfers(port, list), { created: 20_000 - 2 * 8_189 + 1, existed: 2 * 8_189 - 1 });
});

test('an attempt goes on behind a refusal, and tells of every chain, at its place in the whole list', async () => {
  await using ledger = await bank();
  const pairs = Array.from({ length: 5_000 }, (_, index) =>
    chain([transfer(BigInt(2 * index + 1), 1n), transfer(BigInt(2 * index + 2), 1n)]),
  ).flat();
  const wrong = pairs.map((each) => (each.id === 9_000n ? { ...each, code: 0 } : each));
  const first = await attemptTransfers(ledger, wrong);
  assert.equal(first.length, 5_000);
  assert.deepEqual(
    first.filter(({ outcome }) => outcome !== 'created').map((each) => [each.index, each.count, each.outcome]),
    [[8_998, 2, 'refused']],
  );
  const [refused] = first.flatMap((each) => (each.outcome === 'refused' ? [each.refusal] : []));
  assert.deepEqual([refused!.index, refused!.id, refused!.statusName], [8_999, 9_000n, 'code_must_not_be_zero']);
  assert.deepEqual(
    first.map(({ index }) => index),
    Array.from({ length: 5_000 }, (_, index) => 2 * index),
  );
  const again = await attemptTransfers(ledger, pairs);
  const created = again.filter(({ outcome }) => outcome === 'created').map(({ index }) => index);
  assert.deepEqual(created, [8_998]);
  assert.equal(again.filter(({ outcome }) => outcome === 'existed').length, 4_999);
});

test('an attempt compares a chain that exists, too', async () => {
  await using ledger = await bank();
  await sendTransfers(ledger, chain([transfer(1n, 5n), transfer(2n, 6n)]));
  const [outcome] = await attemptTransfers(ledger, chain([transfer(1n, 5n), transfer(2n, 7n)]));
  assert.ok(outcome?.outcome === 'refused');
  assert.equal(outcome.refusal.statusName, 'exists_with_different_amount');
  const accounts = await attemptAccounts(ledger, [{ id: 1n, ledger: 1, code: 2 }]);
  assert.deepEqual(
    accounts.map((each) => each.outcome),
    ['refused'],
  );
});

test('a list that cannot be sent whole is refused before anything is sent', async () => {
  await using ledger = await bank();
  const { port, asked } = watched(ledger);
  const endless = Array.from({ length: 8_190 }, (_, index) => ({
    ...transfer(BigInt(index + 1), 1n),
    flags: TransferFlags.linked,
  }));
  await assert.rejects(sendTransfers(port, [...endless, transfer(9_000n, 1n)]), { code: 'too_much_data' });
  await assert.rejects(sendTransfers(port, endless.slice(0, 2)), { code: 'invalid_argument' });
  assert.deepEqual(asked, []);
});

test('an error of the ledger comes through as it is', async () => {
  const ledger = await bank();
  await ledger.close();
  await assert.rejects(sendTransfers(ledger, [transfer(1n, 1n)]), { code: 'closed' });
});

test('a chain of accounts is looked at as a whole, too', async () => {
  await using ledger = await bank();
  const [a, b]: AccountInput[] = [
    { id: 7n, ledger: 1, code: 1 },
    { id: 8n, ledger: 1, code: 1 },
  ];
  await sendAccounts(ledger, chain([a!, b!]));
  assert.deepEqual(await sendAccounts(ledger, chain([a!, b!])), { created: 0, existed: 2 });
  await assert.rejects(sendAccounts(ledger, chain([a!, { ...b!, code: 2 }])), {
    index: 1,
    statusName: 'exists_with_different_code',
  });
});

async function removed(folder: string): Promise<void> {
  for (;;) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
      await setTimeout(20);
    }
  }
}

test('the client of programs that use tigerbeetle-node is a ledger as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-helpers-'));
  process.env.TALLYSTICK_DIR = folder;
  const client = createClient({ cluster_id: 0n, replica_addresses: ['3000'] });
  try {
    const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
    assert.deepEqual(await sendAccounts(client, accounts), { created: 2, existed: 0 });
    const legs = chain([transfer(1n, 5n), transfer(2n, 6n)]);
    assert.deepEqual(await sendTransfers(client, legs), { created: 2, existed: 0 });
    assert.deepEqual(await sendTransfers(client, legs), { created: 0, existed: 2 });
  } finally {
    client.destroy();
    delete process.env.TALLYSTICK_DIR;
    // `destroy` closes the ledger behind our back, and what closes it may write until then.
    await removed(folder);
  }
});
