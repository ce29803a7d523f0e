/**
 * Reads of the past, of pending transfers and of transfers by more fields, against the change feed: whatever the feed
 * says, looked through in plain sight, is what they must answer. In runs and in memory, in slices of one step each.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import {
  type Account,
  AccountFlags,
  type AnyTransferInput,
  type Ledger,
  ObjectLedger,
  PendingState,
  type Reads,
  type Snapshot,
  TransferFilterFlags,
  type TransferFilterInput,
  TransferFlags,
} from '../../src/model/index.ts';
import { type Clock, MemoryStorage } from '../../src/platform/index.ts';
import { Random } from '../../testing/model/random.ts';
import { accountAt, fits, pendingAt, summed, type Told, told } from '../support/told.ts';

const ACCOUNTS = 8;
const SECOND = 1_000_000_000n;
const { pending, post_pending_transfer, void_pending_transfer, closing_debit, balancing_debit } = TransferFlags;

/** Stands until it is moved. */
class HeldClock implements Clock {
  now = 1_000_000n * SECOND;
  wall(): bigint {
    return this.now;
  }
  monotonic(): bigint {
    return this.now;
  }
}

interface World {
  readonly ledger: Ledger;
  readonly clock: HeldClock;
  readonly random: Random;
  readonly pendings: bigint[];
  /** Accounts as they were when a snapshot was taken. */
  readonly snapshots: { readonly snapshot: Snapshot; readonly accounts: Account[] }[];
}

const ids = Array.from({ length: ACCOUNTS }, (_, index) => BigInt(index + 1));

async function opened(seed: number): Promise<World> {
  const clock = new HeldClock();
  const { engine } = await openFolder('/l', {
    mode: 'inline',
    storage: new MemoryStorage(),
    sizes: { ...SMALL_SIZES, sealEntries: 40, rowsTrusted: 100 },
    slice: { units: 1, milliseconds: 1000 },
    clock,
  });
  const ledger = new ObjectLedger(engine);
  const flags = (id: bigint): number => (id === 7n ? AccountFlags.closed : id === 2n ? AccountFlags.history : 0);
  await ledger.createAccounts(ids.map((id) => ({ id, ledger: 1, code: 1, flags: flags(id) })));
  return { ledger, clock, random: new Random(seed), pendings: [], snapshots: [] };
}

/** A few events, some of which are refused; then perhaps time passes, or a snapshot is taken. */
async function step(world: World, nth: number): Promise<void> {
  const { ledger, clock, random, pendings, snapshots } = world;
  const events = Array.from({ length: 1 + random.below(6) }, (_, index) => event(world, BigInt(nth * 100 + index + 1)));
  await ledger.createTransfers(events);
  // One that closes its account ends by its timeout: what posts it would close the account for ever.
  for (const { id, flags = 0 } of events) if (flags === pending) pendings.push(id as bigint);
  clock.now += BigInt(random.below(3)) * SECOND;
  if (random.below(6) > 0) return;
  const snapshot = await ledger.getSnapshot();
  snapshots.push({ snapshot, accounts: await ledger.lookupAccounts(ids) });
}

function event({ random, pendings }: World, id: bigint): AnyTransferInput {
  const kind = random.below(10);
  if (kind < 3 && pendings.length > 0) {
    const pending_id = random.pick(pendings);
    if (kind === 0) return { id, pending_id, flags: void_pending_transfer };
    return { id, pending_id, amount: BigInt(random.below(30)), flags: post_pending_transfer };
  }
  const debit_account_id = random.pick(ids);
  const credit_account_id = random.pick(ids);
  const base = {
    id,
    debit_account_id,
    credit_account_id,
    amount: BigInt(random.below(100)),
    ledger: 1,
    code: 1 + random.below(3),
  };
  if (kind === 3) return { ...base, amount: 0n, flags: pending | closing_debit, timeout: 1 + random.below(4) };
  if (kind < 7) return { ...base, flags: pending, timeout: random.below(8) };
  return kind === 7 ? { ...base, flags: balancing_debit } : base;
}

