/**
 * Files that are not what they should be: each kind of damage has its name, the message says where, and nothing is made
 * worse.
 */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type EngineOptions, EngineReplayPort, openFolder } from '../../src/engine/index.ts';
import { open } from '../../src/index.ts';
import { Operation } from '../../src/model/index.ts';
import { crc32 } from '../../src/platform/index.ts';
import { everyTransfer, plainTransfers, twoAccounts } from '../../testing/model/simple.ts';
import { FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';
import { temporaryFolder } from '../support/folders.ts';

const JOURNAL = 'journal/00000000.seg';
const inline: EngineOptions = { mode: 'inline', sizes: FORGETFUL_SIZES };
const folder = temporaryFolder();
/** Twelve batches of four transfers, sealed now and then, closed in order. */
const whole = join(folder, 'whole');
let copies = 0;

before(async () => {
  const port = new EngineReplayPort((await openFolder(whole, inline)).engine);
  await port.request(Operation.create_accounts, twoAccounts);
  for (let batch = 0; batch < 12; batch++) {
    await port.request(Operation.create_transfers, plainTransfers(1n + BigInt(batch) * 4n, 4));
  }
  await port.close();
});

function copy(): string {
  const path = join(folder, `copy ${copies++}`);
  cpSync(whole, path, { recursive: true });
  return path;
}

/** Rewrites a file's bytes. */
function edit(path: string, change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(path);
  writeFileSync(path, change(bytes) ?? bytes);
}

function newest(path: string, kind: 'snapshots' | 'runs'): string {
  return join(
    path,
    kind,
    readdirSync(join(path, kind))
      .filter((name) => /\.(snap|run)$/.test(name))
      .sort()
      .at(-1)!,
  );
}

/** Opens the ledger, finds all of its transfers, and closes it. */
async function isWhole(path: string): Promise<void> {
  const port = new EngineReplayPort((await openFolder(path, inline)).engine);
  try {
    assert.equal((await port.request(Operation.query_transfers, everyTransfer)).length, 48 * 128);
  } finally {
    await port.close();
  }
}

/** Byte of the header of batch `op`: all have their op at byte 8 and their magic at byte 88. */
function headerOf(bytes: Buffer, op: number): number {
  for (let at = 128; at < bytes.length; at += 128) {
    if (bytes.readUInt32LE(at + 88) === 0x594c4c54 && Number(bytes.readBigUInt64LE(at + 8)) === op) return at;
  }
  throw new Error(`no op ${op}`);
}

for (const mode of ['inline', 'threads'] as const) {
  test(`a damaged batch in the middle of the journal is named by file, offset and op (${mode})`, async () => {
    const path = copy();
    // Without them all of the journal is walked.
    rmSync(join(path, 'snapshots'), { recursive: true });
    rmSync(join(path, 'runs'), { recursive: true });
    let at = 0;
    edit(join(path, JOURNAL), (bytes) => {
      at = headerOf(bytes, 6);
      bytes[at + 128 + 48]! ^= 1;
      return undefined;
    });
    const before = readFileSync(join(path, JOURNAL));
    await assert.rejects(open(path, { mode }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'journal_corrupt');
      assert.ok(error.message.includes(join(path, JOURNAL)), error.message);
      assert.match(error.message, new RegExp(`offset ${at}\\b.*op 6\\b`));
      return true;
    });
    assert.deepEqual(readFileSync(join(path, JOURNAL)), before, 'the file is as it was');
    await assert.rejects(open(path, { mode }), { code: 'journal_corrupt' }, 'the next one is told the same');
  });
}

test('a torn tail is cut, counted, and written over', async () => {
  const path = copy();
  // A crash in the middle of a write: part of a batch that nobody was told about.
  const crashed = new EngineReplayPort((await openFolder(path, inline)).engine);
  edit(join(path, JOURNAL), (bytes) => {
    const end = headerOf(bytes, 13) + 128 * 5;
    const torn = Buffer.alloc(Math.max(bytes.length, end + 256));
    bytes.copy(torn);
    torn.fill(0xab, end, end + 200);
    return torn;
  });
  await crashed.close();
  const { engine, recovery } = await openFolder(path, inline);
  assert.equal(recovery.tornCells, 2);
  assert.match(recovery.tornAt ?? '', /00000000\.seg offset \d+/);
  const port = new EngineReplayPort(engine);
  await port.request(Operation.create_transfers, plainTransfers(1000n, 1));
  await port.close();
  const again = await openFolder(path, inline);
  assert.equal(again.recovery.tornCells, 0);
  const found = await new EngineReplayPort(again.engine).request(Operation.query_transfers, everyTransfer);
  assert.equal(found.length, 49 * 128);
  await again.engine.close();
});

test('a damaged newest snapshot is passed over for the one before, and reported', async () => {
  const path = copy();
  const snapshot = newest(path, 'snapshots');
  edit(snapshot, (bytes) => {
    bytes[bytes.length >> 1]! ^= 0x10;
    return undefined;
  });
  const { engine, recovery } = await openFolder(path, inline);
  assert.deepEqual(recovery.damagedSnapshots, [snapshot]);
  assert.ok(recovery.snapshotOp > 0, 'there was an older one');
  await engine.close();
  await isWhole(path);
});

