import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskStorage, TallystickError } from 'tallystick/internal';
import { acquit, condemn, refuseCondemned } from './verdict.ts';

test('a folder whose node has found damage is refused with the finding, until somebody has looked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-verdict-'));
  const storage = new DiskStorage();
  try {
    refuseCondemned(storage, join(folder, 'absent'));
    condemn(storage, folder, new TallystickError('closed'));
    refuseCondemned(storage, folder);
    condemn(storage, folder, new TallystickError('cluster_damaged', 'message 7 is another one'));
    condemn(storage, folder, new TallystickError('cluster_damaged', 'a later finding'));
    const refused = {
      code: 'cluster_damaged',
      message: /has ended: message 7 is another one\. Remove .*cluster-damaged/,
    };
    assert.throws(() => refuseCondemned(storage, folder), refused);
    assert.throws(() => refuseCondemned(storage, folder), refused);
    assert.equal(acquit(storage, folder), true);
    refuseCondemned(storage, folder);
    assert.equal(acquit(storage, folder), false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
