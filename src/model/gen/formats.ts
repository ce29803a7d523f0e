// Printed by scripts/generate.ts from src/model/layouts.ts: change that, then `npm run generate`.

import { assert } from '../../base/index.ts';

/** Bytes of a cell. */
export const CELL_SIZE = 128;
/** The operation of a segment's own header. */
export const OPERATION_SEGMENT = 0xffff;
/** The operation of a header that only fills the ring up to its end. */
export const OPERATION_PADDING = 0xfffe;
/** Cells of a segment of the journal: 64 MiB. */
export const SEGMENT_CELLS = 524288;
/** Cells under one block checksum: 512 bytes. */
export const BLOCK_CELLS = 4;
/** Columns of a generation. */
export const COLUMNS_COUNT = 9;
/** Sections of a run. */
export const SECTIONS_COUNT = 14;
/** Entries under one offset into the events. */
export const BLOCK_ENTRIES = 64;
/** Spans in every block of packed ones but the last. */
export const BLOCK_SPANS = 64;
/** Bytes of a block of a run's filter. */
export const FILTER_BLOCK_SIZE = 64;
/** Ids for each block of a run's filter. */
export const FILTER_BLOCK_IDS = 51;
/** Slots of a column's directory: one for every value of a hash's top 14 bits. */
export const DIRECTORY_SLOTS = 16384;
/** Bytes that an event record takes at most: 157, rounded up. */
export const EVENT_RECORD_SIZE_MAX = 160;
/** Bits of the kind in the first byte of an event record. */
export const EVENT_KIND_MASK = 15;
/** The largest u64. */
export const U64_MAX = 18446744073709551615n;
/** The largest u128. */
export const U128_MAX = 340282366920938463463374607431768211455n;
/** The largest timestamp. */
export const TIMESTAMP_MAX = 9223372036854775807n;

/** Bytes. */
export const HEADER_SIZE = 128;
/** "TLLY" */
export const HEADER_MAGIC = 0x594c_4c54;
export const HEADER_VERSION = 1;
/** The header cell of a request, in the ring and in the journal. Byte offsets. */
export const HeaderOffset = {
  /** crc32 (zlib) of bytes 4..128 of this header, seeded with the crc32 of the ledger's id */
  checksum: 0,
  /** crc32 of the body cells */
  checksumBody: 4,
  /** number of the journalled batch, grows by one from 1; a read carries the op it follows */
  op: 8,
  /** of the request's last event, ns since the epoch */
  timestamp: 16,
  /** absolute journal cell number of this header (reads: 0) */
  cell: 24,
  /** number of the writer */
  fence: 32,
  /** the last op known durable when this one was written */
  durableOp: 40,
  /** checksum of the header of op - 1 */
  parent: 48,
  /** events */
  count: 52,
  /** body cells */
  cells: 56,
  /** as `Operation` */
  operation: 60,
  version: 62,
  /** the session that asked */
  session: 64,
  /** number of the request within the session */
  request: 80,
  /** 0 normal, 1 high, 2 critical */
  lane: 84,
  magic: 88,
  /** requests with a session that share the batch: their parts follow the events */
  parts: 92,
  /** the client's own of the events of its request; 0 without a session */
  checksumEvents: 96,
  /** requests of the session before that number were answered: their replies are not needed */
  answered: 100,
  /** zero */
  reserved: 104,
} as const;

/** Bytes. */
export const SEGMENT_SIZE = 128;

/** Cell 0 of a segment of the journal, its own header. Offsets are those of the header cell. Byte offsets. */
export const SegmentOffset = {
  /** crc32 of bytes 4..128, without a seed: a foreign ledger must be readable */
  checksum: 0,
  /** first op that may follow */
  op: 8,
  /** absolute number of this cell */
  cell: 24,
  /** number of the writer that made it */
  fence: 32,
  /** cells of a segment */
  segmentCells: 52,
  /** 0xffff */
  operation: 60,
  /** that of the header cell */
  version: 62,
  ledgerId: 64,
  /** that of the header cell */
  magic: 88,
} as const;

/** Bytes. */
export const SUPERBLOCK_SIZE = 4096;
/** "TLYS" */
export const SUPERBLOCK_MAGIC = 0x5359_4c54;
export const SUPERBLOCK_VERSION = 1;
/** One of the two copies of the file `superblock`. Byte offsets. */
export const SuperblockOffset = {
  /** crc32 of bytes 4..128 */
  checksum: 0,
  magic: 4,
  version: 8,
  /** bit 0: was closed in order once; bit 1: a writer is at work; bit 2: has a witness */
  bits: 12,
  /** grows with every write; the higher one counts */
  sequence: 16,
  /** ns since the epoch */
  created: 24,
  /** chosen at random when the ledger was created */
  ledgerId: 32,
  /** highest fence of a writer */
  fence: 48,
  /** of the last batch */
  op: 56,
  /** the first free cell behind it */
  cell: 64,
  /** cell of its header */
  last: 72,
  /** checksum of its header */
  parent: 80,
  /** fence of that batch */
  lastFence: 88,
  /** timestamp of that batch */
  timestamp: 96,
} as const;

