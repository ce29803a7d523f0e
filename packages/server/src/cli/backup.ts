/** `tallystick backup`. */

import { isoText } from 'tallystick/internal/base';
import { backup, ledgerFiles } from 'tallystick/internal/inspect';
import { DiskStorage } from 'tallystick/internal/platform';
import { bytes, grouped, plural } from './print.ts';
import { patientBar } from './terminal.ts';

export interface BackupOptions {
  readonly to: string;
  readonly json?: boolean;
}

/** Returns the exit code. Throws what `backup` throws. */
export function backupFolder(folder: string, options: BackupOptions): number {
  const storage = new DiskStorage();
  const { segments, snapshots, runs } = ledgerFiles(storage, folder);
  const size = [...segments, ...runs, ...snapshots.slice(-1)].reduce((sum, file) => sum + file.size, 0);
  const bar = patientBar('copied and verified', 2 * size);
  const started = performance.now();
  let done = 0;
  const copied = backup(storage, folder, options.to, (count) => {
    done += count;
    bar.update(done);
  });
  bar.stop();
  const seconds = (performance.now() - started) / 1000;
  if (options.json === true) {
    const { op, timestamp, batches, snapshotOp, runs: runsCount, bytes: bytesCount } = copied;
    const report = {
      op,
      timestamp: String(timestamp),
      batches,
      snapshot_op: snapshotOp,
      runs: runsCount,
      bytes: bytesCount,
    };
    process.stdout.write(`${JSON.stringify({ ...report, seconds: Number(seconds.toFixed(3)) })}\n`);
    return 0;
  }
  const until = copied.op === 0 ? 'no batch yet' : `up to op ${grouped(copied.op)}, ${isoText(copied.timestamp)}`;
  const parts =
    `${plural(copied.runs, 'run')}, ` +
    `${copied.snapshotOp === 0 ? 'no snapshot' : `the snapshot of op ${grouped(copied.snapshotOp)}`}`;
  process.stdout.write(
    `${options.to}: ${until}; ${parts}; ${bytes(copied.bytes)} copied and verified in ${seconds.toFixed(1)} s\n`,
  );
  return 0;
}
