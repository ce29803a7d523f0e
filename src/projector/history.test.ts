import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  getU128,
  HistoryWorld,
  type ModelEntry,
  modelHash32,
  twins,
  type WorldOptions,
} from '../../testing/model/history-world.ts';
import { Random } from '../../testing/model/random.ts';
import {
  AccountFilterFlags,
  AccountFilterOffset,
  AccountFlags,
  AccountOffset,
  ChangeEventOffset,
  ChangeEventsFilterOffset,
  Column,
  EntryKind,
  Operation,
  QueryFilterFlags,
  QueryFilterOffset,
  TransferOffset,
} from '../model/index.ts';
import { END } from './candidates.ts';
import { filterMayHold } from './filter.ts';
import type { Search } from './history.ts';
import { projectorKernel } from './kernel.ts';

const target = new Uint8Array(8189 * 384);
const seeds = Number(process.env.TEST_SEEDS ?? 6);
const TIMESTAMP_MAX = 2n ** 63n - 1n;

const options: WorldOptions = { log2Entries: 7, generations: 2, rowsCount: 64, accounts: 8, imports: false };

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The reply in rows of `size` bytes, as text. */
function ask(world: HistoryWorld, operation: number, filter: Uint8Array, size: number): string[] {
  const shift = filter.length === 128 ? 4 : 0; // aligned and not
  const count = world.history.query(operation, filter, 0, target, shift * 1 + (size === 384 ? 1 : 0));
  const start = shift * 1 + (size === 384 ? 1 : 0);
  return Array.from({ length: count }, (_, row) => hex(target.subarray(start + row * size, start + (row + 1) * size)));
}

interface Wanted {
  userData128: bigint;
  userData64: bigint;
  userData32: number;
  ledger: number;
  code: number;
  min: bigint;
  max: bigint;
  limit: number;
  reversed: boolean;
}

function drawWanted(random: Random, world: HistoryWorld): Wanted {
  const last = world.model.at(-1)?.timestamp ?? 1n;
  const some = <T>(value: T, none: T): T => (random.below(3) === 0 ? value : none);
  const time = (): bigint => {
    const entry = world.model[random.below(world.model.length)];
    return random.below(3) === 0 ? BigInt(random.below(Number(last))) : (entry?.timestamp ?? 0n);
  };
  const [a, b] = [time(), time()];
  const window = random.below(2) === 0;
  return {
    userData128: some(BigInt(random.below(4)) << 100n, 0n),
    userData64: some(BigInt(random.below(4)) << 40n, 0n),
    userData32: some(random.below(4), 0),
    ledger: some(1 + random.below(2), 0),
    code: some(1 + random.below(4), 0),
    min: window && random.below(4) > 0 ? (a < b ? a : b) : 0n,
    max: window && random.below(4) > 0 ? (a < b ? b : a) : 0n,
    limit: random.pick([1, 2, 7, 30, 8189, 100_000]),
    reversed: random.below(2) === 0,
  };
}

function within({ min, max }: Wanted, timestamp: bigint): boolean {
  return timestamp >= min && timestamp <= (max === 0n ? TIMESTAMP_MAX : max);
}

/** The entries that a linear search through everything finds. */
function search(world: HistoryWorld, wanted: Wanted, account: bigint, sides: number): ModelEntry[] {
  const found = world.model.filter(({ kind, row, timestamp }) => {
    if (kind >= EntryKind.expired) return false;
    const view = new DataView(row.buffer);
    const debit =
      (sides & AccountFilterFlags.debits) !== 0 && getU128(row, TransferOffset.debit_account_id) === account;
    const credit =
      (sides & AccountFilterFlags.credits) !== 0 && getU128(row, TransferOffset.credit_account_id) === account;
    return (
      (account === 0n || debit || credit) &&
      (wanted.userData128 === 0n || getU128(row, TransferOffset.user_data_128) === wanted.userData128) &&
      (wanted.userData64 === 0n || view.getBigUint64(TransferOffset.user_data_64, true) === wanted.userData64) &&
      (wanted.userData32 === 0 || view.getUint32(TransferOffset.user_data_32, true) === wanted.userData32) &&
      (wanted.ledger === 0 || view.getUint32(TransferOffset.ledger, true) === wanted.ledger) &&
      (wanted.code === 0 || view.getUint16(TransferOffset.code, true) === wanted.code) &&
      within(wanted, timestamp)
    );
  });
  found.sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  if (wanted.reversed) found.reverse();
  return found.slice(0, Math.min(wanted.limit, 8189));
}