/** Bytes. */
export const WITNESS_SIZE = 4096;
/** "TWIT" */
export const WITNESS_MAGIC = 0x5449_5754;
export const WITNESS_VERSION = 1;
/** One of the two slots of the file `witness`. Byte offsets. */
export const WitnessOffset = {
  /** crc32 of bytes 4..112 */
  checksum: 0,
  magic: 4,
  version: 8,
  /** grows with every note; odd ones lie in slot 0 */
  sequence: 16,
  ledgerId: 24,
  /** of the writer that noted it */
  fence: 40,
  /** of the last batch */
  op: 48,
  /** the first free cell behind it */
  cell: 56,
  /** cell of its header */
  last: 64,
  /** checksum of its header */
  parent: 72,
  /** fence of that batch */
  lastFence: 80,
  /** timestamp of that batch */
  timestamp: 88,
} as const;

/** Bytes. */
export const SNAPSHOT_HEAD_SIZE = 64;
/** "TLYP" */
export const SNAPSHOT_HEAD_MAGIC = 0x5059_4c54;
export const SNAPSHOT_HEAD_VERSION = 2;
/** The start of a snapshot; JSON follows it. Byte offsets. */
export const SnapshotHeadOffset = {
  /** crc32 of bytes 4..4096 of the head */
  checksum: 0,
  magic: 4,
  /** 1 is read as well: it has no window of replies */
  version: 8,
  /** bytes of the head, 4,096 */
  headSize: 12,
  /** bytes of the JSON */
  textSize: 16,
  /** crc32 of the table */
  table: 20,
  /** bytes of the sections */
  dataSize: 24,
} as const;

/** Bytes. */
export const RUN_HEADER_SIZE = 4096;
/** "TRUN" */
export const RUN_HEADER_MAGIC = 0x4e55_5254;
export const RUN_HEADER_VERSION = 2;
/** The header of a run. Byte offsets. */
export const RunHeaderOffset = {
  /** crc32 of bytes 4..4096 of the header */
  checksum: 0,
  magic: 4,
  /** 1 is read as well */
  version: 8,
  /** entries */
  count: 12,
  /** absolute number of the entry at position 0 */
  firstEntry: 16,
  ledgerId: 24,
  /** smallest timestamp of the spans */
  timestampMin: 40,
  /** largest timestamp of the spans */
  timestampMax: 48,
  /** 1: timestamps ascend strictly from entry to entry; 0: not */
  ascending: 56,
  /** crc32 of section 13 */
  checksums: 60,
  /** smallest id, burnt ones included */
  idMin: 64,
  /** largest id; 2^128 - 1 where both are not known */
  idMax: 80,
  /** offset and size of each of the 14 sections, bytes */
  sections: 128,
  /** of every column with an empty section: the hash of all entries, 0 = none is indexed */
  sameHashes: 352,
} as const;

/** Bytes. */
export const SUMS_HEAD_SIZE = 64;
/** "TSUM" */
export const SUMS_HEAD_MAGIC = 0x4d55_5354;
export const SUMS_HEAD_VERSION = 2;
/** The head of a file of block checksums; u32 sums of cells 0 to 3, 4 to 7, … follow it, the last of fewer. Byte offsets. */
export const SumsHeadOffset = {
  /** crc32 of the rest of the file */
  checksum: 0,
  magic: 4,
  /** 1 was never released */
  version: 8,
  /** cells of the segment that are covered; a batch ends there */
  cells: 12,
  /** of the last batch before that place */
  op: 16,
  /** checksum of that batch's header: the parent of what follows */
  parent: 24,
  /** number of the segment */
  segment: 28,
  ledgerId: 32,
} as const;

/** Bytes. */
export const BATCH_PART_SIZE = 32;

/** A request with a session that shares a batch with others. Byte offsets. */
export const BatchPartOffset = {
  /** the session that asked */
  session: 0,
  /** number of the request within the session */
  request: 16,
  /** its first event */
  first: 20,
  /** its events */
  count: 22,
  /** as in the header */
  checksumEvents: 24,
  /** as in the header */
  answered: 28,
} as const;

/** Bytes. */
export const KEPT_HEAD_SIZE = 16;

