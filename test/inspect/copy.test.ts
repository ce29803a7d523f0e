import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { open } from '../../src/index.ts';
import { backup } from '../../src/inspect/copy.ts';
import { ObjectLedger } from '../../src/model/index.ts';
import { DiskStorage, type File, type OpenOptions } from '../../src/platform/index.ts';
import { openCopy, transfersOf } from '../support/copies.ts';

const storage = new DiskStorage();
const root = mkdtempSync(join(tmpdir(), 'tallystick-backup-'));
after(() => rmSync(root, { recursive: true, force: true }));

const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: id, ledger: 1, code: 1 });

test('the copy of a closed ledger is that ledger', async () => {
  const from = join(root, 'closed');
  const ledger = await open(from, { mode: 'inline' });
  await ledger.createAccounts(accounts);
  await ledger.createTransfers([transfer(1n), transfer(2n)]);
  const expected = [await ledger.lookupAccounts([1n, 2n]), await ledger.queryTransfers({})];
  await ledger.close();
  writeFileSync(join(from, 'names.json'), '{}');
  const to = join(root, 'closed-copy');
  mkdirSync(to);
  const copied = backup(storage, from, to);
  assert.equal(copied.op, 2);
  assert.equal(readFileSync(join(to, 'names.json'), 'utf8'), '{}');
  assert.deepEqual(readdirSync(to).sort(), ['journal', 'names.json', 'runs', 'snapshots', 'superblock']);
  await using copy = await open(to, { mode: 'inline' });
  assert.deepEqual([await copy.lookupAccounts([1n, 2n]), await copy.queryTransfers({})], expected);
  assert.equal((await copy.createTransfers([transfer(3n)]))[0]!.status, 0xffff_ffff);
});

test('a ledger without a batch can be copied, even before it has a journal', async () => {
  const from = join(root, 'new');
  await (await open(from, { mode: 'inline' })).close();
  assert.equal(backup(storage, from, join(root, 'new-copy')).op, 0);
  await (await open(join(root, 'new-copy'), { mode: 'inline' })).close();
  for (const name of ['journal', 'runs', 'snapshots']) rmSync(join(from, name), { recursive: true, force: true });
  assert.equal(backup(storage, from, join(root, 'new-copy-2')).op, 0);
});

test('a copy goes nowhere where something is, and leaves nothing behind', async () => {
  const from = join(root, 'somewhere');
  await (await open(from, { mode: 'inline' })).close();
  const to = join(root, 'taken');
  mkdirSync(to);
  writeFileSync(join(to, 'note'), '');
  assert.throws(() => backup(storage, from, to), { code: 'invalid_argument' });
  assert.throws(() => backup(storage, from, join(to, 'note')), { code: 'invalid_argument' });
  assert.throws(() => backup(storage, join(root, 'nowhere'), join(root, 'nothing')), { code: 'not_found' });
  assert.deepEqual([existsSync(join(root, 'nothing')), existsSync(join(root, 'nothing.partial'))], [false, false]);
  // What an earlier try left is cleared away; what is not that stays.
  mkdirSync(join(root, 'again.partial', 'journal'), { recursive: true });
  backup(storage, from, join(root, 'again'));
  mkdirSync(join(root, 'other.partial', 'photos'), { recursive: true });
  assert.throws(() => backup(storage, from, join(root, 'other')), { code: 'invalid_argument' });
  assert.ok(existsSync(join(root, 'other.partial', 'photos')));
});

test('a damaged ledger is not copied, and says where it is damaged', async () => {
  const from = join(root, 'damaged');
  const ledger = await open(from, { mode: 'inline' });
  await ledger.createAccounts(accounts);
  await ledger.createTransfers([transfer(1n)]);
  await ledger.close();
  rmSync(join(from, 'snapshots'), { recursive: true });
  const path = join(from, 'journal', '00000000.seg');
  const bytes = readFileSync(path);
  bytes[300]! ^= 1;
  writeFileSync(path, bytes);
  const to = join(root, 'damaged-copy');
  assert.throws(() => backup(storage, from, to), {
    code: 'journal_corrupt',
    message: /00000000\.seg offset 128: op 1 is damaged/,
  });
  assert.deepEqual([existsSync(to), existsSync(`${to}.partial`)], [false, false]);
});

test('damage that no walk from the snapshot would meet is found in the copy', async () => {
  const from = join(root, 'old-damage');
  const ledger = await open(from, { mode: 'inline' });
  await ledger.createAccounts(accounts);
  for (let id = 1n; id <= 3n; id++) await ledger.createTransfers([transfer(id)]);
  await ledger.close();
  const path = join(from, 'journal', '00000000.seg');
  const bytes = readFileSync(path);
  bytes[300]! ^= 1;
  writeFileSync(path, bytes);
  assert.throws(() => backup(storage, from, join(root, 'old-damage-copy')), { code: 'journal_corrupt' });
});

