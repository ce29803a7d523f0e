import { ObjectLedger } from '../model/index.ts';
import '../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openFolder, SMALL_SIZES } from '../engine/index.ts';
import { DiskStorage } from '../platform/index.ts';
import { verify } from './verify.ts';

const storage = new DiskStorage();
const root = mkdtempSync(join(tmpdir(), 'tallystick-inspect-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A ledger with a few runs, two snapshots and a journal behind them. */
async function ledger(name: string, close = true): Promise<string> {
  const folder = join(root, name);
  const { engine } = await openFolder(folder, { mode: 'inline', sizes: { ...SMALL_SIZES, sealEntries: 40 } });
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1, flags: 8 })));
  for (let batch = 0n; batch < 12n; batch++) {
    await ledger.createTransfers(
      Array.from({ length: 13 }, (_, index) => ({
        id: batch * 100n + BigInt(index) + 1n,
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 5n,
        ledger: 1,
        code: 1,
      })),
    );
  }
  if (close) await ledger.close();
  return folder;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile() && !/writer-/.test(name))
    .sort();
}

test('a ledger as it was written has no damage, and looking at it changes no byte', async () => {
  const folder = await ledger('whole');
  const before = filesOf(folder).map((name) => [
    name,
    statSync(join(folder, name)).mtimeMs,
    readFileSync(join(folder, name), 'base64'),
  ]);
  let bytes = 0;
  const found = verify(storage, folder, (count) => {
    bytes += count;
  });
  assert.deepEqual(found.damage, []);
  assert.equal(found.batches, 13);
  assert.equal(found.events, 2 + 12 * 13);
  assert.equal(found.op, 13);
  assert.ok(found.runs >= 2 && found.snapshots === 2, `${found.runs} runs, ${found.snapshots} snapshots`);
  assert.ok(found.entries > 0 && found.entries <= 12 * 13);
  assert.ok(bytes > 0);
  assert.deepEqual(
    filesOf(folder).map((name) => [
      name,
      statSync(join(folder, name)).mtimeMs,
      readFileSync(join(folder, name), 'base64'),
    ]),
    before,
  );
});

test('one bit of any byte of any file of a closed ledger is found, and its file is named', async () => {
  const folder = await ledger('bits');
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (const name of filesOf(folder)) {
    const path = join(folder, name);
    const whole = readFileSync(path);
    const offsets = [
      0,
      1,
      4,
      127,
      128,
      4095,
      4096,
      whole.length - 1,
      ...Array.from({ length: 60 }, () => random(whole.length)),
    ].filter((offset) => offset < whole.length);
    for (const offset of offsets) {
      const bytes = Buffer.from(whole);
      bytes[offset]! ^= 1 << random(8);
      writeFileSync(path, bytes);
      const { damage } = verify(storage, folder);
      assert.ok(
        damage.some(({ file }) => file === path),
        `${name} at ${offset}: ${JSON.stringify(damage)}`,
      );
      for (const { file, offset: at } of damage)
        if (file === path) assert.ok(at <= offset || name.endsWith('.seg'), `${name}: ${at} > ${offset}`);
    }
    writeFileSync(path, whole);
  }
  assert.deepEqual(verify(storage, folder).damage, []);
});

test('files that end too early are found', async () => {
  const folder = await ledger('short');
  for (const name of filesOf(folder)) {
    const path = join(folder, name);
    const whole = readFileSync(path);
    // A journal may end behind its last batch: what follows are zeros written ahead.
    for (const size of [whole.length - 4096, 5000, 0].filter(
      (size) => size < whole.length && !(size > 5000 && name.endsWith('.seg')),
    )) {
      if (size < 0) continue;
      writeFileSync(path, whole.subarray(0, size));
      assert.notDeepEqual(verify(storage, folder).damage, [], `${name} cut at ${size}`);
    }
    writeFileSync(path, whole);
  }
});

test('a run or a snapshot that is in the wrong place is found', async () => {
  const folder = await ledger('places');
  const [first] = readdirSync(join(folder, 'runs'));
  const path = join(folder, 'runs', first!);
  const whole = readFileSync(path);
  rmSync(path);
  assert.match(verify(storage, folder).damage[0]!.what, /^begins at entry \d+, but the runs before it end at 0$/);
  writeFileSync(path, whole);
  const other = await ledger('other');
  const snapshot = readdirSync(join(folder, 'snapshots')).at(-1)!;
  writeFileSync(join(folder, 'snapshots', snapshot), readFileSync(join(other, 'snapshots', snapshot)));
  writeFileSync(path, readFileSync(join(other, 'runs', first!)));
  const { damage } = verify(storage, folder);
  assert.equal(damage.length, 2, JSON.stringify(damage));
  assert.match(damage[0]!.what, /another ledger/);
  assert.match(damage[1]!.what, /another ledger/);
});

test('what was being written when the power went is torn and not damaged', async () => {
  const folder = await ledger('torn', false);
  const path = join(folder, 'journal', '00000000.seg');
  const whole = readFileSync(path);
  // A cell behind the last batch: the power went while it was written.
  const end = Math.ceil((whole.findLastIndex((byte) => byte !== 0) + 1) / 128) * 128;
  const bytes = Buffer.alloc(Math.max(whole.length, end + 128));
  whole.copy(bytes);
  bytes[end + 5] = 7;
  const copy = join(root, 'torn-copy');
  for (const name of filesOf(folder)) {
    storage.makeFolder(join(copy, name, '..'));
    writeFileSync(join(copy, name), name.endsWith('.seg') ? bytes : readFileSync(join(folder, name)));
  }
  const found = verify(storage, copy);
  assert.deepEqual(found.damage, []);
  assert.equal(found.op, 13);
  assert.ok(found.tornCells > 0 && found.tornAt?.startsWith(path.replace(folder, copy)));
});

test('a folder without a ledger is not one', () => {
  assert.throws(() => verify(storage, join(root, 'nowhere')), { code: 'not_found' });
});