function filterOf({ random, pendings }: World, all: Told): TransferFilterInput {
  const some = <T>(value: () => T): T | undefined => (random.below(3) === 0 ? value() : undefined);
  const flags = random.pick([0, 1, 2, 3]) | random.pick([0, 0, 8, 16, 32, 64, 24, 72]);
  const given = {
    account_id: some(() => random.pick(ids)),
    counterparty_id: some(() => random.pick(ids)),
    pending_id: random.below(6) === 0 ? random.pick(pendings) : undefined,
    amount_min: some(() => BigInt(random.below(40))),
    amount_max: some(() => BigInt(40 + random.below(40))),
    code: some(() => 1 + random.below(3)),
    transfer_flags: some(() => random.pick([pending, post_pending_transfer, void_pending_transfer, balancing_debit])),
    timestamp_min: some(() => random.pick(all.transfers).timestamp),
  };
  return { ...given, flags };
}

async function checkSearches(world: World, all: Told): Promise<number> {
  let found = 0;
  for (let nth = 0; nth < 40; nth++) {
    const filter = filterOf(world, all);
    const wanted = all.transfers.filter((transfer) => fits(all, filter, transfer));
    assert.deepEqual(await world.ledger.searchTransfers(filter), wanted, `${nth}`);
    const reversed = { ...filter, flags: filter.flags! | TransferFilterFlags.reversed, limit: 3 };
    assert.deepEqual(await world.ledger.searchTransfers(reversed), wanted.toReversed().slice(0, 3));
    assert.deepEqual(await world.ledger.sumTransfers(filter), summed(wanted, filter.account_id));
    found += wanted.length;
  }
  return found;
}

async function checkTimes({ ledger, random }: World, all: Told, accounts: Account[]): Promise<void> {
  for (let nth = 0; nth < 40; nth++) {
    const time = random.pick(all.events).timestamp + BigInt(random.below(3) - 1);
    const wanted = accounts.filter(({ timestamp }) => timestamp <= time).map((each) => accountAt(all, each, time));
    assert.deepEqual(await ledger.lookupAccountsAt(ids, time), wanted);
  }
}

async function checkSnapshots({ ledger, pendings, snapshots }: World, all: Told): Promise<void> {
  for (const { snapshot, accounts } of snapshots) {
    const until = all.events.filter(({ timestamp }) => timestamp <= snapshot.timestamp).length;
    const then = all.transfers.filter(({ timestamp }) => timestamp <= snapshot.transfers_timestamp);
    await ledger.read(async (view: Reads) => {
      assert.deepEqual(await view.lookupAccounts(ids), accounts);
      assert.deepEqual(await view.queryAccounts({}), accounts);
      assert.deepEqual(await view.queryTransfers({}), then);
      assert.deepEqual(await view.searchTransfers({}), then);
      assert.deepEqual(await view.sumTransfers({}), summed(then, undefined));
      const looked = await view.lookupPendings(pendings);
      assert.deepEqual(
        looked,
        pendings.map((id) => pendingAt(all, id, until)),
      );
      const open = then.filter(({ id }) => pendingAt(all, id, until).state === PendingState.open);
      assert.deepEqual(await view.searchTransfers({ flags: TransferFilterFlags.open }), open);
    }, snapshot);
  }
}

for (const seed of [1, 2]) {
  test(`reads of the past, of pendings and by more fields answer what the feed says (${seed})`, async () => {
    const world = await opened(seed);
    const { ledger, pendings } = world;
    const empty = await ledger.getSnapshot();
    for (let nth = 1; nth <= 60; nth++) await step(world, nth);
    const all = await told(ledger);
    const accounts = await ledger.lookupAccounts(ids);
    assert.ok(
      all.transfers.length > 60 && world.snapshots.length > 3,
      `${all.transfers.length} ${world.snapshots.length}`,
    );
    assert.deepEqual(
      await ledger.lookupPendings(pendings),
      pendings.map((id) => pendingAt(all, id)),
    );
    assert.deepEqual(
      [...new Set((await ledger.lookupPendings([...pendings, 99_999n])).map(({ state }) => state))].sort(),
      [0, 2, 3, 4, 5],
      'each state was seen',
    );
    assert.ok((await checkSearches(world, all)) > 100);
    await checkTimes(world, all, accounts);
    await checkSnapshots(world, all);
    await ledger.read(async (view) => {
      assert.deepEqual(await view.queryTransfers({}), []);
      assert.deepEqual(await view.searchTransfers({}), [], 'a snapshot of nothing stays empty');
      for (const { credits_posted, debits_pending } of await view.lookupAccounts(ids)) {
        assert.deepEqual([credits_posted, debits_pending], [0n, 0n]);
      }
    }, empty);
    await ledger.close();
  });
}