function accountFilter(wanted: Wanted, account: bigint, sides: number): Uint8Array {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  const offset = AccountFilterOffset;
  view.setBigUint64(offset.account_id, BigInt.asUintN(64, account), true);
  view.setBigUint64(offset.account_id + 8, account >> 64n, true);
  view.setBigUint64(offset.user_data_128, BigInt.asUintN(64, wanted.userData128), true);
  view.setBigUint64(offset.user_data_128 + 8, wanted.userData128 >> 64n, true);
  view.setBigUint64(offset.user_data_64, wanted.userData64, true);
  view.setUint32(offset.user_data_32, wanted.userData32, true);
  view.setUint16(offset.code, wanted.code, true);
  view.setBigUint64(offset.timestamp_min, wanted.min, true);
  view.setBigUint64(offset.timestamp_max, wanted.max, true);
  view.setUint32(offset.limit, wanted.limit, true);
  view.setUint32(offset.flags, sides | (wanted.reversed ? AccountFilterFlags.reversed : 0), true);
  return bytes;
}

function queryFilter(wanted: Wanted): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  const offset = QueryFilterOffset;
  view.setBigUint64(offset.user_data_128, BigInt.asUintN(64, wanted.userData128), true);
  view.setBigUint64(offset.user_data_128 + 8, wanted.userData128 >> 64n, true);
  view.setBigUint64(offset.user_data_64, wanted.userData64, true);
  view.setUint32(offset.user_data_32, wanted.userData32, true);
  view.setUint32(offset.ledger, wanted.ledger, true);
  view.setUint16(offset.code, wanted.code, true);
  view.setBigUint64(offset.timestamp_min, wanted.min, true);
  view.setBigUint64(offset.timestamp_max, wanted.max, true);
  view.setUint32(offset.limit, wanted.limit, true);
  view.setUint32(offset.flags, wanted.reversed ? QueryFilterFlags.reversed : 0, true);
  return bytes;
}

function changeEventsFilter({ min, max, limit }: Wanted): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(ChangeEventsFilterOffset.timestamp_min, min, true);
  view.setBigUint64(ChangeEventsFilterOffset.timestamp_max, max, true);
  view.setUint32(ChangeEventsFilterOffset.limit, limit, true);
  return bytes;
}

function putU128(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setBigUint64(at + 8, value >> 64n, true);
}

function balanceRow({ balances, timestamp, row }: ModelEntry, account: bigint, sides: number): string {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  const debit = (sides & AccountFilterFlags.debits) !== 0 && getU128(row, TransferOffset.debit_account_id) === account;
  for (let index = 0; index < 4; index++) putU128(view, index * 16, balances[(debit ? 0 : 4) + index]!);
  view.setBigUint64(64, timestamp, true);
  return hex(bytes);
}

