/** The ledger for tests: copies that go their own ways, and a clock that is turned by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import {
  CreateTransferStatus,
  type MemoryLedger,
  Operation,
  open,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../../src/index.ts';
import { Model } from '../../testing/model/model.ts';
import { differences } from '../../testing/model/versus.ts';
import { type Step, Workload } from '../../testing/model/workload.ts';
import { FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';

const SECOND = 1_000_000_000n;
const START = 1_700_000_000n * SECOND;

async function begin(): Promise<MemoryLedger> {
  const ledger = await open(':memory:', { now: START });
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  return ledger;
}

function transfer(id: bigint, rest: Partial<Transfer> = {}): TransferInput[] {
  return [{ id, debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 1, code: 1, ...rest }];
}

test('a ledger whose clock stands gives the same timestamps every time', async () => {
  const story = async (): Promise<unknown[]> => {
    await using ledger = await begin();
    const results = [...(await ledger.createTransfers(transfer(1n))), ...(await ledger.createTransfers(transfer(2n)))];
    await ledger.advance(SECOND);
    results.push(...(await ledger.createTransfers(transfer(3n))));
    return [...results, await ledger.queryTransfers({ limit: 10 }), await ledger.lookupAccounts([1n, 2n])];
  };
  const first = await story();
  assert.deepEqual(await story(), first);
  const timestamps = (first as { timestamp: bigint }[]).slice(0, 3).map(({ timestamp }) => timestamp);
  assert.ok(timestamps[0]! > START && timestamps[0]! < timestamps[1]! && timestamps[1]! < START + SECOND);
  assert.ok(timestamps[2]! > START + SECOND, 'advancing moves them');
});

test('a pending transfer expires when the clock is turned past its timeout, and not before', async () => {
  await using ledger = await begin();
  await ledger.createTransfers(transfer(1n, { flags: TransferFlags.pending, timeout: 5 }));
  const pending = async (): Promise<bigint> => (await ledger.lookupAccounts([1n]))[0]!.debits_pending;
  await ledger.advance(4n * SECOND);
  assert.equal(await pending(), 10n);
  await ledger.advance(SECOND + 1000n);
  assert.equal(await pending(), 0n);
  const [late] = await ledger.createTransfers(
    transfer(2n, { pending_id: 1n, amount: 10n, flags: TransferFlags.post_pending_transfer }),
  );
  assert.equal(late?.status, CreateTransferStatus.pending_transfer_expired);
  const events = await ledger.getChangeEvents({ limit: 10 });
  assert.equal(events.length, 2, 'the reservation and its expiry');
  await assert.rejects(ledger.advance(-1n), { code: 'invalid_argument' });
});

test('a clock that follows the wall expires pending transfers by itself', async () => {
  await using ledger = await open(':memory:');
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  await ledger.createTransfers(transfer(1n, { flags: TransferFlags.pending, timeout: 1 }));
  const until = Date.now() + 5000;
  while ((await ledger.lookupAccounts([1n]))[0]!.debits_pending !== 0n) {
    assert.ok(Date.now() < until, 'a second after it was made it is gone');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('a copy starts with everything, and then each side goes on alone', async () => {
  await using original = await begin();
  await original.createTransfers(transfer(1n, { flags: TransferFlags.pending, timeout: 60 }));
  await using copy = original.fork();
  await copy.createTransfers(transfer(2n, { pending_id: 1n, amount: 10n, flags: TransferFlags.post_pending_transfer }));
  await original.advance(61n * SECOND);
  const [here] = await original.lookupAccounts([1n]);
  const [there] = await copy.lookupAccounts([1n]);
  assert.deepEqual([here?.debits_pending, here?.debits_posted], [0n, 0n], 'expired here');
  assert.deepEqual([there?.debits_pending, there?.debits_posted], [0n, 10n], 'posted there');
  assert.deepEqual(await original.lookupTransfers([2n]), []);
  // The copy of a copy, and the original closed meanwhile.
  await original.close();
  await using third = copy.fork();
  await third.createTransfers(transfer(3n));
  assert.equal((await third.lookupTransfers([1n, 2n, 3n])).length, 3);
  assert.equal((await copy.lookupTransfers([1n, 2n, 3n])).length, 2);
});

test('copies answer like copies of the model, however each goes on, with all of a ledger in runs', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    // It stands: time comes with the steps.
    const clock = { wall: () => 0n, monotonic: () => 0n };
    const memory = openMemory({ expires: false, sizes: FORGETFUL_SIZES, clock });
    const tell = async (port: EngineReplayPort, model: Model, steps: readonly Step[]): Promise<void> => {
      for (const [index, step] of steps.entries()) {
        if (step.kind === 'advance') {
          model.advance(step.nanoseconds);
          await port.advance(step.nanoseconds);
          continue;
        }
        const want = model.apply(step.operation, step.events, step.timestamp);
        const got = await port.request(step.operation, step.events, step.timestamp);
        assert.deepEqual(differences(step, index, want, got), [], `seed ${seed}`);
      }
    };
    const next = (workload: Workload, count: number): Step[] => Array.from({ length: count }, () => workload.next());
    const workload = new Workload(seed);
    const model = new Model();
    const port = new EngineReplayPort(memory.engine);
    const told = next(workload, 60);
    await tell(port, model, told);
    const copy = new EngineReplayPort(memory.fork(clock).engine);
    const copied = new Model();
    for (const step of told) {
      if (step.kind === 'advance') copied.advance(step.nanoseconds);
      else copied.apply(step.operation, step.events, step.timestamp);
    }
    await copy.request(Operation.lookup_accounts, new Uint8Array(0), copied.now);
    const more = next(workload, 60);
    const [here, there] = [more.filter((_, index) => index % 3 !== 0), more.filter((_, index) => index % 3 !== 1)];
    for (let at = 0; at < 40; at += 10) {
      await tell(port, model, here.slice(at, at + 10));
      await tell(copy, copied, there.slice(at, at + 10));
    }
    await port.close();
    await copy.close();
  }
});
