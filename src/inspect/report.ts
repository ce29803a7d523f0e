/** What a ledger's files say about themselves: as objects, which are printed for eyes or as JSON. */

import {
  type Batch,
  batchHeaders,
  Fence,
  findBatch,
  LOST_FOUND,
  readBatch,
  readWitness,
  Snapshot,
  Superblock,
  segmentName,
  segmentOf,
} from '../journal/index.ts';
import {
  CELL_SIZE,
  Cells,
  decodeAccounts,
  decodeTransfers,
  formatUuid,
  Operation,
  SEGMENT_CELLS,
  TallystickError,
} from '../model/index.ts';
import { lives, type Storage } from '../platform/index.ts';
import { readRunHeader, runSectionNames } from '../projector/index.ts';
import { type PlainRecord, type PlainValue, plainObject, plainRecords } from '../wire/index.ts';
import { ifThere, ledgerFiles } from './files.ts';

/** Numbers that may be larger than a double holds are decimal strings. */
export type Report = { readonly [field: string]: PlainValue | boolean | null | Report | readonly Report[] };

export function superblockReport(storage: Storage, folder: string): Report {
  const { content, damaged } = Superblock.read(storage, folder);
  const { clean } = content;
  const holder = ifThere(() => Fence.holder(storage, folder));
  const alive = holder?.owner === undefined ? 'unknown' : lives(holder.owner);
  return {
    ledger_id: formatUuid(content.ledgerId),
    created: String(content.created),
    sequence: content.sequence,
    fence: String(content.fence),
    open: content.open,
    clean: clean === undefined ? null : { op: clean.op, timestamp: String(clean.timestamp), cell: clean.cell },
    damaged_copies: damaged.length,
    writer:
      holder === undefined || holder.released
        ? null
        : { token: String(holder.token), process: holder.owner?.pid ?? 0, host: holder.owner?.host ?? '', alive },
  };
}

/** What the witness says of the journal. */
export function witnessReport(storage: Storage, folder: string): Report {
  const { content } = Superblock.read(storage, folder);
  const found = readWitness(storage, folder, content.ledgerId);
  const kept = storage.exists(`${folder}/${LOST_FOUND}`)
    ? storage.list(`${folder}/${LOST_FOUND}`).filter((name) => /^\d{16}$/.test(name)).length
    : 0;
  const position = found.content?.position;
  return {
    op: position?.op ?? null,
    timestamp: position === undefined ? null : String(position.timestamp),
    writer: found.content === undefined ? null : String(found.content.token),
    damaged_slots: found.damaged.length,
    missing: !found.exists && content.witnessed,
    lost_found: kept,
  };
}

/** Where the journal stands, from the headers of its last segment that has batches. */
export function journalReport(storage: Storage, folder: string): Report {
  const { segments } = ledgerFiles(storage, folder);
  const newest = newestBatches(storage, folder, 1)[0];
  return {
    segments: segments.length,
    bytes: segments.reduce((sum, { size }) => sum + size, 0),
    op: newest?.op ?? 0,
    timestamp: String(newest?.timestamp ?? 0n),
    cells: newest === undefined ? 0 : newest.cell + 1 + newest.cells,
  };
}

export function snapshotReports(storage: Storage, folder: string): Report[] {
  const { ledgerId } = Superblock.read(storage, folder).content;
  return ledgerFiles(storage, folder).snapshots.flatMap(({ name, path, size }): Report[] => {
    const snapshot = ifThere(() => Snapshot.open(storage, path, ledgerId));
    if (snapshot === undefined) return storage.exists(path) ? [{ file: name, bytes: size, damaged: true }] : [];
    snapshot.close();
    const { position, meta, sections } = snapshot;
    return [
      {
        file: name,
        bytes: size,
        damaged: false,
        op: position.op,
        timestamp: String(position.timestamp),
        cell: position.last,
        entries: Number(meta),
        sections: sections.map((section) => ({ name: section.name, bytes: section.size })),
      },
    ];
  });
}

