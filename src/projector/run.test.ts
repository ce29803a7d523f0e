import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { HistoryWorld, runsIn, type WorldOptions } from '../../testing/model/history-world.ts';
import { Random } from '../../testing/model/random.ts';
import {
  EntryKind,
  type ErrorCode,
  Operation,
  QueryFilterOffset,
  RUN_HEADER_SIZE,
  RunSection,
  SECTIONS_COUNT,
  TallystickError,
} from '../model/index.ts';
import { crc32, MemoryStorage, type Storage } from '../platform/index.ts';
import { Run, warmRun } from './run.ts';
import { decodeRunHeader } from './run-format.ts';
import { finish } from './run-writer.ts';

const options: WorldOptions = { log2Entries: 9, generations: 2, rowsCount: 16, accounts: 6, imports: true };
const PATH = 'runs/00000000.run';

/** A world with one full run and as much again in memory. */
function worldWithRun(seed: number, storage: Storage = new MemoryStorage()): HistoryWorld {
  const world = new HistoryWorld(new Random(seed), options, storage);
  while (world.history.runs.length === 0) world.addBatch();
  return world;
}

function readFile(storage: Storage, path: string): Uint8Array {
  const file = storage.open(path, { mode: 'read' });
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  return bytes;
}

function storageWith(path: string, bytes: Uint8Array): MemoryStorage {
  const storage = new MemoryStorage();
  storage.open(path, { mode: 'create' }).write(bytes, 0);
  return storage;
}

function fails(code: ErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TallystickError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.message.includes(PATH) || error.message.includes('entry'), error.message);
    return true;
  };
}

/** All that a history answers about some questions, as text; an answer may be `run_corrupt`. */
function answers(world: HistoryWorld): string[] {
  const target = new Uint8Array(8189 * 384);
  const filter = (set: (view: DataView) => void): Uint8Array => {
    const bytes = new Uint8Array(128);
    set(new DataView(bytes.buffer));
    return bytes;
  };
  const limited = (view: DataView): void => view.setUint32(QueryFilterOffset.limit, 8189, true);
  const changes = filter((view) => view.setUint32(16, 2730, true)).subarray(0, 64);
  const all = filter(limited).subarray(0, 64);
  const coded = filter((view) => {
    limited(view);
    view.setUint16(QueryFilterOffset.code, 2, true);
  }).subarray(0, 64);
  const account = filter((view) => {
    view.setBigUint64(0, BigInt.asUintN(64, world.accounts[2]!.id), true);
    view.setBigUint64(8, world.accounts[2]!.id >> 64n, true);
    view.setUint32(120, 8189, true);
    view.setUint32(124, 3, true);
  });
  const attempts: (() => string)[] = [
    [Operation.query_transfers, all, 128],
    [Operation.query_transfers, coded, 128],
    [Operation.get_account_transfers, account, 128],
    [Operation.get_change_events, changes, 384],
  ].map(([operation, bytes, size]) => () => {
    const count = world.history.query(operation as number, bytes as Uint8Array, 0, target, 0);
    return Buffer.from(target.subarray(0, count * (size as number))).toString('base64');
  });
  for (const { id, kind, entry } of world.model.filter((_, index) => index % 7 === 0)) {
    attempts.push(() => JSON.stringify(world.history.findById(BigInt.asUintN(64, id), id >> 64n)));
    if (kind === EntryKind.pending) attempts.push(() => JSON.stringify(world.history.resolution(entry)));
  }
  return attempts.map((attempt) => {
    try {
      return attempt();
    } catch (error) {
      if (error instanceof TallystickError) return error.code;
      throw error;
    }
  });
}

test('a run says what it holds, and that it is whole', () => {
  const world = worldWithRun(1);
  const run = world.history.runs[0]!;
  assert.equal(run.firstEntry, 0);
  const entries = world.model.slice(0, run.count);
  const ids = entries.filter(({ kind }) => kind !== EntryKind.expired).map(({ id }) => id);
  const bigger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  assert.equal(run.idMin, ids.reduce(smaller));
  assert.equal(run.idMax, ids.reduce(bigger));
  assert.equal(run.timestampMin, entries.map(({ timestamp }) => timestamp).reduce(smaller));
  assert.equal(run.timestampMax, entries.map(({ timestamp }) => timestamp).reduce(bigger));
  assert.equal(run.filterBytes.length, run.filterBlocks * 64);
  run.verify();
});

test('a flipped bit in any section is found, and no query takes it for an answer', () => {
  const random = new Random(5);
  const world = worldWithRun(2);
  const whole = readFile(world.storage, PATH);
  const header = decodeRunHeader(whole, PATH, whole.length);
  const truth = answers(world);
  assert.ok(!truth.includes('run_corrupt'));
  for (let section = 0; section < SECTIONS_COUNT; section++) {
    const { offset, size } = header.sections[section]!;
    assert.ok(size > 0, `section ${section} has bytes to damage`);
    for (let round = 0; round < 12; round++) {
      const bytes = whole.slice();
      bytes[offset + random.below(size)]! ^= 1 << random.below(8);
      const storage = storageWith(PATH, bytes);
      assert.throws(() => Run.open(storage, PATH, world.ledgerId).verify(), fails('run_corrupt'), `section ${section}`);
      try {
        world.reopen(storage);
      } catch (error) {
        fails('run_corrupt')(error);
        continue;
      }
      assert.ok(
        ![RunSection.filter, RunSection.blocks, RunSection.spans, RunSection.checksums].some((one) => one === section),
      );
      for (const [index, answer] of answers(world).entries()) {
        assert.ok(answer === truth[index] || answer === 'run_corrupt', `section ${section}: a wrong answer`);
      }
    }
  }
});

