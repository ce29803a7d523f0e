/** Makes again what is derived and damaged. What the journal's batches say is never changed. */

import {
  type LostFound,
  readSums,
  Snapshot,
  type Sums,
  segmentNumbers,
  snapshotNames,
  sumsName,
  vouchedSums,
  writeSums,
} from '../journal/index.ts';
import { BLOCK_CELLS, SEGMENT_CELLS } from '../model/index.ts';
import type { Storage } from '../platform/index.ts';
import { runDamage } from '../projector/index.ts';
import { Folders } from './builds.ts';

/**
 * Moves every snapshot, run and file of sums that is damaged to lost+found, and writes sums anew. Opening makes the
 * rest again.
 */
export function repairDerived(storage: Storage, path: string, ledgerId: bigint, lostFound: LostFound): void {
  for (const folder of Object.values(Folders)) storage.makeFolder(`${path}/${folder}`);
  for (const name of snapshotNames(storage, `${path}/${Folders.snapshots}`)) {
    const snapshot = Snapshot.open(storage, `${path}/${Folders.snapshots}/${name}`, ledgerId);
    const damaged = snapshot === undefined || snapshot.damagedAt() !== undefined;
    snapshot?.close();
    if (damaged) lostFound.move(`${Folders.snapshots}/${name}`, 'a snapshot that does not match its checksums');
  }
  for (const name of storage.list(`${path}/${Folders.runs}`)) {
    if (!name.endsWith('.run')) continue;
    const damage = runDamage(storage, `${path}/${Folders.runs}/${name}`, () => {});
    if (damage !== undefined) lostFound.move(`${Folders.runs}/${name}`, `a run that is damaged: ${damage.what}`);
  }
  const segments = { storage, folder: `${path}/${Folders.journal}`, ledgerId, segmentCells: SEGMENT_CELLS };
  for (const number of segmentNumbers(storage, segments.folder)) {
    if (!storage.exists(`${segments.folder}/${sumsName(number)}`)) continue;
    const found = readSums(segments, number);
    const made = vouchedSums(segments, number, true);
    if (found !== undefined && isSame(found, made)) continue;
    lostFound.move(`${Folders.journal}/${sumsName(number)}`, 'sums that do not match the batches');
    writeSums(segments, number, made, true);
  }
}

/** Whether sums from a file say of its cells what the batches say; the batches may go on behind them. */
function isSame(found: Sums, made: Sums): boolean {
  if (found.cells > made.cells) return false;
  const whole = Math.floor(found.cells / BLOCK_CELLS);
  return found.items.subarray(0, whole).every((sum, index) => sum === made.items[index]);
}