export function runReports(storage: Storage, folder: string): Report[] {
  return ledgerFiles(storage, folder).runs.map(({ name, path, size }) => {
    try {
      const header = readRunHeader(storage, path);
      return {
        file: name,
        bytes: size,
        damaged: false,
        first_entry: header.firstEntry,
        entries: header.count,
        timestamp_min: String(header.timestampMin),
        timestamp_max: String(header.timestampMax),
        ascending: header.ascending,
        id_min: String(header.idMin),
        id_max: String(header.idMax),
        sections: header.sections.map((section, index) => ({
          name: runSectionNames[index]!,
          offset: section.offset,
          bytes: section.size,
        })),
      };
    } catch (error) {
      if (!(error instanceof TallystickError) || !/^(run_corrupt|format_foreign)$/.test(error.code)) throw error;
      return { file: name, bytes: size, damaged: true };
    }
  });
}

/** The headers of the newest batches, oldest first. */
function newestBatches(storage: Storage, folder: string, limit: number): Batch[] {
  const { ledgerId } = Superblock.read(storage, folder).content;
  const { segments } = ledgerFiles(storage, folder);
  let newest: Batch[] = [];
  for (const { name } of segments.toReversed()) {
    const batches: Batch[] = [];
    for (const batch of batchHeaders(storage, `${folder}/journal`, Number.parseInt(name, 10), ledgerId)) {
      batches.push(batch);
      if (batches.length > 2 * limit) batches.splice(0, batches.length - limit);
    }
    newest = [...batches.slice(-(limit - newest.length)), ...newest];
    if (newest.length === limit) break;
  }
  return newest;
}

/** Up to `limit` batches from op `from` on, or the newest. */
export function batchReports(storage: Storage, folder: string, from: number | undefined, limit: number): Report[] {
  if (from === undefined) return newestBatches(storage, folder, limit).map(batchReport);
  const { ledgerId } = Superblock.read(storage, folder).content;
  const found: Report[] = [];
  const first = findBatch(storage, `${folder}/journal`, from, ledgerId);
  if (first === undefined) return found;
  for (const { name } of ledgerFiles(storage, folder).segments) {
    const segment = Number.parseInt(name, 10);
    if (segment < segmentOf(first.cell)) continue;
    for (const batch of batchHeaders(storage, `${folder}/journal`, segment, ledgerId)) {
      if (batch.op >= from) found.push(batchReport(batch));
      if (found.length === limit) return found;
    }
  }
  return found;
}

function batchReport(batch: Batch): Report {
  return {
    op: batch.op,
    timestamp: String(batch.timestamp),
    operation: Operation[batch.operation] ?? String(batch.operation),
    count: batch.count,
    cells: batch.cells,
    cell: batch.cell,
    file: segmentName(segmentOf(batch.cell)),
    offset: (batch.cell % SEGMENT_CELLS) * CELL_SIZE,
    fence: String(batch.fence),
    durable_op: batch.durableOp,
    parent: hex(batch.parent),
    checksum: hex(batch.checksum),
    checksum_body: hex(batch.checksumBody),
    session: formatUuid(batch.session),
    request: batch.request,
    lane: batch.lane,
  };
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

export interface BatchContent {
  readonly header: Report;
  /** False: the body does not match its checksum. */
  readonly whole: boolean;
  /** The record that each event is; undefined: there is none, or it has none. */
  readonly record: PlainRecord | undefined;
  /** As the caller sent them. */
  readonly events: readonly object[];
}

/** One batch of the journal, decoded. Throws `not_found`. */
export function batchContent(storage: Storage, folder: string, op: number): BatchContent {
  const { ledgerId } = Superblock.read(storage, folder).content;
  const batch = findBatch(storage, `${folder}/journal`, op, ledgerId);
  if (batch === undefined) throw new TallystickError('not_found', `The journal in ${folder} has no op ${op}.`);
  const header = batchReport(batch);
  const body = readBatch(storage, `${folder}/journal`, batch);
  if (body === undefined) return { header, whole: false, record: undefined, events: [] };
  const cells = Cells.copy(body);
  const size = batch.count * CELL_SIZE;
  if (batch.operation === Operation.create_accounts) {
    return { header, whole: true, record: plainRecords.get('Account'), events: decodeAccounts(cells, 0, size) };
  }
  if (batch.operation === Operation.create_transfers) {
    return { header, whole: true, record: plainRecords.get('Transfer'), events: decodeTransfers(cells, 0, size) };
  }
  return { header, whole: true, record: undefined, events: [] };
}

export function plainEvents({ record, events }: BatchContent): { [field: string]: PlainValue }[] {
  return record === undefined ? [] : events.map((event) => plainObject(record, event));
}
