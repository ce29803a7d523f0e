/**
 * What snapshots cost whoever sends transfers: batches at full speed into a ledger of many accounts, timed from
 * submission to durable reply, those that had a snapshot beside them apart from those that had none.
 *
 *   caller ── 4 batches in flight ──► ring ──► journal, machine ──► reply
 *                                                  builder: runs, and snapshots of rows as they were
 *
 *   node dist/bench/snapshots.js [--accounts 2000000] [--transfers 10000000] [--batch 8189] [--folder PATH]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openFolder } from '../src/engine/open-folder.ts';
import { findSnapshot, Superblock } from '../src/journal/index.ts';
import { imageIsOpen } from '../src/machine/index.ts';
import { type Cells, NO_CONTEXT, Operation } from '../src/model/index.ts';
import { DiskStorage } from '../src/platform/index.ts';
import { AccountWord, CELL_WORDS, TransferWord } from './words.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '2000000' },
    transfers: { type: 'string', default: '10000000' },
    batch: { type: 'string', default: '8189' },
    folder: { type: 'string', default: process.cwd() },
  },
});
const accounts = Number(values.accounts);
const transfers = Number(values.transfers);
const batch = Number(values.batch);
const IN_FLIGHT = 4;

let seed = 42;
function next(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return seed >>> 0;
}

const folder = mkdtempSync(join(values.folder, 'tallystick-snapshots-'));
try {
  const { engine } = await openFolder(folder);
  const { memory, layout } = engine.memory;
  const isOpen = (): boolean => imageIsOpen(memory, layout.machine);
  let created = 0;
  await send(Math.ceil(accounts / 8189), async () => {
    const first = created;
    const count = Math.min(8189, accounts - first);
    created += count;
    await engine.request({
      operation: Operation.create_accounts,
      count,
      write: (cells, at) => writeAccounts(cells, at, first, count),
      read: none,
      context: NO_CONTEXT,
    });
  });
  const rssBefore = process.memoryUsage.rss();
  let rssPeak = 0;
  let id = 0;
  let snapshots = 0;
  let wasOpen = false;
  const beside: number[] = [];
  const alone: number[] = [];
  const start = performance.now();
  await send(Math.ceil(transfers / batch), async () => {
    const first = id;
    id += batch;
    const sent = performance.now();
    let open = isOpen();
    await engine.request({
      operation: Operation.create_transfers,
      count: batch,
      write: (cells, at) => writeTransfers(cells, at, first),
      read: none,
      context: NO_CONTEXT,
    });
    const time = performance.now() - sent;
    if (isOpen()) open = true;
    if (open && !wasOpen) snapshots++;
    wasOpen = open;
    (open ? beside : alone).push(time);
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
  });
  const seconds = (performance.now() - start) / 1000;
  const stop = performance.now();
  const image = memory.buffer.slice(layout.machine.accounts, layout.machine.accounts + (accounts + 1) * 128);
  const copyMs = performance.now() - stop;
  const closing = performance.now();
  await engine.close();
  const closeMs = performance.now() - closing;
  const reopening = performance.now();
  const again = await openFolder(folder);
  const reopenMs = performance.now() - reopening;
  await again.engine.close();
  const path = `${folder}/snapshots`;
  const storage = new DiskStorage();
  const superblock = Superblock.open(storage, folder);
  const files: object[] = [];
  findSnapshot(storage, path, superblock.ledgerId, (snapshot) => {
    files.push(Object.fromEntries(snapshot.sections.map(({ name, size }) => [name, size])));
    return 'passed';
  });
  superblock.close();
  console.log(
    JSON.stringify(
      {
        accounts,
        transfers,
        batch,
        transfers_per_second: Math.round(transfers / seconds),
        snapshots,
        batches_beside_a_snapshot_ms: distribution(beside),
        batches_alone_ms: distribution(alone),
        rss_before_bytes: rssBefore,
        rss_peak_bytes: rssPeak,
        copy_at_once: { bytes: image.byteLength, ms: copyMs },
        close_ms: closeMs,
        reopen_ms: reopenMs,
        snapshot_files_newest_first: files,
        reopened: again.recovery,
      },
      null,
      2,
    ),
  );
} finally {
  rmSync(folder, { recursive: true });
}

function none(): void {}

async function send(count: number, one: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

function writeAccounts({ u32, bytes }: Cells, at: number, first: number, count: number): void {
  bytes.fill(0, at, at + count * 128);
  for (let i = 0; i < count; i++) {
    const word = at / 4 + i * CELL_WORDS;
    u32[word] = first + i + 1;
    u32[word + AccountWord.ledger] = 1;
    u32[word + AccountWord.code] = 1;
  }
}

function writeTransfers({ u32, bytes }: Cells, at: number, first: number): void {
  bytes.fill(0, at, at + batch * 128);
  for (let i = 0; i < batch; i++) {
    const word = at / 4 + i * CELL_WORDS;
    const debit = next() % accounts;
    u32[word] = first + i + 1;
    u32[word + TransferWord.debit_account_id] = debit + 1;
    u32[word + TransferWord.credit_account_id] = ((debit + 1 + (next() % (accounts - 1))) % accounts) + 1;
    u32[word + TransferWord.amount] = 1 + (next() % 1000);
    u32[word + TransferWord.ledger] = 1;
    u32[word + TransferWord.code] = 1;
  }
}

function distribution(times: number[]): object {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number | undefined =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), p100: at(1) };
}
