/** The events of a request of the gRPC door, and the records of its reply, as proto/tallystick.proto has them. */
import { type Cells, invalid, type Operation, operationShapes, TallystickError } from '../model/index.ts';
import { type ProtoOperation, protoOperations } from './gen/grpc.ts';
import { FieldReader, type FieldWriter, malformed, WireType } from './grpc-protobuf.ts';
import { messageSizeMax, presetRecord, readRecord, readU128, readU128Text, writeRecords } from './grpc-records.ts';

const LIST_FIELD = 1;
export const PACKED_FIELD = 2;
/** Asks for a reply whose wide numbers are text. */
const TEXT_FIELD = 3;
/** Bare ids as text, in place of the list. */
const ID_TEXTS_FIELD = 4;
/** Tag and length of one item of a list, or of everything around it. */
export const FRAMING_MAX = 64;

/**
 * How records are written: as they lie in memory, or as messages with wide numbers as bytes (which programs read) or as
 * decimal text (which people read). A reply has the form of its request.
 */
export type GrpcForm = 'packed' | 'bytes' | 'text';

/** A request as the ledger takes it: events as they lie in memory, and the form in which the client wants its reply. */
export interface GrpcEvents {
  readonly operation: Operation;
  readonly count: number;
  readonly events: Uint8Array;
  readonly form: GrpcForm;
}

/**
 * Bytes of the largest message that a client may need to send: as many events as fit, every field at its longest, wide
 * numbers as bytes. Of events with wide numbers as text fewer fit.
 */
export const requestSizeMax: number =
  FRAMING_MAX +
  Object.entries(protoOperations).reduce((most, [operation, { event }]) => {
    const { eventsMax, eventSize } = operationShapes[Number(operation) as Operation];
    return Math.max(most, eventsMax * ((event === undefined ? eventSize : messageSizeMax(event, 'bytes')) + 4));
  }, 0);

/** Packed events stay where they are. Throws `invalid_argument`, `too_much_data` or `frame_invalid`. */
export function readEvents(operation: number, bytes: Uint8Array, start: number, end: number): GrpcEvents {
  const proto = protoOperations[operation]!;
  const { eventSize, eventsMax, repliesMax } = operationShapes[operation as Operation];
  const reader = new FieldReader(bytes, start, end);
  let count = 0;
  let packedStart = -1;
  let packedEnd = 0;
  let text = false;
  const listFields = [0, 0];
  while (reader.next()) {
    const { field } = reader;
    if (field === TEXT_FIELD && reader.wireType === WireType.varint) text = reader.low !== 0;
    const isList = field === LIST_FIELD || (field === ID_TEXTS_FIELD && proto.event === undefined);
    if (!isList && field !== PACKED_FIELD) continue;
    if (reader.wireType !== WireType.bytes) throw malformed(`${proto.method}: a field is of another type`);
    if (isList) listFields[field === LIST_FIELD ? 0 : 1]!++;
    else [packedStart, packedEnd] = [reader.start, reader.end];
  }
  const packed = packedStart !== -1;
  count = listFields[0]! + listFields[1]!;
  if (packed && count > 0) throw invalid(`${proto.method}: give ${proto.list} or packed, not both`);
  if (listFields[0]! > 0 && listFields[1]! > 0) throw invalid(`${proto.method}: give ids or ids_text, not both`);
  if (packed && (packedEnd - packedStart) % eventSize !== 0) {
    throw invalid(
      `${proto.method}: packed has ${packedEnd - packedStart} bytes, which is not a multiple of ${eventSize}`,
    );
  }
  const isFilter = eventsMax === 1;
  if (packed) count = (packedEnd - packedStart) / eventSize;
  // Several filters in a message are one, in which the last of each field counts. No filter is one without fields.
  else if (isFilter) count = 1;
  if (isFilter && count !== 1) throw invalid(`${proto.method}: packed holds ${count} filters, not one`);
  if (count > eventsMax) throw new TallystickError('too_much_data');
  if (packed) {
    const events = bytes.subarray(packedStart, packedEnd);
    checkLimit(proto, events, repliesMax, isFilter);
    return { operation: operation as Operation, count, events, form: 'packed' };
  }
  const events = new Uint8Array(count * eventSize);
  const said = unpack(proto, reader.reset(start, end), bytes, events, eventSize);
  checkLimit(proto, events, repliesMax, isFilter);
  return { operation: operation as Operation, count, events, form: text || said ? 'text' : 'bytes' };
}

function checkLimit(proto: ProtoOperation, events: Uint8Array, repliesMax: number, isFilter: boolean): void {
  if (isFilter && (limitOf(proto, events) ?? 0) > repliesMax) throw new TallystickError('too_much_data');
}

/** True if a number of one of the events is text. */
function unpack(
  { event, list }: ProtoOperation,
  reader: FieldReader,
  bytes: Uint8Array,
  events: Uint8Array,
  eventSize: number,
): boolean {
  const { length: size } = events;
  const view = new DataView(events.buffer);
  const inner = new FieldReader(bytes, 0, 0);
  if (event !== undefined) for (let at = 0; at < size; at += eventSize) presetRecord(event, view, at);
  let index = 0;
  let said = false;
  while (reader.next()) {
    const asText = reader.field === ID_TEXTS_FIELD && event === undefined;
    if (reader.field !== LIST_FIELD && !asText) continue;
    const at = Math.min(index, size / eventSize - 1) * eventSize;
    const name = (): string => `${asText ? 'ids_text' : list}[${at / eventSize}]`;
    if (asText) readU128Text(reader, view, at, name);
    else if (event === undefined) readU128(reader, bytes, view, at, name);
    else if (readRecord(event, inner.reset(reader.start, reader.end), bytes, view, at, name)) said = true;
    said ||= asText;
    index++;
  }
  return said;
}

/** Undefined: its filter has none, and the operation alone says how many replies there are. */
function limitOf({ event }: ProtoOperation, events: Uint8Array): number | undefined {
  const limit = event?.fields.find(({ name }) => name === 'limit');
  return limit && new DataView(events.buffer, events.byteOffset, events.byteLength).getUint32(limit.offset, true);
}

/** Bytes of the largest reply that a request can have. */
export function replySizeMax({ operation, count, events, form }: GrpcEvents): number {
  const { eventsMax, repliesMax, replySize } = operationShapes[operation];
  const proto = protoOperations[operation]!;
  const replies = eventsMax === 1 ? Math.min(repliesMax, limitOf(proto, events) ?? repliesMax) : count;
  return replies * (form === 'packed' ? replySize : messageSizeMax(proto.reply, form) + 4) + FRAMING_MAX;
}

/** The reply's own message: `size` bytes of records from byte `at`. */
export function writeReply(
  writer: FieldWriter,
  operation: number,
  form: GrpcForm,
  cells: Cells,
  at: number,
  size: number,
): void {
  if (form === 'packed') {
    writer.room(size + 8);
    writer.tag(PACKED_FIELD, WireType.bytes);
    writer.varint(size);
    writer.copy(cells.bytes, at, size);
  } else {
    writeRecords(protoOperations[operation]!.reply, LIST_FIELD, writer, cells, at, size, form);
  }
}
