/**
 * Snapshots taken under load, on threads, with the process killed at any moment: what is recovered is the ledger that a
 * machine without a disk comes to.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, openFolder, openMemory, type Recovery } from '../../src/engine/index.ts';
import { findSnapshot, Superblock } from '../../src/journal/index.ts';
import { DiskStorage } from '../../src/platform/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { childSizes, sendBatch } from '../support/snapshot-child.ts';

const child = join(import.meta.dirname, '..', 'support', 'snapshot-child.js');

interface Died {
  readonly acknowledged: number;
  readonly closed: boolean;
  readonly errors: string;
}

interface Orders {
  readonly folder: string;
  readonly seed: number;
  readonly batches: number;
  readonly milliseconds: number;
  readonly sizes: string;
}

function run({ folder, seed, batches, milliseconds, sizes }: Orders): Promise<Died> {
  const process = spawn(globalThis.process.execPath, [
    child,
    folder,
    ...[seed, batches, milliseconds, sizes].map(String),
  ]);
  let said = '';
  let errors = '';
  process.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  process.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    process.on('error', reject);
    process.on('close', () => {
      const lines = said.split('\n').slice(0, -1);
      const numbers = lines.filter((line) => line !== 'closed').map(Number);
      resolve({ acknowledged: Math.max(0, ...numbers), closed: lines.includes('closed'), errors });
    });
  });
}

/**
 * Opens what the child left and a ledger in memory that had the same batches; both must be the same and go on the same.
 */
async function compare(orders: Orders, { acknowledged, errors }: Died): Promise<Recovery> {
  const { folder, seed } = orders;
  const sizes = childSizes[orders.sizes]!;
  const { engine, recovery } = await openFolder(folder, { sizes, expires: false });
  const { op } = engine.sequencer;
  assert.ok(op >= acknowledged, `${acknowledged} batches were acknowledged, ${op} are found; ${errors}`);
  const reference = openMemory({ sizes, expires: false }).engine;
  for (let number = 1; number <= op; number++) await sendBatch(reference, seed, number);
  assertSameAccounts(engine, reference, `op ${op}, snapshot of ${recovery.snapshotOp}`);
  // Posts and voids of pending transfers from before, and expiries.
  for (let number = op + 1; number <= op + 20; number++) {
    const replies = await Promise.all([engine, reference].map((ledger) => sendBatch(ledger, seed, number)));
    assert.equal(Buffer.compare(replies[0]!, replies[1]!), 0, `the reply to batch ${number} behind op ${op}`);
  }
  assertSameAccounts(engine, reference, `20 batches behind op ${op}`);
  await engine.close();
  await reference.close();
  return recovery;
}

function assertSameAccounts(one: Engine, two: Engine, what: string): void {
  const [a, b] = [one, two].map(({ memory }) => {
    const { accounts } = memory.layout.machine;
    return memory.bytes.subarray(accounts + 128, accounts + (memory.accountsCount + 1) * 128);
  });
  assert.equal(Buffer.compare(a!, b!), 0, `accounts at ${what}`);
  assert.equal(one.memory.pendingsOpen, two.memory.pendingsOpen, `open pending transfers at ${what}`);
}

/** Bytes of before-images in each snapshot of the folder. */
function beforesIn(folder: string): number[] {
  const storage = new DiskStorage();
  const superblock = Superblock.open(storage, folder);
  const sizes: number[] = [];
  findSnapshot(storage, `${folder}/snapshots`, superblock.ledgerId, ({ sections }) => {
    sizes.push(sections.find(({ name }) => name === 'befores')?.size ?? 0);
    return 'passed';
  });
  superblock.close();
  return sizes;
}

test('a process killed at any moment while snapshots are taken leaves the ledger as it was', async () => {
  let fromSnapshots = 0;
  let befores = 0;
  for (let round = 1; round <= 8; round++) {
    const folder = await temporaryFolder();
    const orders = { folder, seed: round, batches: 1_000_000, milliseconds: 150 + round * 130, sizes: 'often' };
    const died = await run(orders);
    assert.equal(died.closed, false);
    befores += beforesIn(folder).reduce((sum, size) => sum + size, 0);
    const { snapshotOp } = await compare(orders, died);
    if (snapshotOp > 0) fromSnapshots++;
  }
  // Else nothing was tested.
  assert.ok(fromSnapshots >= 4, `${fromSnapshots} of 8 ledgers had a snapshot`);
  assert.ok(befores > 0, 'rows changed while they were copied');
});

test('a ledger closed with much in its open generation leaves nothing to replay, and loses nothing', async () => {
  const folder = await temporaryFolder();
  // Too little to seal a generation, more cells than a close leaves to be replayed.
  const orders = { folder, seed: 99, batches: 130, milliseconds: 600_000, sizes: 'small' };
  const closed = await run(orders);
  assert.equal(closed.closed, true, closed.errors);
  assert.deepEqual(beforesIn(folder), [0], 'one snapshot, of a machine at rest');
  const { snapshotOp, replayed } = await compare(orders, closed);
  assert.deepEqual({ snapshotOp, replayed }, { snapshotOp: 130, replayed: 0 });
});
