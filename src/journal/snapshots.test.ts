import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { randomFrom } from '../../testing/disk/sample.ts';
import { DiskStorage, MemoryStorage, type Storage } from '../platform/index.ts';
import { POSITION_FIRST } from './position.ts';
import {
  findSnapshot,
  type LateSection,
  removeDrafts,
  type Section,
  SNAPSHOT_STAGING_SIZE,
  SnapshotWriter,
} from './snapshots.ts';

const ledgerId = 5n;

/** Contents that follow from the op. */
function contents(op: number, sizes: readonly number[]): { name: string; bytes: Uint8Array }[] {
  const random = randomFrom(op);
  return sizes.map((size, index) => ({
    name: `section ${index}`,
    bytes: Uint8Array.from({ length: size }, () => random() * 256),
  }));
}

function sections(op: number, sizes: readonly number[]): Section[] {
  return contents(op, sizes).map(({ name, bytes }) => {
    let next = 0;
    return {
      name,
      size: bytes.length,
      read: (target: Uint8Array, from: number) => {
        assert.equal(from, next, 'each byte is read once, in order');
        next += target.length;
        target.set(bytes.subarray(from, next));
      },
    };
  });
}

function write(storage: Storage, folder: string, op: number, sizes: readonly number[], late?: LateSection): void {
  const head = { ledgerId, position: { ...POSITION_FIRST, op, timestamp: 2n ** 60n }, meta: `op ${op}` };
  const staging = storage.buffer(SNAPSHOT_STAGING_SIZE);
  const writer = new SnapshotWriter(storage, folder, staging, head, sections(op, sizes), late);
  while (writer.step());
  writer.finish();
}

/**
 * The op of the newest whole snapshot, its bytes checked; 0 when there is none. `late`: gets the pieces of the late
 * section.
 */
function find(
  storage: Storage,
  folder: string,
  sizes: readonly number[],
  late?: (from: number, bytes: Uint8Array) => void,
): { op: number; damaged: number } {
  const { snapshot, damaged } = findSnapshot(storage, folder, ledgerId, (candidate) => {
    const { op } = candidate.position;
    const expected = contents(op, sizes);
    const found = expected.map(({ bytes }) => new Uint8Array(bytes.length));
    const whole = candidate.read((name, from, bytes) => {
      if (name === 'late') late?.(from, bytes);
      else found[expected.findIndex((section) => section.name === name)]!.set(bytes, from);
    });
    if (!whole) return 'damaged';
    for (const [index, { bytes }] of expected.entries()) assert.equal(Buffer.compare(found[index]!, bytes), 0);
    return 'taken';
  });
  if (snapshot === undefined) return { op: 0, damaged: damaged.length };
  const { op } = snapshot.position;
  assert.equal(snapshot.meta, `op ${op}`);
  assert.equal(snapshot.position.timestamp, 2n ** 60n);
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
    removeDrafts(storage, '/s');
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
  const head = { ledgerId, position: { ...POSITION_FIRST, op: 2 }, meta: '' };
  const staging = storage.buffer(SNAPSHOT_STAGING_SIZE);
  const writer = new SnapshotWriter(storage, '/s', staging, head, sections(2, [3_000_000]));
  writer.step();
  writer.abandon();
  assert.deepEqual(storage.list('/s'), ['0000000000000001.snap']);
  storage.failAfter(1_500_000, 'disk_full');
  assert.throws(() => write(storage, '/s', 2, [3_000_000]), { code: 'disk_full' });
  storage.repair();
  assert.deepEqual(find(storage, '/s', [10]), { op: 1, damaged: 0 });
  assert.throws(() => findSnapshot(storage, '/s', 6n, () => 'taken'), { code: 'format_foreign' });
});

test('whichever step of the end of a snapshot fails, that is what is heard, and giving it up says nothing else', () => {
  for (let nth = 0; ; nth++) {
    const storage = new FaultyStorage();
    write(storage, '/s', 1, [10]);
    const head = { ledgerId, position: { ...POSITION_FIRST, op: 2 }, meta: '' };
    const staging = storage.buffer(SNAPSHOT_STAGING_SIZE);
    const writer = new SnapshotWriter(storage, '/s', staging, head, sections(2, [10]));
    while (writer.step());
    let seen = 0;
    // The disk stays broken: giving up must not mind.
    storage.faults = () => (seen++ < nth ? undefined : { kind: 'error', code: 'disk_failed', errno: 'EIO', part: 0 });
    let heard: unknown;
    try {
      writer.finish();
    } catch (error) {
      heard = (error as { code?: unknown }).code;
    }
    writer.abandon();
    assert.deepEqual(storage.openFiles, [], `step ${nth}`);
    assert.equal(heard, seen > nth ? 'disk_failed' : undefined, `step ${nth}`);
    if (seen <= nth) return;
  }
});

test('a snapshot that its reader passes is no damage, and the older one is tried', () => {
  const storage = new MemoryStorage();
  write(storage, '/s', 1, [10]);
  write(storage, '/s', 2, [10]);
  const { snapshot, damaged } = findSnapshot(storage, '/s', ledgerId, ({ position }) =>
    position.op === 2 ? 'passed' : 'taken',
  );
  assert.equal(snapshot?.position.op, 1);
  assert.deepEqual(damaged, []);
});

test('what comes up while the sections are written follows them, in pieces that span no MiB, until it runs dry', () => {
  for (const [total, atOnce] of [
    [0, 1],
    [1, 1],
    [5, 3],
    [7710, 7710],
    [7711, 100],
    [7680, 10_000],
    [40_000, 9000],
  ] as const) {
    const storage = new MemoryStorage();
    let sent = 0;
    let last = false;
    let lastCalls = 0;
    write(storage, '/s', 1, [100, 2_500_000], {
      name: 'late',
      pieceSize: 136,
      take: (target) => {
        const room = Math.floor(target.length / 136);
        // Some come before the end of the sections, the rest behind it.
        const ready = last ? total - sent : Math.min(atOnce, Math.floor(total / 2) - sent);
        const count = Math.max(0, Math.min(room, ready));
        for (let k = 0; k < count; k++) new DataView(target.buffer, target.byteOffset).setUint32(k * 136, ++sent, true);
        return count * 136;
      },
      finished: () => {
        last = true;
        lastCalls++;
      },
    });
    assert.equal(lastCalls, 1);
    const received: number[] = [];
    const found = find(storage, '/s', [100, 2_500_000], (from, bytes) => {
      assert.equal(from % 2 ** 20, 0);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at + 136 <= bytes.length; at += 136) received.push(view.getUint32(at, true));
    });
    assert.deepEqual(found, { op: 1, damaged: 0 });
    assert.deepEqual(
      received,
      Array.from({ length: total }, (_, index) => index + 1),
      `${total} pieces`,
    );
  }
});
