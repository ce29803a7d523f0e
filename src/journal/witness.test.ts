import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { addSample, randomFrom } from '../../testing/disk/sample.ts';
import { CELL_SIZE, TallystickError } from '../model/index.ts';
import { crc32, MemoryStorage, type Storage } from '../platform/index.ts';
import type { Evidence } from './evidence.ts';
import { Journal } from './journal.ts';
import { LostFound } from './lost-found.ts';
import { byteInSegment, POSITION_FIRST, type Position } from './position.ts';
import { type Recovered, recoverJournal } from './recovery.ts';
import { readWitness, renewWitness, Witness } from './witness.ts';

const ledgerId = 0xf00d_0000_0000_0000_0000_0000_0000_0007n;
/** Two blocks a segment: boundaries are met often. */
const segmentCells = 64;
const root = '/l';
const folder = '/l/journal';
const memory = new Uint8Array(16 * 1024);
const window = new Uint8Array(16 * 1024);

function open(storage: Storage, position: Position = POSITION_FIRST, fence = 1n): Journal {
  storage.makeFolder(folder);
  renewWitness(storage, root, ledgerId, fence, position, readWitness(storage, root, ledgerId).content);
  const witness = new Witness(storage, root, ledgerId, fence);
  return new Journal(storage, folder, memory, { ledgerId, fence, position, segmentCells, stagingSize: 8192, witness });
}

function flush(journal: Journal, ...batches: readonly number[]): void {
  for (const cells of batches) addSample(journal, memory, cells, segmentCells);
  journal.flush();
}

function evidenceOf(storage: Storage): Evidence[] {
  const { content } = readWitness(storage, root, ledgerId);
  if (content === undefined || content.position.op === 0) return [];
  return [{ op: content.position.op, checksum: content.position.parent, source: '/l/witness' }];
}

function recover(storage: Storage, acceptLoss = false): Recovered {
  const lostFound = new LostFound(storage, root, 9n);
  const options = { ledgerId, segmentCells, evidence: evidenceOf(storage), lostFound, acceptLoss };
  return recoverJournal(storage, folder, POSITION_FIRST, window, () => {}, options);
}

test('killed after a flush, every batch in it is vouched for: no damaged byte of it passes for a torn tail', () => {
  const storage = new MemoryStorage();
  const journal = open(storage);
  flush(journal, 1, 5, 20);
  const { cell } = journal.position;
  flush(journal, 4, 0, 9, 2, 7, 3);
  const { op, cell: end } = journal.position;
  let damaged = 0;
  for (let at = byteInSegment(cell, segmentCells); at < byteInSegment(end, segmentCells); at++) {
    for (const bit of [1, 0x80]) {
      const copy = storage.fork();
      const file = copy.open(`${folder}/00000000.seg`, { mode: 'write' });
      const byte = new Uint8Array(1);
      file.read(byte, at);
      file.write(
        byte.map((value) => value ^ bit),
        at,
      );
      assert.throws(() => recover(copy), { code: 'journal_corrupt' }, `byte ${at}`);
      assert.ok(recover(copy, true).loss !== undefined);
      damaged++;
    }
  }
  assert.equal(damaged, 2 * (end - cell) * CELL_SIZE);
  assert.equal(recover(storage).op, op);
});

test('killed after a flush, a journal that is cut at any byte, emptied, lost or older is missed', () => {
  const storage = new MemoryStorage();
  const journal = open(storage);
  flush(journal, 1, 5, 20);
  flush(journal, 30, 2);
  const older = storage.fork();
  flush(journal, 30, 12);
  const { op } = journal.position;
  const names = storage.list(folder).filter((name) => name.endsWith('.seg'));
  assert.ok(names.length >= 2);
  let refused = 0;
  for (const name of names) {
    const size = storage.open(`${folder}/${name}`, { mode: 'read' }).size();
    for (let to = 0; to < size; to += 32) {
      const copy = storage.fork();
      copy.open(`${folder}/${name}`, { mode: 'write' }).truncate(to);
      try {
        assert.equal(recover(copy).op, op, `${name} cut at ${to}`);
      } catch (error) {
        assert.ok(error instanceof TallystickError && error.code === 'journal_corrupt', String(error));
        refused++;
      }
    }
    const lost = storage.fork();
    lost.remove(`${folder}/${name}`);
    assert.throws(() => recover(lost), { code: 'journal_corrupt' });
    const swapped = storage.fork();
    const file = swapped.open(`${folder}/${name}`, { mode: 'create' });
    file.truncate(0);
    if (older.exists(`${folder}/${name}`)) {
      const bytes = new Uint8Array(segmentCells * CELL_SIZE);
      const count = older.open(`${folder}/${name}`, { mode: 'read' }).read(bytes, 0);
      file.write(bytes.subarray(0, count), 0);
    }
    if (older.exists(`${folder}/${name}`) && name === names[0]) assert.equal(recover(swapped).op, op);
    else assert.throws(() => recover(swapped), { code: 'journal_corrupt' }, name);
  }
  assert.ok(refused > 100, `${refused}`);
});

