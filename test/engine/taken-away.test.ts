/**
 * Files that are removed, renamed, replaced or linked under a writer: what is written there is lost, so nobody is told
 * of it.
 */
import assert from 'node:assert/strict';
import { cpSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type FolderLedger, open } from '../../src/index.ts';
import { TallystickError } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const root = temporaryFolder();
const SEGMENT = 'journal/00000000.seg';

async function fresh(name: string, mode: 'threads' | 'inline'): Promise<{ ledger: FolderLedger; folder: string }> {
  const folder = join(root, `${name} ${mode}`.replaceAll('/', ' '));
  const ledger = await open(folder, { mode });
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  // Whoever takes files away seldom does so within the same millisecond. By then the writer looks at folders, whose
  // times have come to rest, and no more at each file.
  await setTimeout(80);
  await ledger.createAccounts([{ id: 4n, ledger: 1, code: 1 }]);
  await setTimeout(20);
  return { ledger, folder };
}

async function refusesToTell(ledger: FolderLedger, what: RegExp): Promise<void> {
  const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
  await assert.rejects(ledger.createTransfers([transfer]), (error) => {
    assert.ok(error instanceof TallystickError && error.code === 'disk_failed', String(error));
    assert.match(error.message, what);
    return true;
  });
  await ledger.close().catch(() => {});
}

const harm: { readonly [what: string]: (folder: string) => RegExp } = {
  'the segment is removed': (folder) => {
    rmSync(join(folder, SEGMENT));
    return /00000000\.seg/;
  },
  'journal/ is removed': (folder) => {
    rmSync(join(folder, 'journal'), { recursive: true });
    return /00000000\.seg/;
  },
  'the segment is renamed': (folder) => {
    renameSync(join(folder, SEGMENT), join(folder, 'stolen.seg'));
    return /00000000\.seg/;
  },
  'the segment is replaced by a copy': (folder) => {
    cpSync(join(folder, SEGMENT), join(folder, 'copy'));
    renameSync(join(folder, 'copy'), join(folder, SEGMENT));
    return /00000000\.seg/;
  },
  'the segment is linked': (folder) => {
    linkSync(join(folder, SEGMENT), join(folder, 'second.seg'));
    return /00000000\.seg/;
  },
  'the superblock is removed': (folder) => {
    rmSync(join(folder, 'superblock'));
    return /superblock/;
  },
  'the witness is removed': (folder) => {
    rmSync(join(folder, 'witness'));
    return /witness/;
  },
};

for (const mode of ['threads', 'inline'] as const) {
  for (const [what, act] of Object.entries(harm)) {
    test(`${what} under a writer, ${mode}: it stops before the next answer`, async () => {
      const { ledger, folder } = await fresh(what, mode);
      await refusesToTell(ledger, act(folder));
    });
  }
}

test('a folder of hard links to the files of another ledger is not opened, and the other one stops', async () => {
  const { ledger, folder } = await fresh('real', 'threads');
  const second = join(root, 'second');
  mkdirSync(join(second, 'journal'), { recursive: true });
  for (const name of ['superblock', SEGMENT]) linkSync(join(folder, name), join(second, name));
  await assert.rejects(open(second), { code: 'disk_failed', message: /superblock/ });
  await refusesToTell(ledger, /00000000\.seg|superblock/);
  rmSync(second, { recursive: true });
  const again = await open(folder);
  assert.equal((await again.lookupAccounts([1n, 2n])).length, 2);
  await again.close();
});

for (const mode of ['threads', 'inline'] as const) {
  test(`a folder that was renamed under a writer, ${mode}: its process opens it again under the new name`, async () => {
    const { ledger, folder } = await fresh('renamed', mode);
    const renamed = `${folder} away`;
    renameSync(folder, renamed);
    await assert.rejects(ledger.createAccounts([{ id: 3n, ledger: 1, code: 1 }]), { code: 'fence_lost' });
    await assert.rejects(open(renamed, { mode }), { code: 'locked' });
    await ledger.close().catch(() => {});
    const again = await open(renamed, { mode });
    assert.equal((await again.lookupAccounts([1n, 2n, 3n])).length, 2);
    await again.close();
  });
}
