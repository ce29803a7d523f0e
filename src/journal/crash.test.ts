import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { addSample, randomFrom, writeSample } from '../../testing/disk/sample.ts';
import { CELL_SIZE, HeaderOffset, TallystickError } from '../model/index.ts';
import { type File, MemoryStorage, type OpenOptions, type Storage } from '../platform/index.ts';
import { readNumber } from './header.ts';
import { Journal } from './journal.ts';
import { POSITION_FIRST, type Position } from './position.ts';
import { type Recovered, recoverJournal } from './recovery.ts';

const ledgerId = 77n;
/** Two blocks a segment: boundaries are met often. */
const segmentCells = 64;
const folder = '/l/journal';
const window = new Uint8Array(16 * 1024);
const windowView = new DataView(window.buffer);
const bodies = new Map<string, Uint8Array>();
const memory = new Uint8Array(16 * 1024);

function open(storage: Storage, position: Position, fence = position.fence + 1n): Journal {
  return new Journal(storage, folder, memory, { ledgerId, fence, position, segmentCells, stagingSize: 8192 });
}

function expectedBody(op: number, cells: number): Uint8Array {
  const key = `${op} ${cells}`;
  const known = bodies.get(key);
  if (known !== undefined) return known;
  const bytes = new Uint8Array(CELL_SIZE * (1 + cells));
  writeSample(bytes, 0, { op, cell: 1, cells, segmentCells });
  bodies.set(key, bytes.subarray(CELL_SIZE));
  return bodies.get(key)!;
}

/** Every op found must be the next one and carry the bytes that were written for it: nothing is invented. */
function recover(storage: Storage, opAtLeast = 0, from: Position = POSITION_FIRST): Recovered {
  let op = from.op;
  return recoverJournal(
    storage,
    folder,
    from,
    window,
    (offset) => {
      assert.equal(readNumber(windowView, offset + HeaderOffset.op), ++op);
      const cells = windowView.getUint32(offset + HeaderOffset.cells, true);
      const body = expectedBody(op, cells);
      const size = CELL_SIZE * (1 + cells);
      const found = Buffer.compare(window.subarray(offset + CELL_SIZE, offset + size), body);
      assert.equal(found, 0, `op ${op} has the bytes that were written`);
    },
    { ledgerId, segmentCells, evidence: [{ op: opAtLeast, source: 'the clean close' }] },
  );
}

/**
 * Batch sizes in cells; a flush follows each group. 63 cells do not fit behind anything: they ask for a segment of
 * their own.
 */
const script = [[0], [1, 5], [20, 2, 3], [30], [62], [7, 0, 9, 11], [40, 40, 3], [1], [0, 0], [25, 25], [12]];

interface Progress {
  added: number;
  durable: number;
}

function play(journal: Journal, progress: Progress, groups: readonly (readonly number[])[] = script): void {
  for (const [index, group] of groups.entries()) {
    for (const cells of group) {
      progress.added = journal.position.op + 1;
      addSample(journal, memory, cells, segmentCells);
      progress.durable = Math.max(progress.durable, journal.durableOp);
    }
    journal.flush();
    progress.durable = journal.durableOp;
    if (index % 3 === 1) while (journal.prepareAhead());
  }
}

/** A storage that hands every write to `before` first. */
function watched(storage: MemoryStorage, before: (path: string, bytes: Uint8Array, position: number) => void): Storage {
  const wrap = (file: File): File => ({
    path: file.path,
    read: (target, position) => file.read(target, position),
    write: (bytes, position) => {
      before(file.path, bytes, position);
      file.write(bytes, position);
    },
    writev: (pieces, position) => file.writev(pieces, position),
    sync: () => file.sync(),
    size: () => file.size(),
    truncate: (size) => file.truncate(size),
    isNamed: () => file.isNamed(),
    isGone: () => file.isGone(),
    close: () => file.close(),
  });
  return {
    open: (path: string, options: OpenOptions) => wrap(storage.open(path, options)),
    exists: (path) => storage.exists(path),
    list: (path) => storage.list(path),
    makeFolder: (path) => storage.makeFolder(path),
    remove: (path) => storage.remove(path),
    rename: (from, to) => storage.rename(from, to),
    syncFolder: (path) => storage.syncFolder(path),
    claim: (path, bytes) => storage.claim(path, bytes),
    buffer: (size) => storage.buffer(size),
  };
}