/** The start of the window of replies in a snapshot; sessions follow, the longest unheard of first. Byte offsets. */
export const KeptHeadOffset = {
  /** the last op of which a reply was let go; 0: none was */
  lost: 0,
  /** how many */
  sessions: 8,
  /** 1 */
  version: 12,
} as const;

/** Bytes. */
export const KEPT_SESSION_SIZE = 32;

/** A session of the window; its replies follow, oldest first. Byte offsets. */
export const KeptSessionOffset = {
  session: 0,
  /** the last op of which a reply of this session was let go */
  lost: 16,
  /** how many */
  replies: 24,
} as const;

/** Bytes. */
export const KEPT_REPLY_SIZE = 32;

/** A reply of the window; its runs follow. Byte offsets. */
export const KeptReplyOffset = {
  /** of the batch that answered */
  op: 0,
  /** number of the request within the session */
  request: 8,
  /** events of the request */
  count: 12,
  /** as in the header of the batch */
  checksumEvents: 16,
  /** how many */
  runs: 20,
} as const;

/** Bytes. */
export const KEPT_RUN_SIZE = 16;

/** Results of one status whose timestamps grow by one. Byte offsets. */
export const KeptRunOffset = {
  /** of the first */
  timestamp: 0,
  status: 8,
  /** results */
  count: 12,
} as const;

/** Bytes. */
export const BEFORE_SIZE = 72;

/** A before-image: what a row was when the image of a snapshot was opened. Byte offsets. */
export const BeforeOffset = {
  /** byte in its section */
  offset: 0,
  /** 0 accounts, 1 pendings */
  section: 4,
  /** of the account (offset 118 of its row); pendings: 0 */
  flags: 6,
  /** accounts: the four balances (offset 16 of the row); pendings: the bytes at the offset */
  bytes: 8,
} as const;

/** Bytes. */
export const PENDING_SIZE = 160;

/** A pending transfer as the ledger keeps it until the place is needed: the stored transfer, and what is known of it. Byte offsets. */
export const PendingOffset = {
  /** number of its entry */
  entry: 128,
  /** ns since the epoch; 0: never */
  expires: 136,
  /** place of its debit account */
  debit: 144,
  /** place of its credit account */
  credit: 148,
  /** 0 free, 1 open, else the kind of the entry that ended it */
  state: 152,
  /** the next free place */
  next: 156,
} as const;

/** Bytes. */
export const CONTROL_SIZE = 64;

/** The control block of a generation. Byte offsets. */
export const ControlOffset = {
  /** absolute number of the entry at position 0, below 2^53 */
  firstEntry: 0,
  /** entries */
  count: 8,
  /** bytes of events */
  eventsSize: 12,
  /** spans */
  spansCount: 16,
  /** 0 free, 1 filling, 2 sealed */
  state: 20,
  /** smallest id, burnt ones included */
  idMin: 24,
  /** largest id; both zero: not known */
  idMax: 40,
} as const;

/** Bytes. */
export const SPAN_SIZE = 24;

/** A stretch of entries, one behind the other in the journal and in time. Byte offsets. */
export const SpanOffset = {
  /** of its first entry */
  position: 0,
  /** journal cell of that entry; 2^64 - 1 where there is none */
  cell: 8,
  /** of that entry */
  timestamp: 16,
} as const;

/** Bytes. */
export const SPAN_BLOCK_SIZE = 24;

/** What up to 64 packed spans have in common. Byte offsets. */
export const SpanBlockOffset = {
  /** of the first span */
  position: 0,
  /** how many: 64, in the last block 1 to 64 */
  spans: 4,
  /** bytes a: position - position of the first span */
  positionSize: 5,
  /** bytes b: cell - position - the smallest; | 128 if a span has no cell */
  cellSize: 6,
  /** bytes c: timestamp - position - the smallest */
  timestampSize: 7,
  /** the smallest cell - position */
  cellMin: 8,
  /** the smallest timestamp - position */
  timestampMin: 16,
} as const;

