/** The reference model and a ledger in memory, asked the same things of the same workload: they must say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyTransferInput, open, type Reads, TransferFilterFlags, TransferFlags } from '../../src/index.ts';
import type { Ledger } from '../../src/model/index.ts';
import { Random } from '../../testing/model/random.ts';
import { ModelLedger } from '../../testing/ports/model-ledger.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
const { open: opened, posted, voided, expired, reversed } = TransferFilterFlags;
const accounts = [1n, 2n, 3n, 4n].map((id) => ({ id, ledger: 1, code: 1 }));
const ids = accounts.map(({ id }) => id);

type Turned = Ledger & { advance(nanoseconds: bigint): Promise<void> };

function events(random: Random, first: bigint, count: number): AnyTransferInput[] {
  return Array.from({ length: count }, (_, index) => {
    const id = first + BigInt(index);
    const [debit_account_id, credit_account_id] = [random.pick(ids), random.pick(ids)];
    const base = { id, debit_account_id, credit_account_id, amount: BigInt(random.below(50)), ledger: 1, code: 1 };
    const pending_id = BigInt(1 + random.below(Number(id)));
    const kind = random.below(6);
    if (kind === 0) return { id, pending_id, flags: void_pending_transfer };
    if (kind === 1) return { id, pending_id, amount: BigInt(random.below(20)), flags: post_pending_transfer };
    return kind < 5 ? { ...base, flags: pending, timeout: random.below(3) } : base;
  });
}

/** Everything that a view can be asked, in an order of events that does not depend on when they happened. */
async function answers(view: Reads, random: Random): Promise<unknown[]> {
  const some = (bits: number[]): number => random.pick(bits);
  const filter = {
    ...(random.below(2) === 0 ? { account_id: random.pick(ids) } : {}),
    ...(random.below(3) === 0 ? { amount_min: 10n, amount_max: 40n } : {}),
    flags: some([0, 1, 2]) | some([0, opened, posted | voided, expired]),
  };
  const timeless = <Found extends { timestamp: bigint }>(found: Found[]): object[] =>
    found.map(({ timestamp: _, ...rest }) => rest);
  const { timestamp_first: _first, timestamp_last: _last, ...sums } = await view.sumTransfers(filter);
  const looked = await view.lookupPendings(Array.from({ length: 200 }, (_, index) => BigInt(index + 1)));
  return [
    timeless(await view.lookupAccounts(ids)),
    timeless(await view.searchTransfers(filter)),
    timeless(await view.searchTransfers({ ...filter, flags: filter.flags | reversed, limit: 5 })),
    sums,
    looked.map(({ id, state, amount, amount_posted, ended_by }) => [id, state, amount, amount_posted, ended_by]),
  ];
}

async function told(ledger: Turned): Promise<unknown[]> {
  const random = new Random(7);
  await ledger.createAccounts(accounts);
  const said: unknown[] = [];
  const snapshots = [];
  for (let step = 0; step < 20; step++) {
    await ledger.createTransfers(events(random, BigInt(step * 10 + 1), 10));
    await ledger.advance(1_500_000_000n);
    snapshots.push(await ledger.getSnapshot());
    said.push(await answers(ledger, random));
  }
  for (const snapshot of snapshots) said.push(await ledger.read((view) => answers(view, random), snapshot));
  await ledger.close();
  return said;
}

test('a ledger in memory answers every read as the reference model does, now and of each snapshot', async () => {
  const wanted = await told(new ModelLedger());
  assert.deepEqual(await told(await open(':memory:', { now: 1_000_000n })), wanted);
  const states = JSON.stringify(wanted, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  for (const state of [0, 1, 2, 3, 4, 5])
    assert.match(states, new RegExp(`\\["\\d+",${state},`), `state ${state} was seen`);
});