test('cut off at any byte of any write, no acknowledged batch is lost and none is invented', () => {
  const storage = new MemoryStorage();
  const progress: Progress = { added: 0, durable: 0 };
  let cuts = 0;
  let bytesWritten = 0;
  const journal = open(
    watched(storage, (path, bytes, position) => {
      bytesWritten += bytes.length;
      const before = new Uint8Array(bytes.length);
      storage.open(path, { mode: 'read' }).read(before, position);
      for (let cut = 0; cut < bytes.length; cut++) {
        // A byte that was there before makes the same file as the cut in front of it.
        if (cut > 0 && bytes[cut - 1] === before[cut - 1]) continue;
        const image = storage.fork();
        image.open(path, { mode: 'write' }).write(bytes.subarray(0, cut), position);
        const found = recover(image);
        assert.ok(found.op >= progress.durable, `op ${progress.durable} was acknowledged, ${found.op} found`);
        assert.ok(found.op <= progress.added);
        cuts++;
      }
    }),
    POSITION_FIRST,
  );
  play(journal, progress);
  assert.equal(progress.durable, script.flat().length);
  assert.ok(cuts > 30_000 && bytesWritten > 60_000, `${cuts} cuts in ${bytesWritten} bytes`);
});

test('crash after crash that tears and reorders what was not synced, no acknowledged batch is lost', () => {
  const met = { torn: 0, kept: 0, whole: 0 };
  for (let seed = 1; seed <= 1000; seed++) {
    const random = randomFrom(seed);
    let storage = new FaultyStorage();
    let position: Position = POSITION_FIRST;
    const progress: Progress = { added: 0, durable: 0 };
    for (let life = 1; life <= 4; life++) {
      storage.failAfter(Math.floor(random() * 25_000), 'power');
      try {
        play(open(storage, position, BigInt(life)), progress, script.slice(0, 2 + Math.floor(random() * 9)));
      } catch (error) {
        assert.equal((error as Error).name, 'PowerLost');
      }
      storage = storage.crash(random);
      // The power may go in the middle of recovery as well.
      storage.failAfter(Math.floor(random() * 8000), 'power');
      try {
        if (recover(storage).tornCells > 0) met.torn++;
      } catch (error) {
        assert.equal((error as Error).name, 'PowerLost', `seed ${seed}: ${error}`);
      }
      storage = storage.crash(random);
      const found = recover(storage);
      position = found;
      if (found.tornCells > 0) met.torn++;
      if (position.op > progress.durable) met.kept++;
      if (position.op === progress.added) met.whole++;
      assert.ok(position.op >= progress.durable && position.op <= progress.added, `seed ${seed} life ${life}`);
      assert.deepEqual(
        { ...recover(storage) },
        { ...position, tornCells: 0, tornAt: undefined, loss: undefined },
        'what was cut is gone',
      );
      progress.added = position.op;
      progress.durable = position.op;
    }
  }
  assert.ok(met.torn > 400 && met.kept > 500 && met.whole > 500, JSON.stringify(met));
});

/** A copy of the files in which one bit of that byte is another. */
function flipped(storage: MemoryStorage, path: string, byte: number): MemoryStorage {
  const image = storage.fork();
  const file = image.open(path, { mode: 'write' });
  const cell = new Uint8Array(1);
  file.read(cell, byte);
  file.write(Uint8Array.of(cell[0]! ^ (1 << (byte % 8))), byte);
  return image;
}

test('one inverted bit is found out, or was in nothing, or in the last flush, which nothing vouches for', () => {
  const storage = new MemoryStorage();
  const progress: Progress = { added: 0, durable: 0 };
  play(open(storage, POSITION_FIRST), progress);
  const last = progress.durable;
  const vouched = last - script.at(-1)!.length;
  const outcome = { corrupt: 0, harmless: 0, tail: 0 };
  for (const name of storage.list(folder)) {
    const path = `${folder}/${name}`;
    const bytes = storage.open(path, { mode: 'read' }).size();
    for (let byte = 0; byte < bytes; byte++) {
      try {
        const found = recover(flipped(storage, path, byte));
        assert.ok(found.op >= vouched, `byte ${byte} of ${name}: op ${found.op}`);
        if (found.op === last) outcome.harmless++;
        else {
          outcome.tail++;
          const closedInOrder = flipped(storage, path, byte);
          assert.throws(() => recover(closedInOrder, last), {
            code: 'journal_corrupt',
            message: /says that op \d+ was durable/,
          });
        }
      } catch (error) {
        assert.ok(error instanceof TallystickError, String(error));
        assert.match(error.code, /^(journal_corrupt|format_foreign|format_newer)$/);
        assert.match(error.message, /\d{8}\.seg/);
        outcome.corrupt++;
      }
    }
  }
  assert.ok(outcome.corrupt > 20_000 && outcome.tail > 500 && outcome.harmless > 5_000, JSON.stringify(outcome));
});

