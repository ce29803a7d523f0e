import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { randomFrom } from '../../testing/disk/sample.ts';
import { MemoryStorage } from '../platform/index.ts';
import { POSITION_FIRST, type Position } from './position.ts';
import { Superblock } from './superblock.ts';

const ledger = { ledgerId: 0xfedc_ba98_7654_3210_0123_4567_89ab_cdefn, created: 1_795_000_000_123_456_789n };
const end: Position = {
  op: 2 ** 40,
  cell: 2 ** 45,
  last: 2 ** 45 - 3,
  parent: 0xffff_fffe,
  fence: 9n,
  timestamp: 2n ** 63n,
};

test('a superblock tells who the ledger is and how it was closed', () => {
  const storage = new MemoryStorage();
  assert.equal(Superblock.exists(storage, '/l'), false);
  Superblock.create(storage, '/l', ledger).close();
  let block = Superblock.open(storage, '/l');
  assert.equal(block.ledgerId, ledger.ledgerId);
  assert.equal(block.created, ledger.created);
  assert.equal(block.fence, 0n);
  assert.equal(block.clean, undefined);
  block.opened(9n);
  block.closed(end);
  block = Superblock.open(storage, '/l');
  assert.deepEqual(block.clean, end);
  assert.equal(block.fence, 9n);
  assert.equal(block.open, false);
  block.opened(10n);
  block = Superblock.open(storage, '/l');
  assert.equal(block.open, true);
  assert.deepEqual(block.clean, end, 'what was once known to be durable stays known');
  assert.deepEqual(block.damagedCopies, []);
});

test('whatever byte the power goes at, the superblock is the old one or the new one', () => {
  for (let bytes = 0; bytes <= 20_480; bytes += 64) {
    let storage = new FaultyStorage();
    storage.failAfter(bytes, 'power');
    let step = 0;
    try {
      const block = Superblock.create(storage, '/l', ledger);
      step = 1;
      block.opened(1n);
      step = 2;
      block.closed({ ...POSITION_FIRST, op: 5 });
      step = 3;
      block.opened(2n);
      step = 4;
    } catch (error) {
      assert.equal((error as Error).name, 'PowerLost');
    }
    storage = storage.crash(randomFrom(bytes));
    if (!Superblock.exists(storage, '/l')) {
      assert.equal(step, 0);
      Superblock.create(storage, '/l', ledger);
      continue;
    }
    const block = Superblock.open(storage, '/l');
    const states = [
      [0n, undefined, false],
      [0n, undefined, false],
      [1n, undefined, true],
      [1n, 5, false],
      [2n, 5, true],
    ] as const;
    const found = JSON.stringify([String(block.fence), block.clean?.op, block.open]);
    const allowed = [states[step]!, states[Math.min(step + 1, 4)]!].map(([fence, op, open]) =>
      JSON.stringify([String(fence), op, open]),
    );
    assert.ok(allowed.includes(found), `step ${step}: ${found} is one of ${allowed}`);
  }
});

test('after a kill within a write, and a power cut within the next one, one copy is whole', () => {
  const storage = new FaultyStorage();
  const block = Superblock.create(storage, '/l', ledger);
  block.opened(1n);
  block.closed({ ...POSITION_FIRST, op: 5 });
  block.close();
  for (const first of [40, 90, 512, 4095]) {
    for (let second = 0; second <= 8192; second += 32) {
      const killed = storage.restart();
      const before = Superblock.open(killed, '/l');
      killed.failAfter(first, 'power');
      assert.throws(() => before.opened(2n), { name: 'PowerLost' });
      const next = killed.restart();
      next.failAfter(second, 'power');
      try {
        Superblock.open(next, '/l').opened(3n);
      } catch (error) {
        assert.equal((error as Error).name, 'PowerLost');
      }
      for (const [kept, written] of [
        [0.02, 0.02],
        [0, 0.02],
        [0.02, 0],
        [1, 0.02],
        [0.02, 1],
      ] as const) {
        const left = next.crashWith(
          () => true,
          (write) => (write === 0 ? kept : written),
        );
        const found = Superblock.open(left, '/l');
        assert.ok(found.fence >= 1n && found.clean?.op === 5, `${first} ${second} ${kept} ${written}`);
      }
    }
  }
});

test('one inverted bit in either copy is survived or refused, never believed', () => {
  const storage = new FaultyStorage();
  const block = Superblock.create(storage, '/l', ledger);
  block.opened(1n);
  block.closed(end);
  for (let bit = 0; bit < 128 * 8; bit++) {
    for (const copy of [0, 4096]) {
      const image = storage.fork();
      image.flip('/l/superblock', copy * 8 + bit);
      const found = Superblock.open(image, '/l');
      assert.equal(found.ledgerId, ledger.ledgerId);
      assert.equal(found.fence, 1n);
      assert.ok(found.open || found.clean?.op === end.op);
      assert.equal(found.damagedCopies.length, 1);
      assert.ok(found.clean === undefined || found.clean.op === end.op);
    }
  }
  storage.flip('/l/superblock', 40 * 8);
  storage.flip('/l/superblock', 4096 * 8 + 40 * 8);
  assert.throws(() => Superblock.open(storage, '/l'), { code: 'journal_corrupt' });
});

test('a folder with files of somebody else does not become a ledger', () => {
  const storage = new MemoryStorage();
  storage.open('/l/photo.jpg', { mode: 'create' });
  assert.throws(() => Superblock.create(storage, '/l', ledger), { code: 'format_foreign', message: /photo\.jpg/ });
  storage.open('/m/superblock', { mode: 'create' }).write(new Uint8Array(100).fill(7), 0);
  assert.throws(() => Superblock.open(storage, '/m'), { code: 'format_foreign' });
  assert.throws(() => Superblock.open(storage, '/n'), { code: 'not_found' });
});
