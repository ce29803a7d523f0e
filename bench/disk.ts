/**
 * `npm run bench -- disk`: how much of what the disk can do the journal makes of it. In turns, for each size of a
 * flush:
 *
 *   raw       one write of so many bytes onto blocks that are there, O_DIRECT + O_DSYNC, over and over
 *   journal   one batch of so many bytes: header, checksums, staging, the same kind of write, on segments
 *             that it makes as it goes
 *
 * and then the whole engine with batches of 8,189, whose journal's bytes are set against the raw megabyte. Writes
 * bench/results/disk/<date>-<commit>.json.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine, type Report } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import { Journal, nextCell, POSITION_FIRST, writeNumber } from '../src/journal/index.ts';
import { CELL_SIZE, HeaderOffset, SEGMENT_CELLS } from '../src/model/index.ts';
import { DiskStorage, packageRoot } from '../src/platform/index.ts';
import { writeSample } from '../testing/disk/sample.ts';

interface Rate {
  readonly bytes_per_second: number;
  readonly writes_per_second: number;
}

export interface DiskRecord {
  readonly date: string;
  readonly commit: string;
  readonly load_before: number;
  readonly machine: ReturnType<typeof machine>;
  /** Medians of the rounds. */
  readonly sizes: readonly { readonly bytes: number; readonly raw: Rate; readonly journal: Rate }[];
  readonly engine: { readonly transfers_per_second: number; readonly journal_bytes_per_second: number };
}

const { values } = parseArgs({
  options: { milliseconds: { type: 'string', default: '500' }, rounds: { type: 'string', default: '5' } },
});
const milliseconds = Number(values.milliseconds);
const SIZES = [4, 16, 64, 256, 1024].map((kib) => kib * 1024);
const FILE_SIZE = 64 * 1024 * 1024;
const [loadBefore] = loadavg() as [number, number, number];

const folder = mkdtempSync(join(process.cwd(), 'tallystick-disk-'));
const storage = new DiskStorage();
const path = join(folder, 'raw');
const buffer = storage.buffer(SIZES.at(-1)!).fill(0x5a);
{
  const file = storage.open(path, { mode: 'create', durable: true, direct: true });
  for (let at = 0; at < FILE_SIZE; at += buffer.length) file.write(buffer, at);
  file.close();
}

function timed(bytes: number, write: () => void): Rate {
  const began = performance.now();
  let writes = 0;
  let now = began;
  for (; now < began + milliseconds; now = performance.now()) {
    write();
    writes++;
  }
  const seconds = (now - began) / 1000;
  return { bytes_per_second: (writes * bytes) / seconds, writes_per_second: writes / seconds };
}

function raw(bytes: number): Rate {
  const file = storage.open(path, { mode: 'write', durable: true, direct: true });
  const piece = buffer.subarray(0, bytes);
  let at = 0;
  try {
    return timed(bytes, () => {
      file.write(piece, at);
      at = (at + bytes) % FILE_SIZE;
    });
  } finally {
    file.close();
  }
}

/**
 * Batches of `bytes`, headers included; the body's bytes are the same each time, the header's fields are the
 * sequencer's.
 */
function journal(bytes: number): Rate {
  const where = mkdtempSync(join(folder, 'journal-'));
  const cells = bytes / CELL_SIZE - 1;
  const memory = storage.buffer(bytes);
  const opened = new Journal(storage, where, memory, { ledgerId: 1n, fence: 1n, position: POSITION_FIRST });
  writeSample(memory, 0, { op: 1, cell: opened.position.cell, cells, segmentCells: SEGMENT_CELLS });
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  try {
    return timed(bytes, () => {
      const { op, cell } = opened.position;
      writeNumber(view, HeaderOffset.op, op + 1);
      view.setBigUint64(HeaderOffset.timestamp, BigInt(op + 1) * 8192n, true);
      writeNumber(view, HeaderOffset.cell, nextCell(cell, cells));
      opened.add(0);
      opened.flush();
    });
  } finally {
    opened.close();
    rmSync(where, { recursive: true });
  }
}

function engine(): DiskRecord['engine'] {
  const program = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
  const child = spawnSync(process.execPath, [program, 'benchmark', '--transfer-count', '5000000', '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (child.status !== 0) throw new Error(child.stderr);
  const { transfers_per_second } = JSON.parse(child.stdout) as Report;
  const headers = 1 + 1 / 8189;
  return { transfers_per_second, journal_bytes_per_second: transfers_per_second * headers * CELL_SIZE };
}

function median(rates: readonly Rate[]): Rate {
  return rates.toSorted((a, b) => a.bytes_per_second - b.bytes_per_second)[rates.length >> 1]!;
}

const found = SIZES.map((bytes) => ({ bytes, raw: [] as Rate[], journal: [] as Rate[] }));
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const size of found) {
      size.raw.push(raw(size.bytes));
      size.journal.push(journal(size.bytes));
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const record: DiskRecord = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  load_before: loadBefore,
  machine: machine(),
  sizes: found.map(({ bytes, raw, journal }) => ({ bytes, raw: median(raw), journal: median(journal) })),
  engine: engine(),
};
const mb = (value: number): string => (value / 1e6).toFixed(0);
const largest = record.sizes.at(-1)!.raw.bytes_per_second;
console.log(
  table(
    ['a flush', 'raw MB/s', 'journal MB/s', 'percent', 'journal writes/s'].map((title) => ({
      title,
      align: 'right' as const,
    })),
    record.sizes.map(({ bytes, raw, journal }) => [
      `${bytes / 1024} KiB`,
      mb(raw.bytes_per_second),
      mb(journal.bytes_per_second),
      ((journal.bytes_per_second / raw.bytes_per_second) * 100).toFixed(0),
      journal.writes_per_second.toFixed(0),
    ]),
  ),
);
console.log(
  `engine, batches of 8,189: ${mb(record.engine.journal_bytes_per_second)} MB/s of journal, ` +
    `${((record.engine.journal_bytes_per_second / largest) * 100).toFixed(0)} percent of raw writes of ` +
    `${SIZES.at(-1)! / 1024} KiB`,
);
const target = join(packageRoot, 'bench', 'results', 'disk');
mkdirSync(target, { recursive: true });
const file = join(target, `${record.date}-${record.commit}.json`);
writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
console.log(file);