function changeEvent(world: HistoryWorld, entry: ModelEntry): string {
  const bytes = new Uint8Array(384);
  const view = new DataView(bytes.buffer);
  const { row } = entry;
  const to = ChangeEventOffset;
  const move = (from: number, offset: number, size: number): void => bytes.set(row.subarray(from, from + size), offset);
  move(TransferOffset.id, to.transfer_id, 16);
  move(TransferOffset.amount, to.transfer_amount, 16);
  move(TransferOffset.pending_id, to.transfer_pending_id, 16);
  move(TransferOffset.user_data_128, to.transfer_user_data_128, 16);
  move(TransferOffset.user_data_64, to.transfer_user_data_64, 8);
  move(TransferOffset.user_data_32, to.transfer_user_data_32, 4);
  move(TransferOffset.timeout, to.transfer_timeout, 4);
  move(TransferOffset.code, to.transfer_code, 2);
  move(TransferOffset.flags, to.transfer_flags, 2);
  move(TransferOffset.ledger, to.ledger, 4);
  bytes[to.type] = entry.kind;
  view.setBigUint64(to.timestamp, entry.timestamp, true);
  move(TransferOffset.timestamp, to.transfer_timestamp, 8);
  for (const side of [0, 1]) {
    const id = getU128(row, side === 0 ? TransferOffset.debit_account_id : TransferOffset.credit_account_id);
    const account = world.accounts.find((one) => one.id === id)!.row;
    const at = side === 0 ? to.debit_account_id : to.credit_account_id;
    putU128(view, at, id);
    for (let index = 0; index < 4; index++) putU128(view, at + 16 + index * 16, entry.balances[side * 4 + index]!);
    bytes.set(account.subarray(AccountOffset.user_data_128, AccountOffset.user_data_128 + 28), at + 80);
    bytes.set(account.subarray(AccountOffset.code, AccountOffset.code + 2), at + 108);
    const flags = account[AccountOffset.flags]! & ~AccountFlags.closed;
    bytes[at + 110] = flags | ((side === 0 ? entry.debitClosed : entry.creditClosed) ? AccountFlags.closed : 0);
    bytes.set(
      account.subarray(AccountOffset.timestamp, AccountOffset.timestamp + 8),
      side === 0 ? to.debit_account_timestamp : to.credit_account_timestamp,
    );
  }
  return hex(bytes);
}

function compareQueries(random: Random, world: HistoryWorld, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const wanted = drawWanted(random, world);
    const { id, row } = random.pick(world.accounts);
    const sides = 1 + random.below(3);
    const transfers = search(world, { ...wanted, ledger: 0 }, id, sides); // an account filter has no ledger
    const filter = accountFilter(wanted, id, sides);
    assert.deepEqual(
      ask(world, Operation.get_account_transfers, filter, 128),
      transfers.map((entry) => hex(entry.row)),
      `account ${id} sides ${sides}`,
    );
    const history = (row[AccountOffset.flags]! & AccountFlags.history) !== 0;
    assert.deepEqual(
      ask(world, Operation.get_account_balances, filter, 128),
      history ? transfers.map((entry) => balanceRow(entry, id, sides)) : [],
    );
    if (round % 5 === 0) Object.assign(wanted, { userData128: 0n, userData64: 0n, userData32: 0, ledger: 0, code: 0 });
    assert.deepEqual(
      ask(world, Operation.query_transfers, queryFilter(wanted), 128),
      search(world, wanted, 0n, 0).map((entry) => hex(entry.row)),
    );
    const events = world.model.filter(({ kind, timestamp }) => kind <= EntryKind.expired && within(wanted, timestamp));
    events.sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
    assert.deepEqual(
      ask(world, Operation.get_change_events, changeEventsFilter(wanted), 384),
      events.slice(0, Math.min(wanted.limit, 2730)).map((entry) => changeEvent(world, entry)),
    );
  }
}

function compareEntries(world: HistoryWorld): void {
  const { history, model } = world;
  assert.equal(history.entries(), model.length);
  const row = new Uint8Array(128);
  const resolutions = new Map(model.filter(({ kind }) => kind >= 2 && kind <= 4).map((one) => [one.pendingEntry, one]));
  for (const { entry, kind, id, row: stored } of model) {
    assert.equal(history.readRow(entry, row, 0), kind);
    assert.equal(hex(row), hex(stored), `entry ${entry} of kind ${kind}`);
    if (kind !== EntryKind.expired) {
      assert.deepEqual(history.findById(BigInt.asUintN(64, id), id >> 64n), { entry, kind }, `id ${id}`);
    }
    if (kind === EntryKind.pending) {
      const resolution = resolutions.get(entry);
      const expected = resolution && { entry: resolution.entry, kind: resolution.kind };
      assert.deepEqual(history.resolution(entry), expected);
    }
  }
  for (let absent = 0n; absent < 300n; absent++) assert.equal(history.findById(absent, 2n ** 63n + 1n), undefined);
  assert.equal(history.findById(BigInt.asUintN(64, twins[1]), twins[1] >> 64n), undefined);
}