test('a damaged batch is named by file, offset and op', () => {
  const storage = new FaultyStorage();
  play(open(storage, POSITION_FIRST), { added: 0, durable: 0 });
  // Op 2 begins at cell 2; its body is the cell after.
  storage.flip(`${folder}/00000000.seg`, (3 * CELL_SIZE + 17) * 8);
  assert.throws(() => recover(storage), {
    code: 'journal_corrupt',
    message:
      /\/l\/journal\/00000000\.seg offset 256: op 2 is damaged or missing, and op 4 at .* says that it had been durable/,
  });
});

test('a full or broken disk stops the writer for good, and all that was acknowledged is found later', () => {
  for (const how of ['disk_full', 'disk_failed'] as const) {
    for (let bytes = 0; bytes < 90_000; bytes += 977) {
      const storage = new FaultyStorage();
      const progress: Progress = { added: 0, durable: 0 };
      storage.failAfter(bytes, how);
      let journal: Journal | undefined;
      try {
        journal = open(storage, POSITION_FIRST);
        play(journal, progress);
      } catch (error) {
        assert.ok(error instanceof TallystickError && error.code === how, String(error));
        if (journal !== undefined) {
          assert.throws(() => journal!.flush(), { code: how });
          assert.throws(() => addSample(journal!, memory, 1, segmentCells), { code: how });
          assert.equal(journal.prepareAhead(), false);
          journal.close();
        }
      }
      storage.repair();
      const found = recover(storage);
      assert.ok(found.op >= progress.durable && found.op <= progress.added);
      play(open(storage, found), { added: found.op, durable: found.op });
      assert.equal(recover(storage).op, found.op + script.flat().length);
    }
  }
});

test('room that is missing only for what is done ahead costs no batch', () => {
  const storage = new FaultyStorage();
  const journal = open(storage, POSITION_FIRST);
  for (let round = 0; round < 40; round++) {
    addSample(journal, memory, 5, segmentCells);
    journal.flush();
    storage.failAfter(100, 'disk_full');
    while (journal.prepareAhead());
    storage.repair();
  }
  journal.close();
  assert.equal(recover(storage).op, 40);
});

test('a disk that lied about syncs is found out wherever a later batch vouches for a lost one', () => {
  let found = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomFrom(seed);
    const storage = new FaultyStorage();
    const progress: Progress = { added: 0, durable: 0 };
    const journal = open(storage, POSITION_FIRST);
    play(journal, progress, script.slice(0, 4));
    const honest = progress.durable;
    storage.lie(Number.POSITIVE_INFINITY);
    play(journal, progress, script.slice(4));
    try {
      assert.ok(recover(storage.crash(random)).op >= honest);
    } catch (error) {
      assert.ok(error instanceof TallystickError && error.code === 'journal_corrupt', String(error));
      found++;
    }
  }
  assert.ok(found > 50, `${found}`);
});

test('batches of another ledger and of a writer that had lost its fence are not taken for ours', () => {
  const storage = new FaultyStorage();
  play(open(storage, POSITION_FIRST, 5n), { added: 0, durable: 0 }, [[1], [1]]);
  assert.throws(
    () =>
      recoverJournal(storage, folder, POSITION_FIRST, window, () => undefined, {
        ledgerId: ledgerId + 1n,
        segmentCells,
      }),
    { code: 'format_foreign', message: /belongs to ledger 4d, not to 4e/ },
  );
  const found = recover(storage);
  assert.equal(found.op, 2);
  const late = { ...found, fence: 3n };
  play(open(storage, late, 3n), { added: 2, durable: 2 }, [[1]]);
  const again = recover(storage);
  assert.equal(again.op, 2);
  assert.equal(again.tornCells, 2);
  assert.equal(again.tornAt, '/l/journal/00000000.seg offset 640');
});

