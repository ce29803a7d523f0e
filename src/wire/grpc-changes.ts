/** The messages of `FollowChanges`: where a client takes up the feed, and pages of changes. */
import { type Cells, CHANGE_EVENT_SIZE, ChangeEventOffset, invalid, Operation, TIMESTAMP_MAX } from '../model/index.ts';
import { protoOperations } from './gen/grpc.ts';
import { FRAMING_MAX, type GrpcForm, writeReply } from './grpc-events.ts';
import { FieldReader, type FieldWriter, WireType } from './grpc-protobuf.ts';
import { messageSizeMax } from './grpc-records.ts';

/** Field numbers of `FollowChangesRequest`. */
const Ask = { since: 1, packed: 2, text: 3, until_newest: 4 } as const;
/** Field number of `FollowChangesReply.next`. */
const NEXT_FIELD = 3;

export interface GrpcFollow {
  /** Changes after that timestamp. */
  readonly since: bigint;
  readonly form: GrpcForm;
  /** Ends with the newest change, and waits for none. */
  readonly untilNewest: boolean;
}

/** Throws `invalid_argument` or `frame_invalid`. */
export function readFollow(bytes: Uint8Array): GrpcFollow {
  const reader = new FieldReader(bytes, 0, bytes.length);
  let since = 0n;
  let [packed, text, untilNewest] = [false, false, false];
  while (reader.next()) {
    const { field, wireType, low, high } = reader;
    if (field === Ask.since && wireType === WireType.fixed64) since = (BigInt(high) << 32n) | BigInt(low);
    if (wireType !== WireType.varint) continue;
    if (field === Ask.packed) packed = low !== 0;
    else if (field === Ask.text) text = low !== 0;
    else if (field === Ask.until_newest) untilNewest = low !== 0;
  }
  if (since >= TIMESTAMP_MAX) throw invalid('FollowChanges: since is no timestamp');
  if (packed && text) throw invalid('FollowChanges: give packed or text, not both');
  return { since, form: packed ? 'packed' : text ? 'text' : 'bytes', untilNewest };
}

/** Bytes of the largest page of so many changes. */
export function changesSizeMax(count: number, form: GrpcForm): number {
  const reply = protoOperations[Operation.get_change_events]!.reply;
  return count * (form === 'packed' ? reply.size : messageSizeMax(reply, form) + 4) + FRAMING_MAX;
}

/** Writes a page of changes, which is not empty, and returns the timestamp of the last. */
export function writeChanges(writer: FieldWriter, form: GrpcForm, cells: Cells, at: number, size: number): bigint {
  const last = at + size - CHANGE_EVENT_SIZE + ChangeEventOffset.timestamp;
  writeReply(writer, Operation.get_change_events, form, cells, at, size);
  writer.room(16);
  writer.tag(NEXT_FIELD, WireType.fixed64);
  writer.copy(cells.bytes, last, 8);
  return cells.view.getBigUint64(last, true);
}