for (const imports of [false, true]) {
  for (let seed = 1; seed <= seeds; seed++) {
    test(`runs and generations answer as a linear search would, imports ${imports}, seed ${seed}`, () => {
      const random = new Random(seed);
      const generations = 2 + random.below(3);
      const world = new HistoryWorld(random, { ...options, imports, generations, log2Entries: 5 + random.below(4) });
      for (let step = 0; step < 8; step++) {
        for (let batch = random.below(30); batch >= 0; batch--) world.addBatch();
        if (random.below(4) === 0) world.seal();
        if (random.below(4) === 0) world.reopen();
        compareQueries(random, world, 12);
        compareEntries(world);
      }
      for (let turn = 0; turn <= generations; turn++) {
        world.addBatch();
        world.seal();
      }
      assert.ok(world.history.runs.length > 0, 'some of it is in runs');
      compareQueries(random, world, 12);
      compareEntries(world);
    });
  }
}

/** One question of each kind, with the answer as of now. */
function questions(
  random: Random,
  world: HistoryWorld,
): { readonly search: Search | undefined; readonly rows: string }[] {
  const wanted = drawWanted(random, world);
  if (random.below(4) === 0)
    Object.assign(wanted, { userData128: 0n, userData64: 0n, userData32: 0, ledger: 0, code: 0 });
  const { id } = random.pick(world.accounts);
  const ofAccount = accountFilter(wanted, id, 1 + random.below(3));
  const filters: readonly [number, Uint8Array, number][] = [
    [Operation.get_account_transfers, ofAccount, 128],
    [Operation.get_account_balances, ofAccount, 128],
    [Operation.query_transfers, queryFilter(wanted), 128],
    [Operation.get_change_events, changeEventsFilter(wanted), 384],
  ];
  return filters.map(([operation, filter, size]) => ({
    search: world.history.ask(operation, filter, 0),
    rows: ask(world, operation, filter, size).join(''),
  }));
}

for (const imports of [false, true]) {
  test(`in slices a search answers as of its beginning, whatever comes meanwhile, imports ${imports}`, () => {
    let slices = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const random = new Random(seed + 1000);
      const world = new HistoryWorld(random, { ...options, imports, generations: 2 + random.below(2), log2Entries: 7 });
      for (let round = 0; round < 12; round++) {
        for (let batch = random.below(20); batch >= 0; batch--) world.addBatch();
        const open = Array.from({ length: 3 }, () => questions(random, world)).flat();
        while (open.length > 0) {
          const one = random.pick(open);
          const units = random.pick([1, 500, 20_000]);
          slices++;
          const { search } = one;
          if (search === undefined || world.history.advance(search, { units, milliseconds: 1 })) {
            assert.equal(
              search === undefined ? '' : hex(search.answer.bytes.subarray(0, search.answer.size)),
              one.rows,
            );
            open.splice(open.indexOf(one), 1);
          }
          if (random.below(3) === 0) world.addBatch();
          if (random.below(12) === 0) world.seal();
        }
      }
    }
    assert.ok(slices > seeds * 12 * 12 * 3, `searches that are interrupted, in ${slices} slices`);
  });
}

test('a slice of a search is bounded, whatever it finds', () => {
  const random = new Random(5);
  const world = new HistoryWorld(random, { ...options, log2Entries: 13, accounts: 3 });
  while (world.model.length < 14_000) world.addBatch();
  for (let round = 0; round < 40; round++) {
    for (const { search } of questions(random, world)) {
      if (search === undefined) continue;
      for (let done = false, before = 0; !done; before = search.work.units) {
        done = world.history.advance(search, { units: 1000, milliseconds: 1 });
        assert.ok(search.work.units - before < 60_000, `${search.work.units - before} units`);
      }
    }
  }
});

