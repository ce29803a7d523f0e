import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addSample, randomFrom } from '../../testing/disk/sample.ts';
import { sharedMemory } from '../base/index.ts';
import { BLOCK_CELLS, CELL_SIZE, TallystickError } from '../model/index.ts';
import { MemoryStorage } from '../platform/index.ts';
import { CellReader } from './cell-reader.ts';
import { segmentName } from './cells.ts';
import { Journal } from './journal.ts';
import { beginSums, LiveSums } from './live-sums.ts';
import { POSITION_FIRST, type Position } from './position.ts';
import { recoverJournal } from './recovery.ts';
import { readSums, type Sums, sumsName, vouchedSums, writeSums } from './sums.ts';

const ledgerId = 0xfeed_1234_5678_9abcn;
const segmentCells = 256;
const folder = '/l/journal';

function segmentsOf(storage: MemoryStorage): Parameters<typeof vouchedSums>[0] {
  return { storage, folder, ledgerId, segmentCells };
}

function newLive(): LiveSums {
  return new LiveSums(sharedMemory(1), 0, segmentCells);
}

interface Written {
  readonly storage: MemoryStorage;
  readonly memory: Uint8Array;
  readonly live: LiveSums;
  readonly journal: Journal;
}

function journalOn(storage: MemoryStorage, position: Position = POSITION_FIRST, fence = 1n): Written {
  const live = newLive();
  beginSums(segmentsOf(storage), position, live);
  const memory = new Uint8Array(64 * 1024);
  const options = { ledgerId, fence, position, segmentCells, stagingSize: 8192, sums: live };
  return { storage, memory, live, journal: new Journal(storage, folder, memory, options) };
}

/** Batches of wild sizes, flushed now and then. */
function write({ journal, memory }: Written, batches: number, seed: number): void {
  const random = randomFrom(seed);
  for (let batch = 0; batch < batches; batch++) {
    addSample(journal, memory, Math.floor(random() ** 3 * 120), segmentCells);
    if (random() < 0.3) journal.flush();
  }
  journal.flush();
}

function bytesOf(storage: MemoryStorage, path: string): Uint8Array {
  const file = storage.open(path, { mode: 'read' });
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return bytes;
}

const rotl = (value: number, by: number): number => ((value << by) | (value >>> (32 - by))) >>> 0;
const fold = (sum: number, next: number): number => rotl(Math.imul(sum ^ next, 0x85ebca77), 13);

/** The sum of a cell as docs/internals/formats.md has it, written a second time. */
function plainSum(cell: Uint8Array): number {
  const view = new DataView(cell.buffer, cell.byteOffset, CELL_SIZE);
  const lanes = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  for (let word = 0; word < 32; word++) {
    const mixed = Math.imul(lanes[word % 4]! ^ view.getUint32(word * 4, true), 0x9e3779b1) >>> 0;
    lanes[word % 4] = (mixed ^ (mixed >>> 15)) >>> 0;
  }
  return lanes.reduce(fold);
}

/** The items of `cells` cells of a segment's file. */
function plainItems(storage: MemoryStorage, segment: number, cells: number): number[] {
  const bytes = bytesOf(storage, `${folder}/${segmentName(segment)}`);
  const items: number[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const block = Math.floor(cell / BLOCK_CELLS);
    items[block] = fold(items[block] ?? 0, plainSum(bytes.subarray(cell * CELL_SIZE, (cell + 1) * CELL_SIZE)));
  }
  return items;
}

function isRight(storage: MemoryStorage, segment: number, sums: Sums): void {
  const count = Math.ceil(sums.cells / BLOCK_CELLS);
  assert.deepEqual([...sums.items.subarray(0, count)], plainItems(storage, segment, sums.cells));
}

function flip(storage: MemoryStorage, path: string, byte: number, bit: number): void {
  const file = storage.open(path, { mode: 'write' });
  const one = new Uint8Array(1);
  file.read(one, byte);
  one[0]! ^= 1 << bit;
  file.write(one, byte);
  file.close();
}

test("the writer's checksums, the files' and those that batches vouch for are those of the bytes on disk", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const written = journalOn(new MemoryStorage());
    const { storage, journal, live } = written;
    write(written, 60, seed);
    const { segment, cells } = live.durable;
    assert.ok(segment > 1, 'there are some segments');
    assert.equal(segment * segmentCells + cells, journal.position.cell);
    isRight(storage, segment, live.sums(0, 0));
    for (let full = 0; full < segment; full++) {
      const read = readSums(segmentsOf(storage), full);
      assert.ok(read !== undefined);
      isRight(storage, full, read);
      storage.remove(`${folder}/${sumsName(full)}`);
      const vouched = vouchedSums(segmentsOf(storage), full);
      assert.equal(vouched.cells, read.cells);
      assert.equal(vouched.op, read.op);
      assert.equal(vouched.parent, read.parent);
      isRight(storage, full, vouched);
    }
    journal.close();
    const { op, parent } = readSums(segmentsOf(storage), segment)!;
    assert.deepEqual({ op, parent }, { op: journal.position.op, parent: journal.position.parent });
  }
});

test('a journal opened again, with or without the last file of sums, goes on with the right checksums', () => {
  for (const keep of [true, false]) {
    const storage = new MemoryStorage();
    let position = POSITION_FIRST;
    for (let round = 1; round <= 30; round++) {
      const written = journalOn(storage, position, BigInt(round));
      write(written, 1 + (round % 4), round);
      written.journal.close();
      const { segment, cells } = written.live.durable;
      isRight(storage, segment, { ...written.live.sums(0, 0), cells });
      if (!keep) storage.remove(`${folder}/${sumsName(segment)}`);
      position = recoverJournal(storage, folder, POSITION_FIRST, new Uint8Array(65_536), () => {}, {
        ledgerId,
        segmentCells,
      });
    }
  }
});

