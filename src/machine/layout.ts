/**
 * Where everything of the machine lies in the one shared memory. Regions are reserved, not touched: the system gives
 * pages as they are first written, so a small ledger in a large layout stays small.
 */
import { assert } from '../base/index.ts';
import {
  ACCOUNT_SIZE,
  ASKED_SIZE,
  BEFORE_SIZE,
  BLOCK_ENTRIES,
  COLUMNS_COUNT,
  CONTROL_SIZE,
  type ConfigOffset,
  EVENTS_MAX,
  GENERATION_SIZE,
  HEAP_ITEM_SIZE,
  ID_SIZE,
  IMAGE_WORD_SIZE,
  PENDING_SIZE,
  RUN_RECORD_SIZE,
  SPAN_SIZE,
  STATE_SIZE,
  TRANSFER_SIZE,
  UNDO_SIZE,
} from '../model/index.ts';

/** Hands out regions of a memory one after another. */
export class Allocator {
  #next: number;

  constructor(start: number) {
    this.#next = start;
  }

  /** `size` bytes, aligned to a page of 4 KiB. */
  take(size: number): number {
    const at = this.#next;
    this.#next = Math.ceil((at + size) / 4096) * 4096;
    return at;
  }

  /** 64 KiB pages that hold everything taken. */
  get pages(): number {
    assert(this.#next < 2 ** 32 - 65_536, 'the layout does not fit 4 GiB');
    return Math.ceil(this.#next / 65_536) + 1;
  }
}

export interface MachineSizes {
  /** Accounts at most, below 2^24. */
  readonly accountsMax: number;
  /** Open pending transfers at most, below 2^24. */
  readonly pendingsMax: number;
  /** A generation holds 2^log2Entries entries; 14 at least, so that a batch fits. */
  readonly log2Entries: number;
  readonly generations: number;
  /** Bytes of event records a generation has room for, for each entry; it is sealed early when they are more. */
  readonly eventBytes: number;
  /** Entries for each span a generation has room for; it is sealed early when spans are shorter. */
  readonly spanEntries: number;
  /** Slots of each of the two id tables; two generations must fit at half load. */
  readonly log2Ids: number;
  /** Stored transfers kept as rows; at least the ring's cells and 8192 more. */
  readonly log2Rows: number;
  /** The queue of resolved pending transfers that memory remembers; a batch more than `resolvedKept`. */
  readonly log2Resolved: number;
  readonly resolvedKept: number;
  /**
   * How many of the newest rows may be trusted: all but a batch's worth (8,192), because undoing a chain can overwrite
   * that many. Tests set less.
   */
  readonly rowsTrusted: number;
  /** Entries at which a generation is sealed although it is not full; tests only. */
  readonly sealEntries?: number;
  /** Before-images of an open image that wait for the builder. */
  readonly log2Befores: number;
  /** Accounts that may change, each counted once for each question, while questions about accounts are open. */
  readonly log2Asked: number;
  /** Runs that the kernel knows at most. */
  readonly runsMax: number;
  /** Bytes for the filters of runs. */
  readonly filtersSize: number;
}

/** For a ledger on disk: 10 M accounts, 4 M open pending transfers, 600 M transfers with filters in memory. */
export const LARGE: MachineSizes = {
  accountsMax: 10_485_760,
  pendingsMax: 4_194_304,
  log2Entries: 20,
  generations: 3,
  eventBytes: 64,
  spanEntries: 2,
  log2Ids: 22,
  log2Rows: 17,
  rowsTrusted: 2 ** 17 - 8192,
  log2Resolved: 17,
  resolvedKept: 2 ** 16,
  log2Befores: 18,
  log2Asked: 18,
  runsMax: 8192,
  filtersSize: 768 * 2 ** 20,
};

/** For tests and small uses: a few MiB touched, quick to fork. 1 M accounts, 250 k open pending transfers. */
export const SMALL: MachineSizes = {
  accountsMax: 1_048_576,
  pendingsMax: 262_144,
  log2Entries: 16,
  generations: 2,
  eventBytes: 64,
  spanEntries: 2,
  log2Ids: 18,
  log2Rows: 16,
  rowsTrusted: 2 ** 16 - 8192,
  log2Resolved: 15,
  resolvedKept: 2 ** 14,
  log2Befores: 13,
  log2Asked: 15,
  runsMax: 8192,
  filtersSize: 64 * 2 ** 20,
};

/**
 * For millions of transfers in memory: every stored transfer stays in the ring of rows, every id in the tables, and
 * generations become runs only when all are in use.
 */
export const ROOMY: MachineSizes = {
  accountsMax: 1_048_576,
  pendingsMax: 524_288,
  log2Entries: 20,
  generations: 16,
  eventBytes: 32,
  spanEntries: 8,
  log2Ids: 24,
  log2Rows: 24,
  rowsTrusted: 2 ** 24 - 8192,
  log2Resolved: 17,
  resolvedKept: 2 ** 16,
  log2Befores: 0,
  log2Asked: 17,
  runsMax: 64,
  filtersSize: 64 * 2 ** 20,
};

/** A buffer that collects entries. The kernel fills it, the builder turns it into a run, then it is free again. */
export interface GenerationBuffer {
  /** The control block, {@link CONTROL_SIZE} bytes. */
  readonly control: number;
  /** Nine columns of hashes, u32[2^log2Entries] each. */
  readonly columns: readonly number[];
  /** u32[2^log2Entries / 64 + 1]: byte offsets into the events, one for every 64 entries. */
  readonly blocks: number;
  readonly events: number;
  readonly eventsSizeMax: number;
  /** Spans of {@link SPAN_SIZE} bytes, 8-byte aligned. */
  readonly spans: number;
  readonly spansMax: number;
}

export interface MachineLayout {
  readonly sizes: MachineSizes;
  readonly config: number;
  readonly state: number;
  readonly accounts: number;
  readonly pendings: number;
  readonly rows: number;
  readonly rowsCount: number;
  readonly runs: number;
  /** Control words of images, and their ring of before-images. */
  readonly image: number;
  readonly befores: number;
  readonly filters: number;
  /**
   * The question of a query in slices, and the findings of a slice: up to {@link FOUND_MAX} ids or a filter, and as
   * many rows.
   */
  readonly question: number;
  readonly found: number;
  readonly generations: readonly GenerationBuffer[];
  /** Where things lie and how large they are, for the kernel. */
  readonly words: ConfigWords;
}

/** A value for every word of the config block. */
export type ConfigWords = { readonly [word in keyof typeof ConfigOffset]: number };

/** Rows that are found at a time. */
export const FOUND_MAX = 64;
/** Slots of a block of an id table; kernel/ids.ts. */
const ID_BLOCK_SLOTS = 32;
/** Changes that one batch can make. */
const CHANGES_MAX = 8192 * 5;

export function machineLayout(allocator: Allocator, sizes: MachineSizes): MachineLayout {
  assert(sizes.log2Entries >= 14 && sizes.log2Entries <= 20, 'a generation holds at least a batch');
  assert(sizes.log2Ids >= sizes.log2Entries + 2, 'two generations fit an id table at half load');
  assert(sizes.resolvedKept + EVENTS_MAX <= 2 ** sizes.log2Resolved, 'the queue takes what one batch resolves');
  assert(2 ** sizes.log2Asked > 2 * EVENTS_MAX, 'a batch changes fewer accounts than may be kept as they were');
  assert(sizes.rowsTrusted <= 2 ** sizes.log2Rows - 8192, 'a chain that is undone overwrites no trusted row');
  assert(sizes.accountsMax < 2 ** 24 && sizes.pendingsMax < 2 ** 24, 'places have 24 bits');
  const entries = 2 ** sizes.log2Entries;
  const slots = (count: number): number => 2 ** Math.ceil(Math.log2(count * 2));
  const resolved = 2 ** sizes.log2Resolved;
  const pendingPlaces = sizes.pendingsMax + resolved + 1;
  const config = allocator.take(4096);
  const state = allocator.take(STATE_SIZE);
  const rows = allocator.take(2 ** sizes.log2Rows * TRANSFER_SIZE);
  const idTable0 = allocator.take(2 ** sizes.log2Ids * 8);
  const idTable1 = allocator.take(2 ** sizes.log2Ids * 8);
  const generations: GenerationBuffer[] = [];
  for (let g = 0; g < sizes.generations; g++) {
    const columnsBase = allocator.take(entries * 4 * COLUMNS_COUNT);
    generations.push({
      control: allocator.take(CONTROL_SIZE),
      columns: Array.from({ length: COLUMNS_COUNT }, (_, c) => columnsBase + c * entries * 4),
      blocks: allocator.take((entries / BLOCK_ENTRIES + 1) * 4),
      events: allocator.take(entries * sizes.eventBytes),
      eventsSizeMax: entries * sizes.eventBytes,
      spans: allocator.take((entries / sizes.spanEntries) * SPAN_SIZE),
      spansMax: entries / sizes.spanEntries,
    });
  }
  const undo = allocator.take(CHANGES_MAX * UNDO_SIZE);
  const slotsScratch = allocator.take(8192 * 8);
  const cold = allocator.take(512);
  const generationTable = allocator.take(sizes.generations * GENERATION_SIZE);
  const runs = allocator.take(sizes.runsMax * RUN_RECORD_SIZE);
  const image = allocator.take(IMAGE_WORD_SIZE);
  const befores = allocator.take(2 ** sizes.log2Befores * BEFORE_SIZE);
  const accountsKept = allocator.take(Math.ceil((sizes.accountsMax + 1) / 8));
  const pendingsKept = allocator.take(Math.ceil(pendingPlaces / 8));
  const resolvedQueue = allocator.take(resolved * 4);
  const pendingIndex = allocator.take(slots(pendingPlaces) * 4);
  const heap = allocator.take((sizes.pendingsMax * 2 + 32_768) * HEAP_ITEM_SIZE);
  const accountIndex = allocator.take(slots(sizes.accountsMax) * 4);
  const accountColumns = allocator.take((sizes.accountsMax + 1) * 4 * 5);
  const accounts = allocator.take((sizes.accountsMax + 1) * ACCOUNT_SIZE);
  const pendings = allocator.take(pendingPlaces * PENDING_SIZE);
  const question = allocator.take(FOUND_MAX * ID_SIZE);
  const found = allocator.take(FOUND_MAX * ACCOUNT_SIZE);
  const asked = allocator.take(2 ** sizes.log2Asked * ASKED_SIZE);
  const askedNewest = allocator.take((sizes.accountsMax + 1) * 4);
  const filters = allocator.take(sizes.filtersSize);
  return {
    sizes,
    config,
    state,
    accounts,
    pendings,
    rows,
    rowsCount: 2 ** sizes.log2Rows,
    runs,
    image,
    befores,
    filters,
    question,
    found,
    generations,
    words: {
      state,
      accounts,
      accountsMax: sizes.accountsMax,
      accountIndex,
      accountColumns,
      pendings,
      pendingsMax: pendingPlaces - 1,
      pendingIndex,
      heap,
      resolved: resolvedQueue,
      resolvedMask: resolved - 1,
      idTable0,
      idTable1,
      idBlocksMask: 2 ** sizes.log2Ids / ID_BLOCK_SLOTS - 1,
      rows,
      rowsMask: 2 ** sizes.log2Rows - 1,
      runs,
      undo,
      slots: slotsScratch,
      cold,
      generations: generationTable,
      generationColumnSize: entries * 4,
      rowsTrusted: sizes.rowsTrusted,
      resolvedKept: sizes.resolvedKept,
      image,
      befores,
      beforesMask: 2 ** sizes.log2Befores - 1,
      accountsKept,
      pendingsKept,
      asked,
      askedMask: 2 ** sizes.log2Asked - 1,
      askedNewest,
    },
  };
}