test('what is looked up in the middle of a batch and then undone leaves no trace', () => {
  const random = new Random(11);
  const world = new HistoryWorld(random, { ...options, log2Entries: 10, imports: true });
  for (let step = 0; step < 12; step++) {
    world.undone(() => {
      world.addBatch();
      compareEntries(world);
    });
    world.addBatch();
    compareEntries(world);
    compareQueries(random, world, 4);
  }
});

test('long posting lists are read in windows and leapt through', () => {
  const random = new Random(77);
  const world = new HistoryWorld(random, { ...options, log2Entries: 13, accounts: 3 });
  while (world.model.length < 11_000) world.addBatch();
  world.seal();
  world.seal();
  compareQueries(random, world, 40);
  for (let turn = 0; turn < 3; turn++) {
    world.addBatch();
    world.seal();
  }
  const run = world.history.runs[0]!;
  const ledger = (row: Uint8Array): number => new DataView(row.buffer).getUint32(TransferOffset.ledger, true);
  const entries = world.model.slice(0, run.count);
  const expected = entries
    .filter(({ kind, row }) => kind < EntryKind.expired && ledger(row) === 1)
    .map((one) => one.entry);
  assert.ok(expected.length > 3000, 'a posting list of several windows');
  for (let round = 0; round < 200; round++) {
    const reversed = round % 2 === 0;
    const posting = run.posting(Column.ledger, modelHash32(1n, 0n), reversed);
    assert.equal(posting.count, expected.length);
    const stride = random.pick([1, 50, 2000, 9000]);
    for (let pos = reversed ? run.count - 1 : 0; pos >= 0 && pos < run.count; ) {
      const wanted = reversed ? expected.findLast((one) => one <= pos) : expected.find((one) => one >= pos);
      assert.equal(posting.seek(pos), wanted ?? END);
      if (stride === 1 && random.below(50) > 0) pos = wanted ?? run.count;
      pos += (reversed ? -1 : 1) * (1 + random.below(stride));
    }
  }
  compareQueries(random, world, 60);
});

test('an empty history answers nothing', () => {
  const world = new HistoryWorld(new Random(1), options);
  assert.equal(world.history.entries(), 0);
  assert.equal(world.history.findById(1n, 0n), undefined);
  compareQueries(new Random(2), world, 20);
});

