import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { addSample, writeSample } from '../../testing/disk/sample.ts';
import { sharedMemory } from '../base/index.ts';
import { CELL_SIZE, HeaderOffset } from '../model/index.ts';
import { DiskStorage, MemoryStorage, type Storage } from '../platform/index.ts';
import { CellReader } from './cell-reader.ts';
import { readNumber } from './header.ts';
import { Journal } from './journal.ts';
import { LiveSums } from './live-sums.ts';
import { POSITION_FIRST, type Position } from './position.ts';
import { type Recovered, recoverJournal } from './recovery.ts';

const ledgerId = 0x1234_5678_9abc_def0_1234n;
const segmentCells = 128;
const folder = '/l/journal';

function journalOn(storage: Storage, at: string, memory: Uint8Array, position: Position, fence = 1n): Journal {
  return new Journal(storage, at, memory, { ledgerId, fence, position, segmentCells, stagingSize: 8192 });
}

/** Every batch found, checked against the sample of its op. */
function recover(storage: Storage, at: string, from: Position = POSITION_FIRST): { end: Recovered; ops: number[] } {
  const window = new Uint8Array(64 * 1024);
  const view = new DataView(window.buffer);
  const expected = new Uint8Array(64 * 1024);
  const ops: number[] = [];
  const end = recoverJournal(
    storage,
    at,
    from,
    window,
    (offset) => {
      const op = readNumber(view, offset + HeaderOffset.op);
      const cells = view.getUint32(offset + HeaderOffset.cells, true);
      writeSample(expected, 0, { op, cell: readNumber(view, offset + HeaderOffset.cell), cells, segmentCells });
      const size = CELL_SIZE * (1 + cells);
      assert.deepEqual(window.slice(offset + CELL_SIZE, offset + size), expected.slice(CELL_SIZE, size));
      ops.push(op);
    },
    { ledgerId, segmentCells },
  );
  return { end, ops };
}

const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

for (const where of ['memory', 'disk'] as const) {
  test(`what was flushed is found again, across segments, in ${where}`, (t) => {
    const root = where === 'disk' ? mkdtempSync(join(tmpdir(), 'tallystick-')) : '/l';
    t.after(() => where === 'disk' && rmSync(root, { recursive: true }));
    const storage = where === 'disk' ? new DiskStorage() : new MemoryStorage();
    const memory = new Uint8Array(64 * 1024);
    const journal = journalOn(storage, `${root}/journal`, memory, POSITION_FIRST);
    let op = 0;
    for (const cells of [0, 1, 5, 100, 20, 30, 40, 126, 125, 126, 3, 62, 63, 1, 0, 0, 60]) {
      addSample(journal, memory, cells, segmentCells);
      op++;
      if (op % 3 === 0) {
        journal.flush();
        assert.equal(journal.durableOp, op);
        while (journal.prepareAhead());
      }
    }
    const end = journal.position;
    journal.close();
    assert.equal(journal.durableOp, op);
    const found = recover(storage, `${root}/journal`);
    assert.deepEqual(found.ops, upTo(op));
    assert.deepEqual(found.end, { ...end, tornCells: 0, tornAt: undefined, loss: undefined });
  });
}

test('a journal goes on where recovery ended, in the middle of a block and at the end of a segment', () => {
  for (const cells of [3, 126, 30, 31, 32]) {
    const storage = new MemoryStorage();
    const memory = new Uint8Array(64 * 1024);
    let position: Position = POSITION_FIRST;
    for (let round = 1; round <= 20; round++) {
      const journal = journalOn(storage, folder, memory, position, BigInt(round));
      addSample(journal, memory, cells, segmentCells);
      journal.close();
      const found = recover(storage, folder);
      assert.deepEqual(found.ops, upTo(round));
      assert.equal(found.end.fence, BigInt(round));
      position = found.end;
    }
  }
});

test('recovery from a later position visits only what follows it', () => {
  const storage = new MemoryStorage();
  const memory = new Uint8Array(64 * 1024);
  const journal = journalOn(storage, folder, memory, POSITION_FIRST);
  const positions = [journal.position];
  for (let op = 1; op <= 30; op++) {
    addSample(journal, memory, op % 7, segmentCells);
    positions.push(journal.position);
  }
  journal.close();
  for (const [op, position] of positions.entries()) {
    assert.deepEqual(recover(storage, folder, position).ops, upTo(30, op + 1));
  }
});

test('a cell reader gives the cells of any durable batch', () => {
  const storage = new MemoryStorage();
  const memory = new Uint8Array(64 * 1024);
  const live = new LiveSums(sharedMemory(1), 0, segmentCells);
  const options = { ledgerId, fence: 1n, position: POSITION_FIRST, segmentCells, stagingSize: 8192, sums: live };
  const journal = new Journal(storage, folder, memory, options);
  const bodies: { cell: number; bytes: Uint8Array }[] = [];
  for (let op = 1; op <= 300; op++) {
    addSample(journal, memory, 1 + (op % 90), segmentCells);
    bodies.push({ cell: journal.position.last + 1, bytes: memory.slice(128, 128 * (2 + (op % 90))) });
    journal.flush();
  }
  const reader = new CellReader(storage, folder, ledgerId, live, segmentCells);
  const target = new Uint8Array(100 * 128);
  for (const { cell, bytes } of [...bodies, ...bodies.toReversed()]) {
    reader.readCells(cell, bytes.length / 128, target, 128);
    assert.deepEqual(target.slice(128, 128 + bytes.length), bytes);
  }
  assert.throws(() => reader.readCells(journal.position.cell + 60, 1, target, 0), { code: 'journal_corrupt' });
  reader.close();
  journal.close();
});
