/** lookup_pendings: what became of pending transfers, one record for each id, in slices. */
import {
  EntryKind,
  PENDING_LOOKUP_SIZE,
  PENDING_TRANSFER_SIZE,
  PendingLookupOffset,
  PendingState,
  PendingTransferOffset,
  TransferOffset,
} from '../model/index.ts';
import type { Answer } from './answer.ts';
import type { Found, PendingEnds } from './pending-ends.ts';
import { entriesOf } from './transfer-filter.ts';
import type { Course, Source } from './transfer-search.ts';
import { ROW_UNITS } from './work.ts';

const NANOSECONDS = 1_000_000_000n;
const ROW_WORDS = 32;

export class Pendings {
  readonly #source: Source;
  readonly #ends: PendingEnds;

  constructor(source: Source, ends: PendingEnds) {
    this.#source = source;
    this.#ends = ends;
  }

  *read(asked: Uint8Array, course: Course): Generator<void, void> {
    const { work, answer } = course;
    const view = new DataView(asked.buffer, asked.byteOffset, asked.byteLength);
    for (let at = 0; at < asked.length; at += PENDING_LOOKUP_SIZE) {
      const low = view.getBigUint64(at + PendingLookupOffset.id, true);
      const high = view.getBigUint64(at + PendingLookupOffset.id + 8, true);
      const asOf = view.getBigUint64(at + PendingLookupOffset.as_of, true);
      const entries = entriesOf(asOf, course.entries);
      const found = yield* this.#ends.find(low, high, entries, work);
      const pending = found?.kind === EntryKind.pending;
      const end = pending ? yield* this.#ends.of(found.entry, entries, work) : undefined;
      const to = answer.add(PENDING_TRANSFER_SIZE);
      answer.view.setBigUint64(to + PendingTransferOffset.id, low, true);
      answer.view.setBigUint64(to + PendingTransferOffset.id + 8, high, true);
      if (found !== undefined && found.kind !== EntryKind.failed) this.#putFound(answer, to, found, course);
      if (end !== undefined) this.#putEnd(answer, to, end, course);
      if (work.isOver) yield;
    }
  }

  #putFound({ view, bytes }: Answer, to: number, { entry, kind }: Found, { work }: Course): void {
    const row = this.#row(entry, work);
    const timestamp = row.view.getBigUint64(TransferOffset.timestamp, true);
    const timeout = row.view.getUint32(TransferOffset.timeout, true);
    bytes.set(row.bytes.subarray(TransferOffset.amount, TransferOffset.amount + 16), to + PendingTransferOffset.amount);
    view.setBigUint64(to + PendingTransferOffset.timestamp, timestamp, true);
    view.setUint32(to + PendingTransferOffset.ledger, row.view.getUint32(TransferOffset.ledger, true), true);
    const isPending = kind === EntryKind.pending;
    view.setUint8(to + PendingTransferOffset.state, isPending ? PendingState.open : PendingState.not_pending);
    const expires = isPending && timeout > 0 ? timestamp + BigInt(timeout) * NANOSECONDS : 0n;
    view.setBigUint64(to + PendingTransferOffset.expires_at, expires, true);
  }

  #putEnd({ view, bytes }: Answer, to: number, { entry, kind }: Found, { work }: Course): void {
    const { parts } = this.#source;
    const part = parts.of(entry);
    const pos = entry - part.firstEntry;
    const { spans } = part;
    const span = spans.find(pos);
    const endedAt = spans.timestamp(span) + BigInt(pos - spans.first(span));
    view.setBigUint64(to + PendingTransferOffset.ended_at, endedAt, true);
    view.setUint8(to + PendingTransferOffset.state, stateOf(kind));
    if (kind === EntryKind.expired) return;
    const row = this.#row(entry, work);
    bytes.set(row.bytes.subarray(TransferOffset.id, TransferOffset.id + 16), to + PendingTransferOffset.ended_by);
    if (kind !== EntryKind.posted) return;
    bytes.set(
      row.bytes.subarray(TransferOffset.amount, TransferOffset.amount + 16),
      to + PendingTransferOffset.amount_posted,
    );
  }

  #row(entry: number, work: Course['work']): { readonly bytes: Uint8Array; readonly view: DataView } {
    const words = new Uint32Array(ROW_WORDS);
    work.spend(ROW_UNITS);
    this.#source.rows.readOne(entry, this.#source.parts.entries, words, 0);
    return { bytes: new Uint8Array(words.buffer), view: new DataView(words.buffer) };
  }
}

function stateOf(kind: number): number {
  if (kind === EntryKind.posted) return PendingState.posted;
  return kind === EntryKind.voided ? PendingState.voided : PendingState.expired;
}
