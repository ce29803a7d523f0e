/** Opening copies of ledgers, and reading all that is in them. */

import { openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import type { Transfer } from '../../src/index.ts';
import { ObjectLedger } from '../../src/model/index.ts';

/** All of them, by timestamp. */
export async function transfersOf(ledger: ObjectLedger): Promise<Transfer[]> {
  const all: Transfer[] = [];
  for (let from = 0n; ; ) {
    const page = await ledger.queryTransfers({ timestamp_min: from });
    all.push(...page);
    if (page.length < 8189) return all;
    from = page.at(-1)!.timestamp + 1n;
  }
}

/** `op`: the last one that opening found. */
export async function openCopy(
  folder: string,
): Promise<{ ledger: ObjectLedger; op: number; replayed: number; snapshotOp: number; tornCells: number }> {
  const { engine, recovery } = await openFolder(folder, {
    mode: 'inline',
    sizes: { ...SMALL_SIZES, sealEntries: 12_000 },
  });
  const { replayed, snapshotOp, tornCells } = recovery;
  return { ledger: new ObjectLedger(engine), op: snapshotOp + replayed, replayed, snapshotOp, tornCells };
}