/** Bytes. */
export const FRAME_SIZE = 128;
/** "TLLY" */
export const FRAME_MAGIC = 0x594c_4c54;
export const FRAME_VERSION = 1;
/** The header cell of a frame. Offsets up to `magic` are those of the header cell. Byte offsets. */
export const FrameOffset = {
  /** crc32 (zlib) of bytes 4..128 */
  checksum: 0,
  /** crc32 of the body's cells, 0 without a body */
  checksumBody: 4,
  /** 0; in a request that is sent again the last op that its client knew when it sent it first */
  op: 8,
  /** 0; in a replay that of the request's last event */
  timestamp: 16,
  /** milliseconds that the caller waits, 0: it does not say */
  timeout: 24,
  /** 1: a node of a cluster may answer a read without leading; else 0 */
  staleness: 28,
  /** 0 nothing, 1 keep the reply for when I ask again, 2 I ask again */
  once: 32,
  /** requests of the session before that number were answered */
  answeredBefore: 36,
  /** events */
  count: 52,
  /** of the body: size / 128, rounded up */
  cells: 56,
  /** of the ledger, or of the protocol */
  operation: 60,
  version: 62,
  /** chosen by the client, at random, the same for all its frames */
  session: 64,
  /** number within the session */
  request: 80,
  /** 0 normal, 1 high, 2 critical: a wish */
  lane: 84,
  magic: 88,
  /** bytes of the body that mean something */
  size: 92,
  /** 0 */
  status: 96,
  /** of the caller's span, or zeros */
  traceId: 100,
  /** of the caller's span, or zeros */
  spanId: 116,
  /** W3C's: 1 sampled */
  traceFlags: 124,
  /** 0 no span, 1 as W3C's trace context 00 has it */
  traceForm: 125,
} as const;

/** Bytes. */
export const HELLO_SIZE = 16;

/** A client's hello; its bearer token follows in UTF-8, or nothing. Byte offsets. */
export const HelloOffset = {
  /** 0: any */
  cluster: 0,
} as const;

/** Bytes. */
export const WELCOME_SIZE = 52;

/** A server's answer to a hello. Byte offsets. */
export const WelcomeOffset = {
  cluster: 0,
  /** chosen at random when the ledger was created */
  ledgerId: 16,
  /** events in a request, at most */
  eventsMax: 32,
  /** credit: requests that may be unanswered */
  requestsMax: 36,
  /** credit: cells of unanswered requests, headers included; one request may always be sent */
  cellsMax: 40,
  /** 1: takes timestamps and advance */
  replay: 44,
  /** 1: wants callers' spans. A server of before traces ends its answer here, which means 0 */
  traces: 48,
} as const;

/** Bytes. */
export const ENGINE_WORD_SIZE = 4096;

/** Control words that agents publish. Words of 32 bits. */
export const EngineWord = {
  /** Where the sequencer is in the ring. */
  cursor: 0,
  /** Up to where requests are durable. */
  journaled: 16,
  /** Up to where requests are executed. */
  executed: 32,
  /** Up to where replies have been read, in bytes of the reply ring's endless count. */
  repliesRead: 48,
  /** Grows whenever one of `journaled`, `executed` moved and the egress sleeps. */
  egress: 64,
  /** Runs written since the start. */
  built: 80,
  /** Grows with each sealed generation. */
  sealed: 96,
  /** {@link Stop}; 0 while agents work. */
  stop: 112,
  /** 1 while the journal waits on what the sequencer publishes. */
  journalSleeps: 128,
  /** 1 while the machine waits on what the sequencer publishes. */
  machineSleeps: 144,
  /** 1 while the egress waits on `egress`. */
  egressSleeps: 160,
  /** 1 when the machine's thread has ended, whatever way. */
  machineEnded: 176,
  /** 1 when the builder's thread has ended, whatever way. */
  builderEnded: 192,
  /** Queries that are done, since the start: how many completions were written. */
  completed: 208,
  /** Up to where answers of queries have been read, in bytes of their ring's endless count. */
  answersRead: 224,
  /** Grows when callers give queries up. */
  givenUp: 240,
  /** Grows while the journal's thread moves: with each piece of work, and each second without. */
  journalBeats: 256,
  /** The same of the machine's thread. */
  machineBeats: 272,
  /** The same of the builder's thread. */
  builderBeats: 288,
  /** 1 while the machine can do nothing more before the next run is there. */
  runNeeded: 304,
  /** While there is no room for the run that is built next: {@link Short}. */
  runsFull: 320,
} as const;

/** Bytes. */
export const QUERY_HEADER_SIZE = 128;

/** The header of a query, in the ring: what a batch has in these places, a query has not. Byte offsets. */
export const QueryHeaderOffset = {
  /** its number while it is open */
  ticket: 24,
  /** who pays for its slices */
  payer: 28,
  /** its payer's share */
  share: 32,
} as const;

/** Bytes. */
export const DESCRIPTOR_SIZE = 16;

/** The descriptor of a reply; each cell of the ring has one, for the request whose header lies there. Byte offsets. */
export const DescriptorOffset = {
  /** byte of the memory */
  at: 0,
  /** bytes */
  size: 4,
  /** where reading it ends, in the endless count of `replies_read` */
  end: 8,
  /** 1: it is a refusal */
  refused: 12,
} as const;