test('files of a newer format, and files that are none of ours, are refused and left alone', () => {
  const storage = new FaultyStorage();
  const path = `${folder}/00000000.seg`;
  const foreign = storage.open(path, { mode: 'create' });
  const text = new Uint8Array(9000).fill(65);
  foreign.write(text, 0);
  assert.throws(() => recover(storage), { code: 'format_foreign', message: /00000000\.seg is not a segment/ });
  assert.equal(foreign.size(), 9000);
});

test('a journal that ends before the snapshot, or before the record of a clean close, is damaged', () => {
  const storage = new FaultyStorage();
  const journal = open(storage, POSITION_FIRST);
  play(journal, { added: 0, durable: 0 });
  const end = journal.position;
  assert.equal(recover(storage.fork(), end.op, end).op, end.op);
  assert.throws(() => recover(storage.fork(), end.op + 1), { code: 'journal_corrupt' });
  const shorter = storage.fork();
  const last = shorter.list(folder).at(-1)!;
  shorter.remove(`${folder}/${last}`);
  assert.throws(() => recover(shorter.fork(), 0, end), { code: 'journal_corrupt', message: /snapshot/ });
  const other = { ...end, parent: end.parent ^ 1 };
  assert.throws(() => recover(storage.fork(), 0, other), { code: 'journal_corrupt', message: /snapshot/ });
  const gap = storage.fork();
  gap.remove(`${folder}/00000001.seg`);
  assert.throws(() => recover(gap), { code: 'journal_corrupt', message: /00000000\.seg|00000001\.seg/ });
});

test('a batch of a failed sync that the page cache shows later is on the disk before anything follows it', () => {
  const disk = new FaultyStorage();
  // A file system without direct transfers: pages whose sync failed are called clean.
  disk.direct = false;
  const first = open(disk, POSITION_FIRST);
  addSample(first, memory, 3, segmentCells);
  first.flush();
  disk.faults = ({ kind }) => (kind === 'sync' ? { kind: 'sync_failed' } : undefined);
  addSample(first, memory, 2, segmentCells);
  assert.throws(() => first.flush(), { code: 'disk_failed' });
  disk.repair();
  const alive = disk.restart();
  const found = recover(alive);
  assert.equal(found.op, 2, 'the page cache has it');
  assert.equal(recover(alive.crash(() => 0)).op, 2, 'and so has the disk, now that it was shown');
});

test('a write that landed on older batches is found by its header, which says where it belongs', () => {
  const disk = new FaultyStorage();
  const journal = open(disk, POSITION_FIRST);
  for (const cells of [1, 30, 40]) {
    addSample(journal, memory, cells, segmentCells);
    journal.flush();
  }
  // The fourth batch, in the second segment, lands on the first block of it, and with it goes all that knew of the
  // third.
  disk.faults = ({ kind, position }) =>
    kind === 'write' && position > 0 ? { kind: 'misdirected', by: -position + CELL_SIZE * 4 } : undefined;
  addSample(journal, memory, 5, segmentCells);
  journal.flush();
  disk.faults = undefined;
  assert.throws(() => recover(disk.crash(() => 0)), { code: 'journal_corrupt', message: /put it elsewhere/ });
});

test('one read that went wrong, whichever it is, cuts nothing that was acknowledged', () => {
  const disk = new FaultyStorage();
  const journal = open(disk, POSITION_FIRST);
  play(journal, { added: 0, durable: 0 }, [[1, 5], [20]]);
  journal.close();
  const { op } = journal.position;
  let reads = 0;
  for (let nth = 0; reads >= nth; nth++) {
    for (const bit of [0, 5, 8 * CELL_SIZE + 100, 8 * CELL_SIZE * 3, 8 * CELL_SIZE * 9 + 700]) {
      const copy = disk.fork();
      reads = 0;
      copy.faults = ({ kind }) => (kind === 'read' && reads++ === nth ? { kind: 'rot', bit } : undefined);
      try {
        assert.equal(recover(copy).op, op, `read ${nth}, bit ${bit}`);
      } catch (error) {
        if (!(error instanceof TallystickError && error.code === 'journal_corrupt')) throw error;
      }
      copy.faults = undefined;
      assert.equal(recover(copy).op, op, `after read ${nth}, bit ${bit}`);
    }
  }
  assert.ok(reads > 5, `${reads} reads`);
});
