/**
 * The journal: every batch that changes the ledger, on disk, before anyone hears a reply. Written by the journal's
 * thread alone.
 *
 *   segment  ┌──────────────┬──────────┬────────┬──────────┬────────┬─── … ───┬───────┐
 *   (64 MiB) │ its own cell │ header 1 │ body 1 │ header 2 │ body 2 │         │ zeros │
 *            └──────────────┴──────────┴────────┴──────────┴────────┴─── … ───┴───────┘
 *
 * Batches are copied into a staging buffer at the place that they will have in the file, so that what goes to disk is
 * whole aligned blocks; the last, partly filled block stays in the buffer and is written again, longer, by the next
 * flush (docs/adr/0005-journal-direct-dsync.md).
 */

import { assert, sharedMemory } from '../base/index.ts';
import {
  CELL_SIZE,
  HEADER_MAGIC,
  HEADER_VERSION,
  HeaderOffset,
  SEGMENT_CELLS,
  TallystickError,
} from '../model/index.ts';
import { BLOCK_SIZE, type File, type Storage } from '../platform/index.ts';
import { nextCell, segmentName, segmentOf } from './cells.ts';
import { bodyChecksum, checksumSeed, headerChecksum, readNumber, writeNumber } from './header.ts';
import { beginSums, LiveSums, liveSumsSize } from './live-sums.ts';
import { byteInSegment, type Position } from './position.ts';
import { writeSegmentHeader } from './segment.ts';
import { type Segments, writeSums } from './sums.ts';
import { Warmer } from './warmer.ts';
import type { Witness } from './witness.ts';

export interface JournalOptions {
  readonly ledgerId: bigint;
  /** This writer's token; goes into every header. */
  readonly fence: bigint;
  /** Where recovery ended. */
  readonly position: Position;
  /** Called before each write; throws `fence_lost` when a newer writer has taken over. */
  readonly checkFence?: () => void;
  /** Cells of a segment, a multiple of 32; other than for tests, leave it. */
  readonly segmentCells?: number;
  /** Bytes that one write carries at most, a multiple of 4,096. */
  readonly stagingSize?: number;
  /** False: through the page cache. */
  readonly direct?: boolean;
  /** Block checksums for readers, at `position` already; left out: of its own. */
  readonly sums?: LiveSums;
  /** Other files of the ledger that must keep their names while it is written. The journal closes them. */
  readonly companions?: readonly File[];
  /**
   * Hears of every flush before its batches are answered; at `position` already. The journal closes it. Left out:
   * nobody vouches for the end.
   */
  readonly witness?: Witness;
}

/** 4 MiB: from there on the disk is as fast as it gets. */
const STAGING_SIZE = 4 * 1024 * 1024;
/** Zeros written ahead in one go: short enough (0.26 ms) that a batch which arrives meanwhile hardly notices. */
const ZEROS_SIZE = 256 * 1024;
/** For so long it is believed that the companions have kept their names, and that no file has a second one. */
const NAMES_MS = 5;
/**
 * Flushes smaller than that gain from zeros ahead; larger ones would pay more for the zeros than for growing the file.
 */
const SMALL_FLUSH_SIZE = 64 * 1024;

const NONE = new Uint32Array(0);

export class Journal {
  /** The last batch on stable storage. */
  durableOp: number;
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  readonly #options: JournalOptions;
  readonly #segmentCells: number;
  readonly #seed: number;
  readonly #staging: Uint8Array;
  readonly #zeros: Uint8Array;
  readonly #sums: LiveSums;
  readonly #segments: Segments;
  /** The first block of a new segment. */
  readonly #block: Uint8Array;
  #position: Position;
  #op: number;
  #cell: number;
  #last: number;
  #parent: number;
  /** The timestamp of the last batch, in halves: a bigint for each batch would be garbage. */
  #timestampLow = 0;
  #timestampHigh = 0;
  #segment = -1;
  #file: File | undefined;
  /** The segment after this one, when it is ready. */
  #next: { readonly number: number; readonly file: File; readonly header: Uint8Array } | undefined;
  /** Where in the segment the staging buffer begins; a multiple of the block. */
  #base = 0;
  /** Bytes of the staging buffer that belong to the journal. */
  #fill = 0;
  /** Bytes of it that are not yet written. */
  #unwritten = 0;
  /** Up to where the file has blocks: data or zeros. */
  #grown = 0;
  /** Bytes of a flush, the recent ones weighing most. */
  #flushSize = 0;
  /** Undefined when writes go through the page cache. */
  #warmer: Warmer | undefined;
  #failure: unknown;
  #aheadRefused = false;
  #namesLookedAt = Number.NEGATIVE_INFINITY;