/** Bytes. */
export const COMPLETION_SIZE = 32;

/** Which query is done, and where its answer lies. Byte offsets. */
export const CompletionOffset = {
  /** of the query */
  ticket: 0,
  /** byte of the memory */
  at: 4,
  /** bytes */
  size: 8,
  /** where reading it ends, in the endless count of `answers_read` */
  end: 12,
  /** {@link CompletionKind} */
  kind: 16,
  /** of work */
  units: 24,
} as const;

/** Bytes. */
export const LIVE_SUMS_SIZE = 64;

/** The head of the block checksums of the segment being written. Byte offsets. */
export const LiveSumsOffset = {
  /** its number */
  segment: 0,
  /** number of the segment modulo 2^12, its durable cells (20 bits), their checksum (32 bits) */
  durable: 8,
} as const;

/** Bytes. */
export const STATE_SIZE = 256;

/** The state block: what a snapshot carries besides accounts and pending transfers. Byte offsets. */
export const StateOffset = {
  /** number of the next entry */
  entries: 0,
  /** of the last batch executed */
  op: 8,
  /** of that batch */
  timestamp: 16,
  /** of the last stored transfer */
  transfersTimestampMax: 24,
  /** of the last account */
  accountsTimestampMax: 32,
  /** when the next pending transfer expires; 2^64 - 1: none does */
  expiresNext: 40,
  /** accounts */
  accountsCount: 48,
  /** log2 of the slots of their index */
  accountIndexLog2: 52,
  /** places of pending transfers that were ever used */
  pendingsCount: 56,
  /** pending transfers that are open */
  pendingsOpen: 60,
  /** log2 of the slots of their index */
  pendingIndexLog2: 64,
  /** items of the heap of expiries, dead ones included */
  heapCount: 68,
  /** the oldest place in the queue of ended ones */
  resolvedHead: 72,
  /** behind the newest */
  resolvedTail: 76,
  /** the first free place; 0: none */
  freeHead: 80,
  /** the buffer that is being filled */
  generation: 84,
  /** the current table of ids, 0 or 1 */
  idTable: 88,
  /** ids in it */
  idCount: 92,
  /** of each table: entries below are not in it */
  idFloors: 96,
  /** runs that the kernel knows */
  runsCount: 112,
  /** the first entry that went through the ring of rows */
  rowsFirst: 120,
  /** smallest id of the runs */
  coldIdMin: 128,
  /** largest id of the runs */
  coldIdMax: 144,
} as const;

/** Bytes. */
export const CONFIG_SIZE = 128;

/** Where everything of the machine lies, and how large it is: read by each kernel when it attaches. Byte offsets. */
export const ConfigOffset = {
  /** the state block */
  state: 0,
  /** rows by place, place 0 unused */
  accounts: 4,
  /** places of accounts */
  accountsMax: 8,
  /** u32 slots: tag (8 bits), place (24) */
  accountIndex: 12,
  /** five columns of u32 by place */
  accountColumns: 16,
  /** records by place, place 0 unused */
  pendings: 20,
  /** places of pending transfers */
  pendingsMax: 24,
  /** u32 slots: tag (8 bits), place (24) */
  pendingIndex: 28,
  /** items by (expires, entry) */
  heap: 32,
  /** queue of places, u32 */
  resolved: 36,
  /** its places less one */
  resolvedMask: 40,
  /** u64 slots */
  idTable0: 44,
  /** u64 slots */
  idTable1: 48,
  /** blocks of 32 slots in a table, less one */
  idBlocksMask: 52,
  /** ring of stored transfers by entry */
  rows: 56,
  /** its rows less one */
  rowsMask: 60,
  /** records of runs */
  runs: 64,
  /** changes of an open chain */
  undo: 68,
  /** places of each event's two accounts, u32 */
  slots: 72,
  /** rows that the host has read */
  cold: 76,
  /** addresses of generation buffers */
  generations: 80,
  /** bytes of a column of a generation */
  generationColumnSize: 84,
  /** newest rows that may be trusted */
  rowsTrusted: 88,
  /** ended pending transfers that are remembered */
  resolvedKept: 92,
  /** control words of images */
  image: 96,
  /** ring of before-images */
  befores: 100,
  /** its places less one */
  beforesMask: 104,
  /** a bit for each account that has a before-image */
  accountsKept: 108,
  /** the same of pending transfers */
  pendingsKept: 112,
  /** ring of accounts' images from when a query was asked */
  asked: 116,
  /** its places less one */
  askedMask: 120,
  /** number of the newest image by account, u32 */
  askedNewest: 124,
} as const;