test('a journal of another time with as many batches is told from the one that was witnessed', () => {
  const storage = new MemoryStorage();
  flush(open(storage), 1, 5);
  const fork = storage.fork();
  flush(open(fork, recover(fork), 2n), 2);
  flush(open(storage, recover(storage), 3n), 2);
  const file = fork.open(`${folder}/00000000.seg`, { mode: 'read' });
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  storage.open(`${folder}/00000000.seg`, { mode: 'write' }).write(bytes, 0);
  assert.throws(() => recover(storage), { code: 'journal_corrupt', message: /\/l\/witness has seen another batch/ });
});

test('the power takes no note that was settled, and no note is ahead of the journal', () => {
  const met = { settled: 0, lost: 0 };
  for (let seed = 1; seed <= 600; seed++) {
    const random = randomFrom(seed);
    const disk = new FaultyStorage();
    const journal = open(disk);
    let settled = 0;
    for (let k = Math.floor(random() * 9); k >= 0; k--) {
      flush(journal, Math.floor(random() * 12), Math.floor(random() * 3));
      if (random() < 0.4) {
        journal.settle();
        settled = journal.position.op;
      }
    }
    const after = disk.crash(random);
    const { content } = readWitness(after, root, ledgerId);
    assert.ok(content !== undefined && content.position.op >= settled, `seed ${seed}`);
    const found = recover(after);
    assert.equal(found.op, journal.position.op, `seed ${seed}`);
    assert.ok(content.position.op <= found.op, `seed ${seed}`);
    if (content.position.op === settled) met.settled++;
    if (content.position.op < journal.position.op) met.lost++;
  }
  assert.ok(met.settled > 100 && met.lost > 100, JSON.stringify(met));
});

test('whatever byte of a witness is damaged, one slot is left, and neither is believed as it is not', () => {
  const storage = new MemoryStorage();
  const journal = open(storage);
  flush(journal, 1);
  journal.settle();
  flush(journal, 2);
  for (let at = 0; at < 8192; at++) {
    const copy = storage.fork();
    const file = copy.open(`${root}/witness`, { mode: 'write' });
    const byte = new Uint8Array(1);
    file.read(byte, at);
    file.write(
      byte.map((value) => value ^ 4),
      at,
    );
    const { content, damaged } = readWitness(copy, root, ledgerId);
    const used = at % 4096 < 112;
    assert.deepEqual(damaged, used ? [at < 4096 ? 0 : 4096] : [], `byte ${at}`);
    assert.ok(content !== undefined && content.position.op >= 1 && content.position.op <= 2, `byte ${at}`);
  }
  storage.open(`${root}/witness`, { mode: 'write' }).truncate(0);
  assert.deepEqual(readWitness(storage, root, ledgerId), { content: undefined, exists: true, damaged: [0, 4096] });
});

test('the late note of a writer that was replaced is no note', () => {
  const storage = new MemoryStorage();
  const first = open(storage);
  flush(first, 1);
  const late = new Witness(storage, root, ledgerId, 1n);
  const second = open(storage, recover(storage), 2n);
  flush(second, 1, 1);
  late.note(7, 60, 50, 1, 1n, 0, 0);
  late.settle();
  assert.equal(readWitness(storage, root, ledgerId).content?.position.op, 3);
  assert.throws(() => new Witness(storage, root, ledgerId, 1n), { code: 'fence_lost' });
});

test('a witness that the disk did not keep is no other writer', () => {
  const storage = new MemoryStorage();
  open(storage);
  assert.throws(() => new Witness(storage, root, ledgerId, 2n), {
    code: 'disk_failed',
    message: /does not hold the note that writer 2 .* its newest note is of writer 1/,
  });
  storage.open(`${root}/witness`, { mode: 'write' }).truncate(0);
  assert.throws(() => new Witness(storage, root, ledgerId, 2n), {
    code: 'disk_failed',
    message: /no slot of it is whole/,
  });
});

test('a witness of another ledger or of a newer format is refused', () => {
  const storage = new MemoryStorage();
  open(storage);
  assert.throws(() => readWitness(storage, root, ledgerId + 1n), { code: 'format_foreign' });
  const file = storage.open(`${root}/witness`, { mode: 'write' });
  const slot = new Uint8Array(112);
  file.read(slot, 0);
  slot[8] = 2;
  new DataView(slot.buffer).setUint32(0, crc32(slot.subarray(4)), true);
  file.write(slot, 0);
  assert.throws(() => readWitness(storage, root, ledgerId), { code: 'format_newer' });
});