test('an invalid filter finds nothing, and so does an account without history', () => {
  const random = new Random(3);
  const world = new HistoryWorld(random, options);
  for (let batch = 0; batch < 40; batch++) world.addBatch();
  const good: Wanted = {
    ...{ userData128: 0n, userData64: 0n, userData32: 0, ledger: 0, code: 0 },
    ...{ min: 0n, max: 0n, limit: 10, reversed: false },
  };
  const account = world.accounts[0]!.id;
  const count = (operation: number, filter: Uint8Array): number => world.history.query(operation, filter, 0, target, 0);
  const valid = accountFilter(good, account, 3);
  assert.equal(count(Operation.get_account_transfers, valid), 10);
  assert.equal(count(Operation.query_transfers, queryFilter(good)), 10);
  assert.equal(count(Operation.get_change_events, changeEventsFilter(good)), 10);

  const spoil = (filter: Uint8Array, at: number, byte: number): Uint8Array => {
    const copy = filter.slice();
    copy[at] = byte;
    return copy;
  };
  for (const filter of [
    accountFilter(good, 0n, 3),
    accountFilter(good, 2n ** 128n - 1n, 3),
    accountFilter(good, account, 0),
    accountFilter(good, account, 3 + 8),
    accountFilter({ ...good, limit: 0 }, account, 3),
    accountFilter({ ...good, min: 2n, max: 1n }, account, 3),
    accountFilter({ ...good, min: 2n ** 63n }, account, 3),
    accountFilter({ ...good, max: 2n ** 64n - 1n }, account, 3),
    spoil(valid, AccountFilterOffset.code + 2, 1),
    spoil(valid, AccountFilterOffset.timestamp_min - 1, 1),
  ]) {
    assert.equal(count(Operation.get_account_transfers, filter), 0, hex(filter));
    assert.equal(count(Operation.get_account_balances, filter), 0, hex(filter));
  }
  const query = queryFilter(good);
  for (const filter of [
    spoil(query, QueryFilterOffset.flags, 2),
    spoil(query, QueryFilterOffset.code + 2, 1),
    spoil(query, QueryFilterOffset.timestamp_min - 1, 1),
    queryFilter({ ...good, limit: 0 }),
    queryFilter({ ...good, min: 5n, max: 4n }),
    queryFilter({ ...good, min: 2n ** 63n }),
  ]) {
    assert.equal(count(Operation.query_transfers, filter), 0, hex(filter));
  }
  const changes = changeEventsFilter(good);
  for (const filter of [
    spoil(changes, ChangeEventsFilterOffset.limit + 4, 1),
    spoil(changes, 63, 1),
    changeEventsFilter({ ...good, limit: 0 }),
    changeEventsFilter({ ...good, min: 5n, max: 4n }),
    changeEventsFilter({ ...good, max: 2n ** 63n }),
  ]) {
    assert.equal(count(Operation.get_change_events, filter), 0, hex(filter));
  }
  assert.equal(count(Operation.get_account_balances, accountFilter(good, 999_999n, 3)), 0, 'no such account');
  const plain = world.accounts.find(({ row }) => (row[AccountOffset.flags]! & AccountFlags.history) === 0)!;
  assert.equal(
    count(Operation.get_account_balances, accountFilter(good, plain.id, 3)),
    0,
    'an account without history',
  );
});

test('rows older than the last start come from the journal, though the ring has room for them', () => {
  const random = new Random(9);
  const world = new HistoryWorld(random, { ...options, rowsCount: 1024 });
  for (let batch = 0; batch < 30; batch++) world.addBatch();
  compareEntries(world);
  assert.equal(world.cellReads, 0);
  const restarted = Object.assign(world.layout, { rowsFirst: world.model.length });
  new Uint8Array(world.memory.buffer).fill(0xaa, restarted.rows, restarted.rows + 1024 * 128);
  compareEntries(world);
  assert.ok(world.cellReads > 0);
});

test('the filter, the hash and their twins in TypeScript agree to the bit', () => {
  const world = new HistoryWorld(new Random(4), options);
  const kernel = projectorKernel(world.memory);
  const words = new Uint32Array(world.memory.buffer);
  const [generation] = world.layout.generations;
  const column = generation!.columns[0]!;
  const count = 128;
  for (let index = 0; index < count; index++) {
    const [lo, hi] = [BigInt(index) * 0x1_0000_0001n, BigInt(index % 7) << 60n];
    words[column / 4 + index] = kernel.hash32(lo, hi);
    assert.equal(words[column / 4 + index], modelHash32(lo, hi));
  }
  assert.equal(kernel.hash32(0n, 0n), 1, 'never 0');
  const address = world.layout.scratch;
  kernel.filterBuild(column, 0, count, count, address);
  const blocks = kernel.filterBlocks(count);
  const filter = words.slice(address / 4, address / 4 + blocks * 16);
  for (let index = 0; index < count; index++) {
    assert.ok(filterMayHold(filter, blocks, words[column / 4 + index]!), 'what was added is found');
  }
  let wrong = 0;
  for (let hash = 1; hash < 2 ** 32; hash += 429_497) {
    const found = filterMayHold(filter, blocks, hash);
    assert.equal(kernel.filterMayHold(address, blocks, hash) !== 0, found);
    if (found) wrong++;
  }
  assert.ok(wrong < 10_000 * 0.05, `one in ninety or so by design, ${wrong} in 10,000 here`);
});