test('a damaged header, a shortened file, another ledger, a newer format: each is told apart', () => {
  const world = worldWithRun(3);
  const whole = readFile(world.storage, PATH);
  const open = (bytes: Uint8Array, ledgerId = world.ledgerId): Run =>
    Run.open(storageWith(PATH, bytes), PATH, ledgerId);
  open(whole).verify();
  for (let at = 0; at < RUN_HEADER_SIZE; at += at < 400 ? 1 : 97) {
    const bytes = whole.slice();
    bytes[at]! ^= 1;
    assert.throws(() => open(bytes), fails(at >= 4 && at < 8 ? 'format_foreign' : 'run_corrupt'), `byte ${at}`);
  }
  for (const size of [0, 100, RUN_HEADER_SIZE, whole.length - 1]) {
    assert.throws(() => open(whole.subarray(0, size)), fails('run_corrupt'), `${size} bytes`);
  }
  assert.throws(() => open(new TextEncoder().encode('option "title" "Books"'.repeat(400))), fails('format_foreign'));
  assert.throws(() => open(whole, world.ledgerId + 1n), fails('format_foreign'));
  const newer = whole.slice();
  const view = new DataView(newer.buffer);
  view.setUint32(8, 3, true);
  view.setUint32(0, crc32(newer.subarray(4, RUN_HEADER_SIZE)), true);
  assert.throws(() => open(newer), fails('format_newer'));
  assert.throws(
    () => Run.open(new MemoryStorage(), PATH, 0n),
    (error: TallystickError) => error.code === 'not_found',
  );
});

test('whenever the power goes, there is the whole run or none, and the build can be done again', () => {
  const random = new Random(6);
  const draw = (): number => random.u32() / 2 ** 32;
  const storage = new FaultyStorage();
  const world = new HistoryWorld(random, options, storage);
  while (world.history.entries() < 300) world.addBatch();
  const index = world.markSealed();
  const before = storage.bytesWritten;
  finish(world.builder.build(index, 0));
  const size = storage.bytesWritten - before;
  const whole = readFile(storage, PATH);
  storage.remove(PATH);
  storage.syncFolder('runs');
  let found = 0;
  const early = Array.from({ length: 40 }, () => random.below(size));
  const late = Array.from({ length: 40 }, () => size - random.below(8192)); // the header comes last
  for (const cut of [0, ...early, ...late, size, size + 1]) {
    const disk = storage.fork();
    disk.failAfter(cut, 'power');
    try {
      finish(world.builderOn(disk).build(index, 0));
    } catch (error) {
      assert.equal((error as Error).name, 'PowerLost');
    }
    const after = disk.crash(draw);
    for (const run of runsIn(after, world.ledgerId)) {
      run.verify();
      found++;
    }
    finish(world.builderOn(after).build(index, 0));
    assert.deepEqual(readFile(after, PATH), whole, `after a cut at byte ${cut}`);
  }
  assert.ok(found > 0, 'sometimes the run was there already');
});

test('a full disk stops the build, leaves nothing behind, and the next build succeeds', () => {
  const storage = new FaultyStorage();
  const world = new HistoryWorld(new Random(7), options, storage);
  while (world.history.entries() < 300) world.addBatch();
  const index = world.markSealed();
  storage.failAfter(500_000, 'disk_full');
  assert.throws(
    () => finish(world.builder.build(index, 0)),
    (error: TallystickError) => error.code === 'disk_full',
  );
  assert.deepEqual(storage.list('runs'), []);
  storage.repair();
  const steps = world.builder.build(index, 0);
  let count = 0;
  while (steps.next().done !== true) count++;
  assert.ok(count > 10, 'it works in steps');
  Run.open(storage, PATH, world.ledgerId).verify();
});

test('warming a run reads all of it, in steps', () => {
  const world = worldWithRun(8);
  const size = readFile(world.storage, PATH).length;
  let read = 0;
  const storage = Object.create(world.storage) as Storage;
  storage.open = (path, how) => {
    const file = world.storage.open(path, how);
    const counted = Object.create(file) as typeof file;
    counted.read = (target, position) => {
      assert.ok(target.length <= 2 ** 20, 'a step is short');
      const count = file.read(target, position);
      read += count;
      return count;
    };
    counted.close = () => file.close();
    return counted;
  };
  let steps = 0;
  for (const warming = warmRun(storage, PATH); warming.next().done !== true; ) steps++;
  assert.equal(read, size);
  assert.ok(steps > 1);
});