  /**
   * `memory` holds the requests: {@link add} gets offsets into it. Creates the first segment, or reads the last block
   * of the one that goes on.
   */
  constructor(storage: Storage, folder: string, memory: Uint8Array, options: JournalOptions) {
    this.#storage = storage;
    this.#folder = folder;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.#options = options;
    this.#segmentCells = options.segmentCells ?? SEGMENT_CELLS;
    assert((this.#segmentCells * CELL_SIZE) % BLOCK_SIZE === 0, 'a segment is whole blocks');
    this.#seed = checksumSeed(options.ledgerId);
    this.#staging = storage.buffer(options.stagingSize ?? STAGING_SIZE);
    assert(
      this.#staging.length % BLOCK_SIZE === 0 && this.#staging.length > BLOCK_SIZE,
      'the staging buffer is whole blocks',
    );
    this.#zeros = storage.buffer(ZEROS_SIZE);
    this.#block = storage.buffer(BLOCK_SIZE);
    const { position } = options;
    assert(options.fence >= position.fence, "a writer's token is no lower than those in the journal");
    this.#position = position;
    this.#op = position.op;
    this.#cell = position.cell;
    this.#last = position.last;
    this.#parent = position.parent;
    this.durableOp = position.op;
    assert((options.witness?.op ?? position.op) === position.op, 'the witness begins where the journal does');
    storage.makeFolder(folder);
    this.#segments = { storage, folder, ledgerId: options.ledgerId, segmentCells: this.#segmentCells };
    this.#sums = options.sums ?? sumsAlone(this.#segments, position);
    this.#sums.resume();
    try {
      this.#resume(nextCell(position.cell, 0, this.#segmentCells));
      if (options.direct !== false) this.#warmer = new Warmer(storage, folder, this.#segment, this.#base);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Behind the last batch added. */
  get position(): Position {
    if (this.#position.op !== this.#op) {
      this.#position = {
        op: this.#op,
        cell: this.#cell,
        last: this.#last,
        parent: this.#parent,
        fence: this.#options.fence,
        timestamp: (BigInt(this.#timestampHigh) << 32n) | BigInt(this.#timestampLow),
      };
    }
    return this.#position;
  }

  /**
   * Takes the request whose header cell lies at byte `offset` of the memory, its body right behind. The sequencer has
   * filled op, timestamp, cell, count, cells, operation, session, request and lane; the rest is completed in place. The
   * memory may be reused once this returns, but not before {@link flush} is it durable.
   */
  add(offset: number): void {
    this.#mayWrite();
    const view = this.#view;
    const op = readNumber(view, offset + HeaderOffset.op);
    const cell = readNumber(view, offset + HeaderOffset.cell);
    const cells = view.getUint32(offset + HeaderOffset.cells, true);
    assert(op === this.#op + 1, 'ops grow by one');
    assert(cell === nextCell(this.#cell, cells, this.#segmentCells), 'a batch lies where the rule of cells puts it');
    const segment = segmentOf(cell, this.#segmentCells);
    if (segment !== this.#segment) this.#enter(segment);
    assert(
      this.#base + this.#fill === byteInSegment(cell, this.#segmentCells),
      'the staging buffer ends where the batch begins',
    );
    view.setUint32(offset + HeaderOffset.checksumBody, bodyChecksum(this.#memory, offset, cells), true);
    view.setBigUint64(offset + HeaderOffset.fence, this.#options.fence, true);
    writeNumber(view, offset + HeaderOffset.durableOp, this.durableOp);
    view.setUint32(offset + HeaderOffset.parent, this.#parent, true);
    view.setUint16(offset + HeaderOffset.version, HEADER_VERSION, true);
    view.setUint32(offset + HeaderOffset.magic, HEADER_MAGIC, true);
    this.#memory.fill(0, offset + HeaderOffset.reserved, offset + CELL_SIZE);
    const checksum = headerChecksum(this.#memory, offset, this.#seed);
    view.setUint32(offset + HeaderOffset.checksum, checksum, true);
    const batch = this.#memory.subarray(offset, offset + CELL_SIZE * (1 + cells));
    this.#sums.add(batch);
    this.#stage(batch);
    this.#op = op;
    this.#cell = cell + 1 + cells;
    this.#last = cell;
    this.#parent = checksum;
    this.#timestampLow = view.getUint32(offset + HeaderOffset.timestamp, true);
    this.#timestampHigh = view.getUint32(offset + HeaderOffset.timestamp + 4, true);
  }

  /**
   * Makes all added batches durable: one write, which is its own sync, for up to 4 MiB of them. Then {@link durableOp}
   * is the last of them.
   */
  flush(): void {
    this.#mayWrite();
    if (this.#unwritten > 0) this.#write();
    this.durableOp = this.#op;
    this.#note();
    this.#sums.publish();
  }

  /**
   * Makes durable what the witness was told; false when it is. To be called within milliseconds of a flush that nothing
   * follows.
   */
  settle(): boolean {
    this.#mayWrite();
    const { witness } = this.#options;
    if (witness === undefined) return false;
    let settled = false;
    this.#failing(() => {
      settled = witness.settle();
    });
    return settled;
  }

  /**
   * Does one short piece of work that later flushes and readers will be glad of; for when there is nothing to flush.
   * True if there was any: ask again. Never needed for correctness: when the disk refuses it, no more is done ahead,
   * and the batch that needs it will hear of it. `warm`: what was written may be read back, too.
   */
  prepareAhead(warm = true): boolean {
    if (this.#aheadRefused || this.#failure !== undefined || this.#file === undefined || this.#unwritten > 0)
      return false;
    try {
      return this.#doAhead(this.#file, warm);
    } catch (error) {
      if (error instanceof TallystickError && error.code !== 'fence_lost') {
        this.#aheadRefused = true;
        return false;
      }
      this.#failure = error;
      throw error;
    }
  }

  /** Flushes, unless writing has failed, and lets go of the files. */
  close(): void {
    try {
      if (this.#failure === undefined && this.#file !== undefined) {
        this.flush();
        this.settle();
        this.#keepSums(true);
      }
    } finally {
      this.abandon();
    }
  }

  /** Lets go of the files as they are. */
  abandon(): void {
    this.#options.witness?.close();
    for (const companion of this.#options.companions ?? []) companion.close();
    this.#file?.close();
    this.#warmer?.close();
    this.#next?.file.close();
    this.#file = undefined;
    this.#warmer = undefined;
    this.#next = undefined;
  }

  #mayWrite(): void {
    if (this.#failure !== undefined) throw this.#failure;
    assert(this.#file !== undefined, 'the journal is open');
  }

  #doAhead(file: File, warm: boolean): boolean {
    const size = this.#segmentCells * CELL_SIZE;
    const end = this.#base + this.#fill;
    if (this.#next === undefined && end > size / 2) {
      this.#options.checkFence?.();
      this.#prepare(this.#segment + 1);
      return true;
    }
    if (this.#flushSize < SMALL_FLUSH_SIZE && this.#grown < size && this.#grown - end < ZEROS_SIZE / 2) {
      this.#options.checkFence?.();
      const zeros = this.#zeros.subarray(0, Math.min(ZEROS_SIZE, size - this.#grown));
      file.write(zeros, this.#grown);
      this.#grown += zeros.length;
      return true;
    }
    return warm && (this.#warmer?.step(this.#segment, this.#base) ?? false);
  }

  /**
   * After a failed write the content of the disk is unknown: recovery finds out, and this writer writes no more. The
   * writer looks at the fence again behind the write: a writer that took over in between may have recovered without it,
   * and then no caller may be told of it.
   */
  #guarded(act: () => void): void {
    this.#failing(() => {
      this.#options.checkFence?.();
      act();
      this.#options.checkFence?.();
    });
  }

  /**
   * Looks whether the files still have their names: a write to a file that was taken away is lost, whatever the disk
   * says of it.
   */
  #checkNames(): void {
    const file = this.#file!;
    if (file.isGone()) throw takenAway(file.path);
    const now = performance.now();
    if (now - this.#namesLookedAt < NAMES_MS) return;
    const taken = [file, ...(this.#options.companions ?? [])].find((looked) => !looked.isNamed());
    if (taken !== undefined) throw takenAway(taken.path);
    this.#namesLookedAt = now;
  }

  #failing(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /**
   * Notes in the witness which batches are durable, so that an opening after a kill knows which must be found.
   */
  #note(): void {
    const { witness, fence } = this.#options;
    if (witness === undefined || witness.op === this.#op) return;
    assert(this.#unwritten === 0, 'the witness hears only of what was written');
    this.#failing(() =>
      witness.note(this.#op, this.#cell, this.#last, this.#parent, fence, this.#timestampLow, this.#timestampHigh),
    );
  }

  #stage(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      if (this.#fill === this.#staging.length) {
        this.#write();
        // Every batch that was added before this one is wholly written now.
        this.durableOp = this.#op;
      }
      const part = Math.min(bytes.length - done, this.#staging.length - this.#fill);
      this.#staging.set(bytes.subarray(done, done + part), this.#fill);
      this.#fill += part;
      this.#unwritten += part;
      done += part;
    }
  }

  #write(): void {
    const end = Math.ceil(this.#fill / BLOCK_SIZE) * BLOCK_SIZE;
    this.#flushSize = (this.#flushSize * 7 + this.#unwritten) / 8;
    const to = this.#base + end > this.#grown && this.#flushSize < SMALL_FLUSH_SIZE ? this.#withZeros(end) : end;
    this.#staging.fill(0, this.#fill, to);
    this.#guarded(() => {
      this.#file!.write(this.#staging.subarray(0, to), this.#base);
      this.#checkNames();
    });
    this.#grown = Math.max(this.#grown, this.#base + to);
    this.#unwritten = 0;
    const kept = this.#fill % BLOCK_SIZE;
    this.#staging.copyWithin(0, this.#fill - kept, this.#fill);
    this.#base += this.#fill - kept;
    this.#fill = kept;
  }

  /**
   * A small flush that makes the file grow takes zeros with it, so that the next ones need not: growing costs 0.1 ms
   * each time.
   */
  #withZeros(end: number): number {
    return Math.min(end + ZEROS_SIZE, this.#staging.length, this.#segmentCells * CELL_SIZE - this.#base);
  }

  #enter(segment: number): void {
    if (this.#unwritten > 0) {
      this.#write();
      this.durableOp = this.#op;
    }
    if (this.#next === undefined) this.#guarded(() => this.#prepare(segment));
    const next = this.#next!;
    assert(next.number === segment, 'segments follow one another');
    if (this.#segment >= 0) this.#keepSums(false);
    this.#sums.begin(segment, { items: NONE, cells: 0 });
    this.#sums.add(next.header);
    this.#sums.publish();
    this.#file?.close();
    this.#file = next.file;
    this.#next = undefined;
    this.#segment = segment;
    this.#staging.set(next.header);
    this.#base = 0;
    this.#fill = CELL_SIZE;
    this.#grown = BLOCK_SIZE;
  }

  /** A reader that misses the file makes it again, so a disk that refuses it is not worth failing for. */
  #keepSums(durable: boolean): void {
    try {
      this.#options.checkFence?.();
      writeSums(this.#segments, this.#segment, this.#sums.sums(this.#op, this.#parent), durable);
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
    }
  }

  /** Creates the segment: its header durable, its name durable. */
  #prepare(number: number): void {
    const file = this.#open(number, 'create');
    try {
      // Recovery leaves no later segment behind; what is there is what was begun here and not finished.
      if (file.size() > 0) file.truncate(0);
      writeSegmentHeader(this.#block, {
        ledgerId: this.#options.ledgerId,
        cell: number * this.#segmentCells,
        op: this.#op + 1,
        fence: this.#options.fence,
        segmentCells: this.#segmentCells,
      });
      file.write(this.#block, 0);
      this.#storage.syncFolder(this.#folder);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#next = { number, file, header: this.#block.slice(0, CELL_SIZE) };
  }

  #resume(cell: number): void {
    const segment = segmentOf(cell, this.#segmentCells);
    if (!this.#storage.exists(`${this.#folder}/${segmentName(segment)}`)) {
      this.#enter(segment);
      return;
    }
    this.#segment = segment;
    this.#file = this.#open(segment, 'write');
    this.#grown = Math.ceil(this.#file.size() / BLOCK_SIZE) * BLOCK_SIZE;
    const end = byteInSegment(cell, this.#segmentCells);
    this.#fill = end % BLOCK_SIZE;
    this.#base = end - this.#fill;
    if (this.#fill > 0) this.#file.read(this.#staging.subarray(0, BLOCK_SIZE), this.#base);
  }

  #open(number: number, mode: 'create' | 'write'): File {
    const path = `${this.#folder}/${segmentName(number)}`;
    return this.#storage.open(path, { mode, durable: true, direct: this.#options.direct ?? true });
  }
}

/** A file of the ledger was taken away, replaced or linked. */
export function takenAway(path: string): TallystickError {
  return new TallystickError(
    'disk_failed',
    `${path} is not the file any more that this writer opened, or has a second name: it was removed, renamed, ` +
      'replaced or linked',
  );
}

function sumsAlone(segments: Segments, position: Position): LiveSums {
  const sums = new LiveSums(
    sharedMemory(Math.ceil(liveSumsSize(segments.segmentCells) / 65_536)),
    0,
    segments.segmentCells,
  );
  beginSums(segments, position, sums);
  return sums;
}