/** Bytes. */
export const GENERATION_SIZE = 32;

/** Where the parts of a generation buffer lie. Byte offsets. */
export const GenerationOffset = {
  /** the control block */
  control: 0,
  /** the first of nine columns, one behind the other */
  columns: 4,
  /** byte offsets into events */
  blocks: 8,
  /** event records */
  events: 12,
  /** spans */
  spans: 16,
} as const;

/** Bytes. */
export const RUN_RECORD_SIZE = 64;

/** A run as the kernel knows it. Byte offsets. */
export const RunRecordOffset = {
  /** address of its filter */
  filter: 0,
  /** blocks of the filter; 0: there was no room for it */
  blocks: 4,
  /** the entry at position 0 */
  firstEntry: 8,
  /** smallest id */
  idMin: 16,
  /** largest id */
  idMax: 32,
  /** entries */
  count: 48,
} as const;

/** Bytes. */
export const HEAP_ITEM_SIZE = 24;

/** An item of the heap of expiries; dead when its record is not that entry any more, or not open. Byte offsets. */
export const HeapItemOffset = {
  /** ns since the epoch */
  expires: 0,
  /** number of the entry */
  entry: 8,
  /** of the pending transfer's record */
  place: 16,
} as const;

/** Bytes. */
export const UNDO_SIZE = 96;

/** A change of an open chain, so that a broken chain leaves nothing behind. Byte offsets. */
export const UndoOffset = {
  /** what has changed */
  kind: 0,
  /** of the account or the pending transfer; of an id its slot */
  place: 4,
  /** of the account */
  balances: 16,
  /** of the account */
  flags: 80,
} as const;

/** Bytes. */
export const ASKED_SIZE = 80;

/** An account's balances and flags from when a query was asked. Byte offsets. */
export const AskedOffset = {
  /** of this image */
  number: 0,
  /** of the account */
  place: 4,
  /** number of the account's image before this one */
  earlier: 8,
  /** of the account */
  flags: 12,
  /** of the account */
  balances: 16,
} as const;

/** Bytes. */
export const IMAGE_WORD_SIZE = 256;

/** Control words of an image. Words of 32 bits. */
export const ImageWord = {
  /** 1 while a reader reads it: set by the machine, cleared by the builder. */
  open: 0,
  /** Address up to which all is copied. */
  saved: 16,
  /** Before-images published. */
  tail: 32,
  /** Before-images taken by the builder. */
  taken: 48,
} as const;