test('a file that knows more than the journal holds, or another journal, is not believed', () => {
  const written = journalOn(new MemoryStorage());
  write(written, 3, 7);
  const { storage } = written;
  const before = { ...written.journal.position };
  addSample(written.journal, written.memory, 5, segmentCells);
  written.journal.close();
  const sums = `${folder}/${sumsName(0)}`;
  assert.ok(storage.exists(sums));
  // The disk loses the last batch, and the journal goes on with another in its place.
  const segment = storage.open(`${folder}/${segmentName(0)}`, { mode: 'write' });
  segment.truncate(before.cell * CELL_SIZE);
  segment.close();
  const again = journalOn(storage, before, 2n);
  assert.ok(!storage.exists(sums), 'it is gone');
  addSample(again.journal, again.memory, 9, segmentCells);
  again.journal.flush();
  isRight(storage, 0, again.live.sums(0, 0));
});

test('checksums that are whole and of other batches, as an ousted writer may leave them, are made anew', () => {
  const written = journalOn(new MemoryStorage());
  write(written, 40, 3);
  const { storage, live } = written;
  assert.ok(live.segment > 1);
  const right = readSums(segmentsOf(storage), 0)!;
  const items = right.items.map((item, index) => (index % 3 === 0 ? item ^ 1 : item));
  writeSums(segmentsOf(storage), 0, { ...right, items }, false);
  const reader = new CellReader(storage, folder, ledgerId, live, segmentCells);
  const target = new Uint8Array(CELL_SIZE);
  for (let cell = 1; cell < right.cells; cell++) reader.readCells(cell, 1, target, 0);
  assert.deepEqual(readSums(segmentsOf(storage), 0), right);
});

test('no inverted bit of the journal or of its checksums is ever read as a cell', () => {
  const written = journalOn(new MemoryStorage());
  write(written, 40, 3);
  written.journal.close();
  const { storage, live } = written;
  const bodies: { cell: number; bytes: Uint8Array; op: number; header: number }[] = [];
  const window = new Uint8Array(65_536);
  const view = new DataView(window.buffer);
  recoverJournal(
    storage,
    folder,
    POSITION_FIRST,
    window,
    (offset) => {
      const header = Number(view.getBigUint64(offset + 24, true));
      for (let index = 1; index <= view.getUint32(offset + 56, true); index++) {
        const bytes = window.slice(offset + index * CELL_SIZE, offset + (index + 1) * CELL_SIZE);
        bodies.push({ cell: header + index, bytes, op: Number(view.getBigUint64(offset + 8, true)), header });
      }
    },
    { ledgerId, segmentCells },
  );
  const random = randomFrom(9);
  const target = new Uint8Array(CELL_SIZE);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const copy = storage.fork();
    const hit = bodies[Math.floor(random() * bodies.length)]!;
    const segment = Math.floor(hit.cell / segmentCells);
    const path = `${folder}/${random() < 0.2 && segment < live.segment ? sumsName(segment) : segmentName(segment)}`;
    const inSegment = path.endsWith('.seg');
    // Mostly into the cell that is read or near it.
    const near = (hit.cell - segment * segmentCells) * CELL_SIZE + Math.floor(random() * 1024) - 512;
    const size = bytesOf(copy, path).length;
    const byte = inSegment ? Math.min(size - 1, Math.max(0, near)) : Math.floor(random() * size);
    flip(copy, path, byte, Math.floor(random() * 8));
    const writer = round % 2 === 0 ? live : undefined;
    const reader = new CellReader(copy, folder, ledgerId, writer, segmentCells);
    try {
      reader.readCells(hit.cell, 1, target, 0);
      assert.deepEqual(target, hit.bytes);
    } catch (error) {
      assert.ok(error instanceof TallystickError && error.code === 'journal_corrupt', String(error));
      assert.ok(inSegment, 'checksums that are damaged are made again');
      const named = /^\/l\/journal\/(\d{8})\.seg offset (\d+): op (\d+) is damaged/.exec(error.message);
      assert.ok(named !== null, error.message);
      assert.equal(Number(named[1]), segment);
      assert.ok(byte >= Number(named[2]) && byte < Number(named[2]) + 120 * CELL_SIZE, `${error.message}, not ${byte}`);
      const owner = bodies.find(({ op }) => op === Number(named[3]));
      // A segment's own header belongs to no batch.
      if (owner !== undefined && named[2] !== '0')
        assert.ok(byte >= (owner.header % segmentCells) * CELL_SIZE, error.message);
      refused++;
    } finally {
      reader.close();
    }
  }
  assert.ok(refused > 1000, 'most hits were near');
});

test('every bit of a cell that is read is covered', () => {
  const written = journalOn(new MemoryStorage());
  write(written, 20, 5);
  written.journal.close();
  const { storage, live } = written;
  const reader = new CellReader(storage, folder, ledgerId, live, segmentCells);
  const target = new Uint8Array(CELL_SIZE);
  for (let bit = 0; bit < CELL_SIZE * 8; bit++) {
    flip(storage, `${folder}/${segmentName(0)}`, 30 * CELL_SIZE + (bit >> 3), bit & 7);
    assert.throws(() => reader.readCells(30, 1, target, 0), { code: 'journal_corrupt' });
    flip(storage, `${folder}/${segmentName(0)}`, 30 * CELL_SIZE + (bit >> 3), bit & 7);
    reader.readCells(30, 1, target, 0);
  }
});
