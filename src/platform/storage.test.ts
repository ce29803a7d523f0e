import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { DiskStorage } from './disk-storage.ts';
import { storageError } from './errno.ts';
import { MemoryStorage } from './memory-storage.ts';
import { BLOCK_SIZE, type Storage } from './storage.ts';

const kinds: readonly [string, () => Storage][] = [
  ['disk', () => new DiskStorage()],
  ['memory', () => new MemoryStorage()],
  ['faulty', () => new FaultyStorage()],
];

for (const [kind, make] of kinds) {
  test(`files in ${kind} storage keep what is written, where it is written`, (t) => {
    const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
    t.after(() => rmSync(root, { recursive: true }));
    const storage = make();
    const folder = `${root}/a/b`;
    storage.makeFolder(folder);
    storage.makeFolder(folder);
    assert.deepEqual(storage.list(folder), []);
    const path = `${folder}/file`;
    assert.throws(() => storage.open(path, { mode: 'read' }), { code: 'not_found' });
    assert.throws(() => storage.open(path, { mode: 'write' }), { code: 'not_found' });
    const file = storage.open(path, { mode: 'create', durable: true });
    file.write(Uint8Array.of(1, 2, 3), 100_000);
    file.writev([Uint8Array.of(4, 5), new Uint8Array(0), Uint8Array.of(6)], 100_003);
    assert.equal(file.size(), 100_006);
    const target = new Uint8Array(10).fill(9);
    assert.equal(file.read(target, 99_999), 7);
    assert.deepEqual([...target], [0, 1, 2, 3, 4, 5, 6, 9, 9, 9]);
    assert.equal(file.read(target, 200_000), 0);
    file.truncate(100_001);
    file.truncate(100_004);
    file.sync();
    assert.equal(file.read(target.fill(9), 100_000), 4);
    assert.deepEqual([...target.subarray(0, 4)], [1, 0, 0, 0], 'what was cut off does not come back');
    file.close();
    const reader = storage.open(path, { mode: 'read' });
    assert.throws(() => reader.write(Uint8Array.of(1), 0));
    reader.close();
    storage.rename(path, `${folder}/renamed`);
    storage.syncFolder(folder);
    assert.equal(storage.exists(path), false);
    assert.equal(storage.exists(`${folder}/renamed`), true);
    assert.deepEqual(storage.list(folder), ['renamed']);
    storage.remove(`${folder}/renamed`);
    assert.throws(() => storage.remove(`${folder}/renamed`), { code: 'not_found' });
    assert.equal(storage.claim(`${folder}/claim`, Uint8Array.of(7, 8)), true);
    assert.equal(storage.claim(`${folder}/claim`, Uint8Array.of(9)), false);
    const claimed = storage.open(`${folder}/claim`, { mode: 'read' });
    assert.equal(claimed.size(), 2);
    claimed.close();
    assert.deepEqual(storage.list(folder), ['claim']);
  });

  test(`direct transfers of whole blocks work in ${kind} storage, next to buffered readers`, (t) => {
    const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
    t.after(() => rmSync(root, { recursive: true }));
    const storage = make();
    const path = `${root}/file`;
    const file = storage.open(path, { mode: 'create', durable: true, direct: true });
    const blocks = storage.buffer(3 * BLOCK_SIZE);
    const reader = storage.open(path, { mode: 'read' });
    const target = new Uint8Array(BLOCK_SIZE + 1);
    for (let round = 1; round < 20; round++) {
      blocks.fill(round);
      file.write(blocks, BLOCK_SIZE * (round % 3));
      assert.equal(reader.read(target, BLOCK_SIZE * (1 + (round % 3))), target.length);
      assert.ok(target.every((byte) => byte === round));
    }
    reader.close();
    file.close();
  });
}

test('what the system refuses has the code that says what to do', () => {
  for (const [errno, code] of [
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EROFS', 'not_writable'],
    ['EACCES', 'not_writable'],
    ['ENOENT', 'not_found'],
    ['EIO', 'disk_failed'],
    ['EMFILE', 'disk_failed'],
  ] as const) {
    const cause = Object.assign(new Error(`${errno}: words of the system`), { code: errno });
    const error = storageError('write /x', cause);
    assert.equal(error.code, code);
    assert.equal(error.cause, cause);
    assert.match(error.message, /^cannot write \/x: .*words of the system/);
  }
});

test('a disk that is full or forbids says so', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
  t.after(() => rmSync(root, { recursive: true }));
  const storage = new DiskStorage();
  const full = storage.open('/dev/full', { mode: 'write' });
  assert.throws(() => full.write(Uint8Array.of(1), 0), { code: 'disk_full' });
  assert.throws(() => full.writev([Uint8Array.of(1)], 0), { code: 'disk_full' });
  full.close();
  writeFileSync(`${root}/file`, 'x');
  assert.throws(() => storage.makeFolder(`${root}/file/below`), { code: 'not_writable' });
  assert.throws(() => storage.open(root, { mode: 'write' }), { code: 'not_writable' });
});