test('without any snapshot all of the journal is replayed', async () => {
  const path = copy();
  rmSync(join(path, 'snapshots'), { recursive: true });
  const { engine, recovery } = await openFolder(path, inline);
  assert.equal(recovery.snapshotOp, 0);
  assert.equal(recovery.replayed, 13);
  await engine.close();
  await isWhole(path);
});

test('a run that is missing is made again', async () => {
  const path = copy();
  const run = newest(path, 'runs');
  rmSync(run);
  await isWhole(path);
  rmSync(join(path, 'runs'), { recursive: true });
  await isWhole(path);
});

test('a damaged run is named, and moved aside it is made again', async () => {
  const path = copy();
  const run = newest(path, 'runs');
  edit(run, (bytes) => {
    bytes[5000]! ^= 1;
    return undefined;
  });
  await assert.rejects(isWhole(path), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'run_corrupt');
    assert.ok(error.message.includes(run), error.message);
    return true;
  });
  rmSync(run);
  await isWhole(path);
});

test('a folder with other things in it is not a ledger, and is left alone', async () => {
  const path = join(folder, 'foreign');
  mkdirSync(path);
  writeFileSync(join(path, 'letter.txt'), 'dear');
  await assert.rejects(open(path), { code: 'format_foreign' });
  assert.deepEqual(readdirSync(path), ['letter.txt']);
});

test("a superblock that is somebody else's is not touched", async () => {
  const path = join(folder, 'foreign superblock');
  mkdirSync(path);
  writeFileSync(join(path, 'superblock'), 'x'.repeat(8192));
  await assert.rejects(open(path), { code: 'format_foreign' });
  assert.equal(readFileSync(join(path, 'superblock'), 'utf8'), 'x'.repeat(8192));
});

test("another ledger's journal is refused", async () => {
  const path = copy();
  const other = join(folder, 'other');
  await (await open(other)).close();
  cpSync(join(other, JOURNAL), join(path, JOURNAL));
  await assert.rejects(open(path), (error: Error & { code?: string }) => {
    assert.match(error.code ?? '', /^(format_foreign|journal_corrupt)$/);
    return true;
  });
});

test('files of a newer version are refused, with what to do', async () => {
  const path = copy();
  edit(join(path, 'superblock'), (bytes) => {
    for (const at of [0, 4096]) {
      bytes.writeUInt32LE(2, at + 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, at + 128)), at);
    }
    return undefined;
  });
  await assert.rejects(open(path), (error: Error & { code?: string; next?: string }) => {
    assert.equal(error.code, 'format_newer');
    assert.match(error.next ?? '', /Upgrade/);
    return true;
  });
});

test('a place that takes no folders is not_writable, and open returns', {
  skip: existsSync('/proc/self') ? false : 'no /proc here',
}, async () => {
  for (const path of ['/proc/tallystick', '/proc/self/xyz', '/proc/tallystick/a/b']) {
    for (const mode of ['inline', 'threads'] as const)
      await assert.rejects(open(path, { mode }), { code: 'not_writable' });
  }
});

test('a file where the folder should be, and a folder that may not be written, are not_writable', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await assert.rejects(open(file), { code: 'not_writable' });
  await assert.rejects(open(join(file, 'ledger')), { code: 'not_writable' });

  const path = copy();
  chmodSync(folder, 0o755);
  chmodSync(path, 0o555);
  chmodSync(join(path, 'superblock'), 0o444);
  // Root may write anywhere, so root is nobody for a moment.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await assert.rejects(open(path, { mode: 'inline' }), { code: 'not_writable' });
    await assert.rejects(open(join(path, 'new'), { mode: 'inline' }), { code: 'not_writable' });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  chmodSync(path, 0o755);
  chmodSync(join(path, 'superblock'), 0o644);
  await isWhole(path);
});

const harms: { readonly [what: string]: (bytes: Buffer) => Buffer } = {
  'its head is zeros': (bytes) => bytes.fill(0, 0, Math.min(4096, bytes.length)),
  'a bit of it is another': (bytes) => {
    bytes[bytes.length >> 1]! ^= 0x10;
    return bytes;
  },
  'it is cut in the middle': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'it is empty': () => Buffer.alloc(0),
};

for (const [kind, pattern] of [
  ['runs', /\.run$/],
  ['snapshots', /\.snap$/],
  ['journal', /\.sum$/],
] as const) {
  for (const [what, harm] of Object.entries(harms)) {
    test(`repair makes a file of ${kind} again when ${what}, and keeps the damaged one`, async () => {
      const path = copy();
      const name = readdirSync(join(path, kind)).find((one) => pattern.test(one))!;
      let damaged!: Buffer;
      edit(join(path, kind, name), (bytes) => {
        damaged = harm(Buffer.from(bytes));
        return damaged;
      });
      const { engine, recovery } = await openFolder(path, { ...inline, repair: true });
      await engine.close();
      const kept = recovery.kept.find((one) => one.path === `${kind}/${name}`);
      assert.ok(kept !== undefined, JSON.stringify(recovery.kept));
      assert.deepEqual(readFileSync(join(path, kept.kept)), damaged);
      assert.equal(recovery.loss, undefined);
      await isWhole(path);
      const again = await openFolder(path, inline);
      assert.deepEqual(again.recovery.kept, [], 'nothing is left to be given up');
      await again.engine.close();
    });
  }
}