/** The kind of an entry. */
export const EntryKind = {
  /** A created transfer that is neither pending, post nor void. */
  singlePhase: 0,
  /** A created pending transfer. */
  pending: 1,
  /** A created post. */
  posted: 2,
  /** A created void. */
  voided: 3,
  /** The expiry of a pending transfer. */
  expired: 4,
  /** An id burnt by a transient status; no balances. */
  failed: 5,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** Marks in the first byte of an event record, beside the kind in its lower four bits. */
export const EventMark = {
  /** The amount follows. */
  amount: 16,
  /** The entry of the pending transfer follows. */
  pending: 32,
  /** The debit account is closed after it. */
  debitClosed: 64,
  /** The credit account is closed after it. */
  creditClosed: 128,
} as const;
export type EventMark = (typeof EventMark)[keyof typeof EventMark];

/** The columns of a generation and of a run. */
export const Column = {
  /** Of the transfer. */
  id: 0,
  /** Id of the debit account. */
  debitAccount: 1,
  /** Id of the credit account. */
  creditAccount: 2,
  /** Of the pending transfer that was ended. */
  pendingId: 3,
  /** As in the transfer. */
  userData128: 4,
  /** As in the transfer. */
  userData64: 5,
  /** As in the transfer. */
  userData32: 6,
  /** As in the transfer. */
  ledger: 7,
  /** As in the transfer. */
  code: 8,
} as const;
export type Column = (typeof Column)[keyof typeof Column];

/** The sections of a run behind its columns, which are 0 to 8. */
export const RunSection = {
  /** Bloom filter of the hashes of the id column. */
  filter: 9,
  /** Byte offsets into the events. */
  blocks: 10,
  /** Event records. */
  events: 11,
  /** Packed spans. */
  spans: 12,
  /** Of every chunk of the file. */
  checksums: 13,
} as const;
export type RunSection = (typeof RunSection)[keyof typeof RunSection];

/** The state of a generation buffer. */
export const GenerationState = {
  /** Its run is published, or it was never used. */
  free: 0,
  /** The machine adds entries. */
  filling: 1,
  /** The builder makes a run of it. */
  sealed: 2,
} as const;
export type GenerationState = (typeof GenerationState)[keyof typeof GenerationState];

/** The section that a before-image belongs to. */
export const BeforeSection = {
  /** Balances and flags of an account. */
  accounts: 0,
  /** 64 bytes of a pending transfer. */
  pendings: 1,
} as const;
export type BeforeSection = (typeof BeforeSection)[keyof typeof BeforeSection];

/** Bits of a superblock. */
export const SuperblockBit = {
  /** It was closed in order once. */
  closed: 1,
  /** A writer is at work. */
  open: 2,
  /** It has a witness. */
  witnessed: 4,
} as const;
export type SuperblockBit = (typeof SuperblockBit)[keyof typeof SuperblockBit];

/** What the host says of an id that has left memory. */
export const ColdAnswer = {
  /** No run has it. */
  unknown: 0,
  /** A stored transfer, whose row was written. */
  stored: 1,
  /** A failed transfer burnt it. */
  burnt: 2,
} as const;
export type ColdAnswer = (typeof ColdAnswer)[keyof typeof ColdAnswer];

/** How agents end. */
export const Stop = {
  /** Once they have done their work. */
  done: 1,
  /** As they are. */
  now: 2,
} as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** The resource that is short if a run finds no room. */
export const Short = {
  /** There is room. */
  nothing: 0,
  /** Bytes of the disk. */
  disk: 1,
  /** Memory. */
  memory: 2,
} as const;
export type Short = (typeof Short)[keyof typeof Short];

/** The state of a ticket. */
export const Ticket = {
  /** Its query is wanted. */
  wanted: 0,
  /** Nobody waits for its query. */
  givenUp: 1,
} as const;
export type Ticket = (typeof Ticket)[keyof typeof Ticket];

/** How a query ended. */
export const CompletionKind = {
  /** Its answer was found. */
  answer: 0,
  /** An error is its answer. */
  refusal: 1,
  /** It was given up. */
  dropped: 2,
} as const;
export type CompletionKind = (typeof CompletionKind)[keyof typeof CompletionKind];

/** Operations of the native protocol itself, out of the way of the ledger's. */
export const FrameOperation = {
  /** The first frame each way: who, and what is allowed. */
  hello: 0xff01,
  /** Answered at once. */
  ping: 0xff02,
  /** From the server, unasked: send nothing more here. With a status, why. */
  goodbye: 0xff03,
  /** Moves the time of a server started for replays; the nanoseconds stand in `timestamp`. */
  advance: 0xff04,
} as const;
export type FrameOperation = (typeof FrameOperation)[keyof typeof FrameOperation];

/** Status of a reply: its body has the records, or an error's code and message. */
export const FrameStatus = {
  /** The body has the records. */
  ok: 0,
  /** The body has an error's code and message. */
  error: 1,
} as const;
export type FrameStatus = (typeof FrameStatus)[keyof typeof FrameStatus];

/** Proves that fields follow one another, that each is aligned, and that all of them fit. */
function prove(
  name: string,
  size: number,
  offsets: object,
  sizes: readonly number[],
  alignments: readonly number[],
): void {
  let end = 0;
  for (const [index, [field, at]] of Object.entries<number>({ ...offsets }).entries()) {
    assert(at >= end, `${name}.${field} lies behind the field before it`);
    assert(at % alignments[index]! === 0, `${name}.${field} is aligned`);
    end = at + sizes[index]!;
  }
  assert(end <= size, `the fields of ${name} fit its ${size} bytes`);
}

prove(
  'Header',
  HEADER_SIZE,
  HeaderOffset,
  [4, 4, 8, 8, 8, 8, 8, 4, 4, 4, 2, 2, 16, 4, 4, 4, 4, 4, 4, 24],
  [4, 4, 8, 8, 8, 8, 8, 4, 4, 4, 2, 2, 8, 4, 4, 4, 4, 4, 4, 1],
);
prove('Segment', SEGMENT_SIZE, SegmentOffset, [4, 8, 8, 8, 4, 2, 2, 16, 4], [4, 8, 8, 8, 4, 2, 2, 8, 4]);
prove(
  'Superblock',
  SUPERBLOCK_SIZE,
  SuperblockOffset,
  [4, 4, 4, 4, 8, 8, 16, 8, 8, 8, 8, 4, 8, 8],
  [4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 4, 8, 8],
);
prove(
  'Witness',
  WITNESS_SIZE,
  WitnessOffset,
  [4, 4, 4, 8, 16, 8, 8, 8, 8, 4, 8, 8],
  [4, 4, 4, 8, 8, 8, 8, 8, 8, 4, 8, 8],
);
prove('SnapshotHead', SNAPSHOT_HEAD_SIZE, SnapshotHeadOffset, [4, 4, 4, 4, 4, 4, 8], [4, 4, 4, 4, 4, 4, 8]);
prove(
  'RunHeader',
  RUN_HEADER_SIZE,
  RunHeaderOffset,
  [4, 4, 4, 4, 8, 16, 8, 8, 4, 4, 16, 16, 224, 36],
  [4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 8, 8, 8, 4],
);
prove('SumsHead', SUMS_HEAD_SIZE, SumsHeadOffset, [4, 4, 4, 4, 8, 4, 4, 16], [4, 4, 4, 4, 8, 4, 4, 8]);
prove('BatchPart', BATCH_PART_SIZE, BatchPartOffset, [16, 4, 2, 2, 4, 4], [8, 4, 2, 2, 4, 4]);
prove('KeptHead', KEPT_HEAD_SIZE, KeptHeadOffset, [8, 4, 4], [8, 4, 4]);
prove('KeptSession', KEPT_SESSION_SIZE, KeptSessionOffset, [16, 8, 4], [8, 8, 4]);
prove('KeptReply', KEPT_REPLY_SIZE, KeptReplyOffset, [8, 4, 4, 4, 4], [8, 4, 4, 4, 4]);
prove('KeptRun', KEPT_RUN_SIZE, KeptRunOffset, [8, 4, 4], [8, 4, 4]);
prove('Before', BEFORE_SIZE, BeforeOffset, [4, 2, 2, 64], [4, 2, 2, 1]);
prove('Pending', PENDING_SIZE, PendingOffset, [8, 8, 4, 4, 4, 4], [8, 8, 4, 4, 4, 4]);
prove('Control', CONTROL_SIZE, ControlOffset, [8, 4, 4, 4, 4, 16, 16], [8, 4, 4, 4, 4, 8, 8]);
prove('Span', SPAN_SIZE, SpanOffset, [4, 8, 8], [4, 8, 8]);
prove('SpanBlock', SPAN_BLOCK_SIZE, SpanBlockOffset, [4, 1, 1, 1, 1, 8, 8], [4, 1, 1, 1, 1, 8, 8]);
prove(
  'Frame',
  FRAME_SIZE,
  FrameOffset,
  [4, 4, 8, 8, 4, 4, 4, 4, 4, 4, 2, 2, 16, 4, 4, 4, 4, 4, 16, 8, 1, 1],
  [4, 4, 8, 8, 4, 4, 4, 4, 4, 4, 2, 2, 8, 4, 4, 4, 4, 4, 1, 1, 1, 1],
);
prove('Hello', HELLO_SIZE, HelloOffset, [16], [8]);
prove('Welcome', WELCOME_SIZE, WelcomeOffset, [16, 16, 4, 4, 4, 4, 4], [8, 8, 4, 4, 4, 4, 4]);
prove(
  'EngineWord',
  ENGINE_WORD_SIZE / 4,
  EngineWord,
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
);
prove('QueryHeader', QUERY_HEADER_SIZE, QueryHeaderOffset, [4, 4, 4], [4, 4, 4]);
prove('Descriptor', DESCRIPTOR_SIZE, DescriptorOffset, [4, 4, 4, 4], [4, 4, 4, 4]);
prove('Completion', COMPLETION_SIZE, CompletionOffset, [4, 4, 4, 4, 4, 8], [4, 4, 4, 4, 4, 8]);
prove('LiveSums', LIVE_SUMS_SIZE, LiveSumsOffset, [4, 8], [4, 8]);
prove(
  'State',
  STATE_SIZE,
  StateOffset,
  [8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 16, 4, 8, 16, 16],
  [8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 4, 8, 8, 8],
);
prove(
  'Config',
  CONFIG_SIZE,
  ConfigOffset,
  [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4],
  [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4],
);
prove('Generation', GENERATION_SIZE, GenerationOffset, [4, 4, 4, 4, 4], [4, 4, 4, 4, 4]);
prove('RunRecord', RUN_RECORD_SIZE, RunRecordOffset, [4, 4, 8, 16, 16, 4], [4, 4, 8, 8, 8, 4]);
prove('HeapItem', HEAP_ITEM_SIZE, HeapItemOffset, [8, 8, 4], [8, 8, 4]);
prove('Undo', UNDO_SIZE, UndoOffset, [4, 4, 64, 2], [4, 4, 1, 2]);
prove('Asked', ASKED_SIZE, AskedOffset, [4, 4, 4, 4, 64], [4, 4, 4, 4, 1]);
prove('ImageWord', IMAGE_WORD_SIZE / 4, ImageWord, [1, 1, 1, 1], [1, 1, 1, 1]);