test('a folder without the right to write is refused', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
  t.after(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o555);
  // Root may write anywhere, so root is nobody for a moment.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    assert.throws(() => new DiskStorage().open(`${root}/file`, { mode: 'create' }), { code: 'not_writable' });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('a file that loses its name is gone, whether or not its folder had come to rest', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
  t.after(() => rmSync(root, { recursive: true }));
  const harm: { readonly [what: string]: (path: string) => void } = {
    removed: (path) => unlinkSync(path),
    renamed: (path) => renameSync(path, `${path}.away`),
    replaced: (path) => {
      writeFileSync(`${path}.other`, 'x');
      renameSync(`${path}.other`, path);
    },
    'below another folder': (path) => renameSync(join(path, '..'), `${join(path, '..')} away`),
  };
  for (const [what, act] of Object.entries(harm)) {
    for (const hourAgo of [false, true]) {
      const folder = join(root, `${what} ${hourAgo}`);
      mkdirSync(folder);
      const path = join(folder, 'file');
      const file = new DiskStorage().open(path, { mode: 'create' });
      if (hourAgo) utimesSync(folder, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600.5);
      for (let look = 0; look < 3; look++) assert.equal(file.isGone(), false);
      act(path);
      for (let look = 0; look < 2; look++) assert.equal(file.isGone(), true, `${what}, ${hourAgo}`);
      file.close();
    }
  }
});

test('a folder is the same as long as no name in it has changed, and only once that can be told', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const look = new DiskStorage().look(root);
  assert.equal(look.isSame(), false, 'it was never confirmed');
  look.confirm();
  assert.equal(look.isSame(), false, 'another change may come with the same time');
  const aged = (seconds: number): void => utimesSync(root, Date.now() / 1000, Math.floor(Date.now() / 1000) - seconds);
  aged(1);
  look.isSame();
  look.confirm();
  assert.equal(look.isSame(), false, 'a time of whole seconds may come again for two');
  aged(-3600);
  look.isSame();
  look.confirm();
  assert.equal(look.isSame(), false, 'a time that lies ahead says nothing');
  aged(3600);
  look.isSame();
  look.confirm();
  assert.equal(look.isSame(), true);
  writeFileSync(join(root, 'name'), '');
  assert.equal(look.isSame(), false);
  rmSync(root, { recursive: true });
  assert.equal(look.isSame(), false, 'a folder that is not there');
});

test('bytes in shared memory reach the disk', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
  t.after(() => rmSync(root, { recursive: true }));
  const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(3);
  const file = new DiskStorage().open(`${root}/file`, { mode: 'create' });
  file.writev([shared.subarray(0, 50), shared.subarray(50)], 0);
  const back = new Uint8Array(new SharedArrayBuffer(100));
  assert.equal(file.read(back, 0), 100);
  assert.deepEqual([...back], [...shared]);
  assert.equal(readFileSync(`${root}/file`).length, 100);
  file.close();
});

test('a fork of memory storage and its origin do not see each other', () => {
  const origin = new MemoryStorage();
  const file = origin.open('/f', { mode: 'create' });
  file.write(new Uint8Array(200_000).fill(1), 0);
  const fork = origin.fork();
  file.write(Uint8Array.of(2), 70_000);
  const copy = fork.open('/f', { mode: 'write' });
  copy.write(Uint8Array.of(3), 5);
  const byte = new Uint8Array(1);
  const at = (from: typeof file, position: number): number => {
    from.read(byte, position);
    return byte[0]!;
  };
  assert.deepEqual([at(file, 5), at(file, 70_000)], [1, 2]);
  assert.deepEqual([at(copy, 5), at(copy, 70_000)], [3, 1]);
  fork.remove('/f');
  assert.equal(origin.exists('/f'), true);
});

test('after a crash a faulty storage has what was synced and, of the rest, anything from nothing to all', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) / 0x800000;
    };
    for (let skip = 0; skip < 5; skip++) random();
    const storage = new FaultyStorage();
    const file = storage.open('/d/f', { mode: 'create' });
    storage.syncFolder('/d');
    file.write(new Uint8Array(1024).fill(1), 0);
    file.sync();
    file.write(new Uint8Array(1024).fill(2), 512);
    storage.open('/d/g', { mode: 'create' });
    const after = storage.crash(random);
    const bytes = new Uint8Array(2000);
    const size = after.open('/d/f', { mode: 'read' }).read(bytes, 0);
    assert.ok(size >= 1024 && bytes.subarray(0, 512).every((byte) => byte === 1));
    seen.add(`${size > 1024} ${bytes[600]} ${bytes[1100]} ${after.exists('/d/g')}`);
  }
  assert.ok(seen.size >= 8, [...seen].join());
});
