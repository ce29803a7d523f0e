/**
 * The batches of a node's journal, read again in their order: for a node that lacks some which the stream does not have
 * any more.
 */
import {
  batchHeaders,
  CELL_SIZE,
  eventSize,
  findBatch,
  type JournalBatch,
  type Operation,
  readBatch,
  type Storage,
  segmentNumbers,
  segmentOf,
} from 'tallystick/internal';
import type { Batch } from './batches.ts';
import { readParts } from './parts.ts';

/** So many bytes are read at once, or one batch. */
const SIZE_MAX = 512 * 1024;
/** The place behind the last ones is remembered for so long. */
const KEPT_MS = 2000;
const SESSION_SIZE = 16;

type Headers = Generator<JournalBatch, void>;

/** A place in the journal. */
interface Marker {
  readonly headers: Headers;
  /** The header of the next batch, if it was read already. */
  ahead: JournalBatch | undefined;
  /** The next op. */
  next: number;
}

export class Shelf {
  readonly #storage: Storage;
  readonly #journal: string;
  readonly #ledgerId: bigint;
  /** Behind what was read last: a search for each few batches would read a segment's headers for each. */
  #marker: Marker | undefined;
  #forgetting: NodeJS.Timeout | undefined;

  constructor(storage: Storage, folder: string, ledgerId: bigint) {
    this.#storage = storage;
    this.#journal = `${folder}/journal`;
    this.#ledgerId = ledgerId;
  }

  /** The batch with that op; undefined: it is not there, or damaged. */
  at(op: number): Batch | undefined {
    const found = findBatch(this.#storage, this.#journal, op, this.#ledgerId);
    return found && this.#batchOf(found);
  }

  /** Some batches from op `from` on, and none behind op `end`; none where the first one is not there, or damaged. */
  from(from: number, end: number): Batch[] {
    let marker = this.#marker?.next === from ? this.#marker : undefined;
    let batches = marker === undefined ? [] : this.#read(marker, end);
    // What was read ahead may be older than what was written since.
    if (marker === undefined || batches.length === 0) {
      this.end();
      marker = { headers: this.#search(from), ahead: undefined, next: from };
      batches = this.#read(marker, end);
    }
    this.#marker = marker;
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => this.end(), KEPT_MS);
    return batches;
  }

  end(): void {
    clearTimeout(this.#forgetting);
    this.#marker?.headers.return();
    this.#marker = undefined;
  }

  #read(marker: Marker, end: number): Batch[] {
    const batches: Batch[] = [];
    let size = 0;
    while (marker.next <= end) {
      const header = marker.ahead ?? marker.headers.next().value ?? undefined;
      marker.ahead = header;
      if (header?.op !== marker.next) break;
      size += header.cells * CELL_SIZE;
      if (batches.length > 0 && size > SIZE_MAX) break;
      const batch = this.#batchOf(header);
      if (batch === undefined) break;
      batches.push(batch);
      marker.ahead = undefined;
      marker.next++;
    }
    return batches;
  }

  *#search(op: number): Headers {
    const found = findBatch(this.#storage, this.#journal, op, this.#ledgerId);
    if (found === undefined) return;
    const numbers = segmentNumbers(this.#storage, this.#journal);
    for (const segment of numbers.filter((number) => number >= segmentOf(found.cell))) {
      for (const header of batchHeaders(this.#storage, this.#journal, segment, this.#ledgerId)) {
        if (header.op >= op) yield header;
      }
    }
  }

  #batchOf(header: JournalBatch): Batch | undefined {
    const body = readBatch(this.#storage, this.#journal, header);
    const { count, timestamp } = header;
    const operation = header.operation as Operation;
    const size = count * eventSize(operation);
    if (body === undefined || body.length < size) return undefined;
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const partsAt = Math.ceil(size / CELL_SIZE) * CELL_SIZE;
    const parts = header.parts === 0 ? onlyPart(header) : readParts(body, view, partsAt, header.parts, count);
    return parts && { operation, count, timestamp, events: body.subarray(0, size), parts };
  }
}

/** A batch of one request has its session in the header. */
function onlyPart({ session, request, count, checksumEvents, answered }: JournalBatch): Batch['parts'] {
  if (session === 0n) return [];
  const codes = Array.from({ length: SESSION_SIZE }, (_, k) => Number((session >> BigInt(8 * k)) & 0xffn));
  const text = String.fromCharCode(...codes);
  return [{ first: 0, count, once: { session: text, request, checksum: checksumEvents, answered, again: false } }];
}
