/** What agents count is what happened, whoever they are: threads or the caller's own turn, with a disk or without. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, engineNumbers, openFolder, openMemory, openMemoryThreads } from '../../src/engine/index.ts';
import { CreateTransferStatus, ObjectLedger, Operation, TransferFlags } from '../../src/model/index.ts';

const { create_accounts, create_transfers, lookup_accounts } = Operation;

async function work(engine: Engine): Promise<void> {
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts([1n, 2n, 3n].map((id) => ({ id, ledger: 1, code: 1 })));
  const transfer = { debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 1, code: 1 };
  await ledger.createTransfers([{ ...transfer, id: 11n }]);
  await ledger.createTransfers([
    { ...transfer, id: 12n, flags: TransferFlags.pending },
    { ...transfer, id: 13n, debit_account_id: 2n },
    { ...transfer, id: 0n },
    { ...transfer, id: 11n },
    { ...transfer, id: 11n },
  ]);
  await ledger.lookupAccounts([1n, 2n]);
}

function check(engine: Engine): void {
  const numbers = engineNumbers(engine);
  const { journal, machine } = numbers.counters;
  assert.equal(machine.requests(create_accounts), 1);
  assert.equal(machine.requests(create_transfers), 2);
  assert.equal(machine.requests(lookup_accounts), 1);
  assert.equal(machine.events(create_transfers), 6);
  assert.equal(machine.events(lookup_accounts), 2);
  // One event, five events, three accounts: up to 1, 8, 4.
  assert.deepEqual(
    [0, 1, 2, 3].map((bucket) => machine.batches(create_transfers, bucket)),
    [1, 0, 0, 1],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((bucket) => machine.batches(create_accounts, bucket)),
    [0, 0, 1, 0],
  );
  assert.equal(machine.rejected(create_transfers, CreateTransferStatus.id_must_not_be_zero), 1);
  assert.equal(machine.rejected(create_transfers, CreateTransferStatus.accounts_must_be_different), 1);
  assert.equal(machine.rejected(create_transfers, CreateTransferStatus.exists), 2);
  assert.ok(machine.busyMs > 0);
  assert.deepEqual(
    [numbers.accounts, numbers.entries, numbers.pendingsOpen, numbers.inFlight, numbers.op],
    [3, 2, 1, 0, 3],
  );
  assert.equal(numbers.ringDepth.machine, 0);
  // Nobody waits for the journal to pass a lookup.
  assert.ok(numbers.ringDepth.journal <= 2);
  if (!engine.durable) {
    assert.equal(journal.batches, 0);
    return;
  }
  assert.equal(journal.batches, 3);
  assert.equal(journal.events, 9);
  assert.equal(journal.bytes, (3 + 9) * 128);
  assert.equal(journal.flush.count, 3);
  assert.ok(journal.flush.sumMs > 0);
}

test('in memory', async () => {
  for (const engine of [openMemory().engine, await openMemoryThreads({})]) {
    await work(engine);
    check(engine);
    await engine.close();
  }
});

test('in a folder', async () => {
  for (const mode of ['threads', 'inline'] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-counters-'));
    try {
      const { engine, fence } = await openFolder(join(folder, 'books'), { mode });
      assert.equal(fence, 1n);
      await work(engine);
      check(engine);
      await engine.close();
      // What was replayed is not counted again: counters are this process's.
      const again = await openFolder(join(folder, 'books'), { mode });
      const numbers = engineNumbers(again.engine);
      assert.equal(numbers.counters.machine.requests(create_transfers), 0);
      assert.equal(numbers.entries, 2);
      assert.equal(again.fence, 2n);
      await again.engine.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
});
