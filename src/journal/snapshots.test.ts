import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskStorage, FaultyStorage, MemoryStorage, type Storage } from '../platform/index.ts';
import { POSITION_FIRST } from './position.ts';
import { randomFrom } from './sample.ts';
import { newestSnapshot, type Section, SnapshotWriter } from './snapshots.ts';

const ledgerId = 5n;

function sections(op: number, sizes: readonly number[]): Section[] {
  const random = randomFrom(op);
  return sizes.map((size, index) => ({
    name: `section ${index}`,
    bytes: Uint8Array.from({ length: size }, () => random() * 256),
  }));
}

function write(storage: Storage, folder: string, op: number, sizes: readonly number[]): void {
  const position = { ...POSITION_FIRST, op, timestamp: 2n ** 60n };
  const writer = new SnapshotWriter(storage, folder, { ledgerId, position, meta: `op ${op}` }, sections(op, sizes));
  while (writer.step());
}

/** The op of the newest whole snapshot, its bytes checked; 0 when there is none. */
function find(storage: Storage, folder: string, sizes: readonly number[]): { op: number; damaged: number } {
  const { snapshot, damaged } = newestSnapshot(storage, folder, ledgerId);
  if (snapshot === undefined) return { op: 0, damaged: damaged.length };
  const { op } = snapshot.position;
  assert.equal(snapshot.meta, `op ${op}`);
  assert.equal(snapshot.position.timestamp, 2n ** 60n);
  for (const { name, bytes } of sections(op, sizes)) {
    const target = new Uint8Array(bytes.length);
    snapshot.read(name, target);
    assert.equal(Buffer.compare(target, bytes), 0);
  }
  snapshot.close();
  return { op, damaged: damaged.length };
}

for (const where of ['memory', 'disk'] as const) {
  test(`a snapshot comes back whole, sections of any size, in ${where}; the two newest are kept`, (t) => {
    const root = where === 'disk' ? mkdtempSync(join(tmpdir(), 'tallystick-')) : '/l';
    t.after(() => where === 'disk' && rmSync(root, { recursive: true }));
    const storage = where === 'disk' ? new DiskStorage() : new MemoryStorage();
    const folder = `${root}/snapshots`;
    const sizes = [0, 1, 4096, 4097, 3_000_000, 17, 1 << 20, 100];
    assert.deepEqual(find(storage, folder, sizes), { op: 0, damaged: 0 });
    for (const op of [3, 10, 200]) write(storage, folder, op, sizes);
    assert.deepEqual(find(storage, folder, sizes), { op: 200, damaged: 0 });
    assert.deepEqual(storage.list(folder), ['0000000000000010.snap', '0000000000000200.snap']);
    write(storage, folder, 201, []);
    assert.deepEqual(find(storage, folder, []), { op: 201, damaged: 0 });
  });
}

test('a damaged snapshot is passed over for the older one, whatever bit it is', () => {
  const sizes = [100, 5000];
  const storage = new FaultyStorage();
  write(storage, '/s', 1, sizes);
  write(storage, '/s', 2, sizes);
  const path = '/s/0000000000000002.snap';
  const size = storage.open(path, { mode: 'read' }).size();
  for (let byte = 0; byte < size; byte += 11) {
    const image = storage.fork();
    image.flip(path, byte * 8 + (byte % 8));
    assert.deepEqual(find(image, '/s', sizes), { op: 1, damaged: 1 }, `byte ${byte}`);
  }
});

test('a crash while a snapshot is written leaves the older ones', () => {
  const sizes = [100, 5000, 20_000];
  for (let bytes = 0; bytes < 48_000; bytes += 613) {
    let storage = new FaultyStorage();
    write(storage, '/s', 1, sizes);
    storage.failAfter(bytes, 'power');
    let done = false;
    try {
      write(storage, '/s', 2, sizes);
      done = true;
    } catch (error) {
      assert.equal((error as Error).name, 'PowerLost');
    }
    storage = storage.crash(randomFrom(bytes));
    const found = find(storage, '/s', sizes);
    assert.ok(found.op === 2 || (found.op === 1 && !done), `${bytes}: ${found.op}`);
    write(storage, '/s', 3, sizes);
    assert.deepEqual(find(storage, '/s', sizes), { op: 3, damaged: 0 });
    assert.deepEqual(
      storage.list('/s').filter((name) => name.endsWith('.draft')),
      [],
    );
  }
});

test('a snapshot that is given up leaves nothing, a full disk breaks none, another ledger reads none', () => {
  const storage = new FaultyStorage();
  write(storage, '/s', 1, [10]);
  const position = { ...POSITION_FIRST, op: 2 };
  const writer = new SnapshotWriter(storage, '/s', { ledgerId, position, meta: '' }, sections(2, [3_000_000]));
  writer.step();
  writer.abandon();
  assert.deepEqual(storage.list('/s'), ['0000000000000001.snap']);
  storage.failAfter(1_500_000, 'disk_full');
  assert.throws(() => write(storage, '/s', 2, [3_000_000]), { code: 'disk_full' });
  storage.repair();
  assert.deepEqual(find(storage, '/s', [10]), { op: 1, damaged: 0 });
  assert.throws(() => newestSnapshot(storage, '/s', 6n), { code: 'format_foreign' });
});