test('a snapshot that is damaged, or misses a run, stays at home', async () => {
  const from = join(root, 'snapshots');
  const { engine } = await openFolder(from, { mode: 'inline', sizes: { ...SMALL_SIZES, sealEntries: 5 } });
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts(accounts);
  for (let id = 1n; id <= 40n; id += 2n) await ledger.createTransfers([transfer(id), transfer(id + 1n)]);
  await ledger.close();
  const whole = backup(storage, from, join(root, 'snapshots-whole'));
  assert.ok(whole.snapshotOp > 0 && whole.runs > 0);
  const newest = join(from, 'snapshots', readdirSync(join(from, 'snapshots')).at(-1)!);
  const bytes = readFileSync(newest);
  bytes[5000]! ^= 1;
  writeFileSync(newest, bytes);
  const older = backup(storage, from, join(root, 'snapshots-older'));
  assert.ok(older.snapshotOp > 0 && older.snapshotOp < whole.snapshotOp);
  rmSync(join(from, 'runs', '00000000.run'));
  const without = backup(storage, from, join(root, 'snapshots-none'));
  assert.deepEqual([without.op, without.snapshotOp, without.runs], [whole.op, 0, 0]);
  for (const name of ['whole', 'older', 'none']) {
    const copy = await openCopy(join(root, `snapshots-${name}`));
    assert.equal(copy.op, whole.op);
    assert.equal((await transfersOf(copy.ledger)).length, 40);
    await copy.ledger.close();
  }
});

test('losing any batch of a copy is noticed when it is opened', async () => {
  const from = join(root, 'vouched');
  const ledger = await open(from, { mode: 'inline' });
  await ledger.createAccounts(accounts);
  await ledger.createTransfers([transfer(1n)]);
  const to = join(root, 'vouched-copy');
  assert.equal(backup(storage, from, to).op, 2);
  await ledger.close();
  const path = join(to, 'journal', '00000000.seg');
  const bytes = readFileSync(path);
  bytes.fill(0, 512);
  writeFileSync(path, bytes);
  await assert.rejects(open(to, { mode: 'inline' }), { code: 'journal_corrupt' });
});

/** A disk on which things happen while somebody reads. */
class BusyStorage extends DiskStorage {
  readonly #before: (path: string) => void;

  constructor(before: (path: string) => void) {
    super();
    this.#before = before;
  }

  override open(path: string, options: OpenOptions): File {
    if (options.mode === 'read') this.#before(path);
    return super.open(path, options);
  }
}

test('whatever the writer does between two reads, the copy is one that it had acknowledged, whole', async () => {
  const from = join(root, 'between');
  const { engine } = await openFolder(from, { mode: 'inline', sizes: { ...SMALL_SIZES, sealEntries: 5 } });
  const ledger = new ObjectLedger(engine);
  await ledger.createAccounts(accounts);
  let id = 0n;
  const write = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done++) await ledger.createTransfers([transfer(++id), transfer(++id)]);
  };
  await write(9);
  // The writer cannot run while the copy is made here: it wrote into another folder meanwhile, whose files take the
  // place of these, one before each read.
  const stages: Map<string, Buffer>[] = [];
  const take = (): void => {
    const files = new Map<string, Buffer>();
    for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (/\.(seg|run|snap)$|superblock$/.test(name)) files.set(name, readFileSync(join(from, name)));
    }
    stages.push(files);
  };
  for (let stage = 0; stage < 40; stage++) {
    take();
    await write(1);
  }
  await ledger.close();
  const changes: number[] = [];
  for (const step of [1, 2, 3, 5]) {
    const live = join(root, `between-${step}`);
    let at = 0;
    const show = (index: number): void => {
      const files = stages[Math.min(index, stages.length - 1)]!;
      for (const [name, bytes] of files) {
        storage.makeFolder(join(live, name, '..'));
        writeFileSync(join(live, name), bytes);
      }
      for (const name of readdirSync(join(live, 'snapshots'))) {
        if (!files.has(`snapshots/${name}`)) rmSync(join(live, 'snapshots', name));
      }
    };
    show(0);
    let reads = 0;
    const busy = new BusyStorage((path) => {
      if (path.startsWith(`${live}/`) && ++reads % step === 0) show(++at);
    });
    const to = join(root, `between-${step}-copy`);
    const copied = backup(busy, live, to);
    changes.push(at);
    assert.ok(copied.op >= 10 && copied.op <= 50);
    const copy = await openCopy(to);
    assert.equal(copy.op, copied.op);
    const found = await transfersOf(copy.ledger);
    assert.deepEqual(
      found.map((one) => one.id),
      Array.from({ length: 2 * (copied.op - 1) }, (_, index) => BigInt(index + 1)),
    );
    await copy.ledger.close();
  }
  assert.ok(changes[0]! >= 10 && changes.every((count) => count > 0), `${changes} changes`);
});
