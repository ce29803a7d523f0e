import '../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openCopy, transfersOf } from '../../test/support/copies.ts';
import { DiskStorage } from '../platform/index.ts';
import { type Backup, backup } from './copy.ts';
import { verify } from './verify.ts';

const storage = new DiskStorage();
const root = mkdtempSync(join(tmpdir(), 'tallystick-backup-'));
after(() => rmSync(root, { recursive: true, force: true }));
const writer = join(import.meta.dirname, '..', '..', 'test', 'support', 'backup-writer.js');

test('copies taken under load hold everything that had been acknowledged, and are the ledger as it was', {
  timeout: 300_000,
}, async () => {
  const from = join(root, 'load');
  const child: ChildProcess = spawn(process.execPath, [writer, from], { stdio: ['pipe', 'pipe', 'inherit'] });
  let acknowledged = 0;
  let closed = 0;
  child.stdout!.on('data', (text: Buffer) => {
    for (const line of text.toString().trimEnd().split('\n')) {
      if (line.startsWith('closed ')) closed = Number(line.slice(7));
      else acknowledged = Math.max(acknowledged, Number(line));
    }
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const pass = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  const copies: (Backup & { readonly to: string; readonly atLeast: number })[] = [];
  for (const wanted of [1, 60_000, 200_000, 400_000, 540_040, 541_000]) {
    while (acknowledged < wanted) await pass();
    const atLeast = acknowledged;
    const to = join(root, `load-${wanted}`);
    copies.push({ ...backup(storage, from, to), to, atLeast });
  }
  // From another process, while this one listens.
  const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
  const { status, stdout } = spawnSync(
    process.execPath,
    [main, 'backup', from, '--to', join(root, 'load-cli'), '--json'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0);
  const report = JSON.parse(stdout);
  copies.push({ ...report, snapshotOp: report.snapshot_op, to: join(root, 'load-cli'), atLeast: acknowledged });
  assert.deepEqual(verify(storage, from).damage, [], 'what is verified under load is whole');
  child.stdin!.end();
  assert.equal(await ended, 0);
  assert.ok(closed > 541_000);
  assert.ok(readdirSync(join(from, 'journal')).length >= 2, 'a segment was filled');

  const original = await openCopy(from);
  const expected = await transfersOf(original.ledger);
  await original.ledger.close();
  assert.equal(expected.length, closed);
  assert.ok(copies.some(({ snapshotOp, runs }) => snapshotOp > 0 && runs > 3));
  for (const { to, op, atLeast } of copies) {
    const copy = await openCopy(to);
    assert.equal(copy.op, op);
    assert.equal(copy.tornCells, 0);
    const found = await transfersOf(copy.ledger);
    assert.ok(found.length >= atLeast, `${found.length} of ${atLeast}`);
    assert.deepEqual(found, expected.slice(0, found.length));
    const [credited] = await copy.ledger.lookupAccounts([8n]);
    const count = BigInt(found.length);
    assert.equal(credited!.credits_posted, (count * (count + 1n)) / 2n);
    await copy.ledger.close();
  }
});
