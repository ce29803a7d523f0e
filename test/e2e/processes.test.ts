/** One ledger, several processes: who may have it, and what one that ended leaves to the next. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FolderLedger, open } from '../../src/index.ts';
import { ended, startChild } from '../support/child.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
/** Every transfer from 1 to `count` is there. */
async function has(ledger: FolderLedger, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => BigInt(index + 1));
  for (let from = 0; from < count; from += 8000) {
    const found = await ledger.lookupTransfers(ids.slice(from, from + 8000));
    assert.equal(found.length, Math.min(8000, count - from));
  }
}

test('a folder that another process has open is refused by its pid, until that process is killed', async () => {
  const path = join(folder, 'held');
  const child = startChild('hold', path);
  await once(child.stdout!, 'data');
  await assert.rejects(open(path), (error: Error & { code?: string; retriable?: boolean }) => {
    assert.equal(error.code, 'locked');
    assert.equal(error.retriable, true);
    assert.match(error.message, new RegExp(`process ${child.pid} `));
    return true;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const ledger = await open(path);
  assert.equal((await ledger.lookupAccounts([1n, 2n])).length, 2);
  await ledger.close();
});

test('a folder that this process has open is refused, too, until it is closed', async () => {
  const path = join(folder, 'mine');
  const ledger = await open(path);
  await assert.rejects(open(path), { code: 'locked' });
  assert.deepEqual(await ledger.lookupAccounts([1n]), [], 'the first one goes on');
  await ledger.close();
  await (await open(path)).close();
});

for (const { act, code } of [
  { act: 'exit', code: 0 },
  { act: 'fall off the end', code: 0 },
  { act: 'throw', code: 1 },
]) {
  test(`a process may ${act} with its ledger open: it ends at once, and what it was told is there`, async () => {
    const path = join(folder, act);
    const child = await ended(startChild(act, path));
    assert.equal(child.code, code, child.errors);
    const ledger = await open(path);
    await has(ledger, Number(child.lines[0]));
    await ledger.close();
  });
}

test('a full disk is told by its name, again and again, and what was acknowledged before is there', async () => {
  const path = join(folder, 'full');
  const { lines, errors, code } = await ended(startChild('fill', path, 1024));
  assert.equal(code, 0, errors);
  assert.deepEqual(lines.slice(1), ['disk_full', 'disk_full'], errors);
  const acknowledged = Number(lines[0]);
  assert.ok(acknowledged > 5000, `a file of 1 MiB holds more than ${acknowledged} transfers`);
  const ledger = await open(path);
  await has(ledger, acknowledged);
  await ledger.close();
});
