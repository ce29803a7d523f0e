/** Requests and replies of the gRPC door, as proto/tallystick.proto has them. */
import { type Cells, invalid, type Operation, operationShapes, TallystickError } from '../model/index.ts';
import { type ProtoOperation, protoOperations } from './gen/grpc.ts';
import { FieldReader, FieldWriter, malformed, varintSize, WireType } from './grpc-protobuf.ts';
import { messageSizeMax, presetRecord, readRecord, readU128, writeRecords } from './grpc-records.ts';
import { grpcOf, readError, retryAfterMs } from './grpc-status.ts';

const LIST_FIELD = 1;
const PACKED_FIELD = 2;
const ID_FIELD = 1;
const LANE_FIELD = 2;
const TRACE_FIELD = 3;
const TIMEOUT_FIELD = 4;
/** Length of W3C's `traceparent`; text of another length names no span. */
const TRACE_SIZE = 55;
const ERROR_FIELD = 2;
/** Field number of `Reply.op`. */
const OP_FIELD = 3;
/** Tag and length of one item of a list, or of everything around it. */
const FRAMING_MAX = 64;

export const GrpcLane = { unspecified: 0, normal: 1, high: 2, critical: 3 } as const;

/** A request as the ledger takes it: events as they lie in memory, and the form in which the client wants its reply. */
export interface GrpcEvents {
  readonly operation: Operation;
  readonly count: number;
  readonly events: Uint8Array;
  readonly packed: boolean;
}

/** One request of a stream, not yet looked into: `bytes` from `start` to `end` are the operation's message. */
export interface GrpcRequest {
  readonly idLow: number;
  readonly idHigh: number;
  readonly lane: number;
  /** The caller's span. */
  readonly traceparent: string | undefined;
  /** For how long the caller waits, milliseconds; 0: it does not say. */
  readonly timeoutMs: number;
  /** 0: the request names none that is known here. */
  readonly operation: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Bytes of the largest message that a client may need to send: as many events as a request may hold, every field at its
 * longest.
 */
export const requestSizeMax: number =
  FRAMING_MAX +
  Object.entries(protoOperations).reduce((most, [operation, { event }]) => {
    const { eventsMax, eventSize } = operationShapes[Number(operation) as Operation];
    return Math.max(most, eventsMax * ((event === undefined ? eventSize : messageSizeMax(event)) + 4));
  }, 0);

/** Throws `frame_invalid`. */
export function readRequest(bytes: Uint8Array): GrpcRequest {
  const reader = new FieldReader(bytes, 0, bytes.length);
  const request: { -readonly [field in keyof GrpcRequest]: GrpcRequest[field] } = {
    idLow: 0,
    idHigh: 0,
    lane: 0,
    traceparent: undefined,
    timeoutMs: 0,
    operation: 0,
    start: 0,
    end: 0,
  };
  while (reader.next()) {
    if (reader.field === ID_FIELD && reader.wireType === WireType.varint) {
      request.idLow = reader.low;
      request.idHigh = reader.high;
    } else if (reader.field === LANE_FIELD && reader.wireType === WireType.varint) {
      request.lane = reader.low;
    } else if (reader.field === TRACE_FIELD && reader.wireType === WireType.bytes) {
      if (reader.end - reader.start === TRACE_SIZE) request.traceparent = reader.text();
    } else if (reader.field === TIMEOUT_FIELD && reader.wireType === WireType.varint) {
      request.timeoutMs = reader.low;
    } else if (protoOperations[reader.field] !== undefined && reader.wireType === WireType.bytes) {
      request.operation = reader.field;
      request.start = reader.start;
      request.end = reader.end;
    }
  }
  return request;
}

/** Packed events stay where they are. Throws `invalid_argument`, `too_much_data` or `frame_invalid`. */
export function readEvents(operation: number, bytes: Uint8Array, start: number, end: number): GrpcEvents {
  const proto = protoOperations[operation]!;
  const { eventSize, eventsMax, repliesMax } = operationShapes[operation as Operation];
  const reader = new FieldReader(bytes, start, end);
  let count = 0;
  let packedStart = -1;
  let packedEnd = 0;
  while (reader.next()) {
    if (reader.field !== LIST_FIELD && reader.field !== PACKED_FIELD) continue;
    if (reader.wireType !== WireType.bytes) throw malformed(`${proto.method}: a field is of another type`);
    if (reader.field === LIST_FIELD) count++;
    else [packedStart, packedEnd] = [reader.start, reader.end];
  }
  const packed = packedStart !== -1;
  if (packed && count > 0) throw invalid(`${proto.method}: give ${proto.list} or packed, not both`);
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
  const events = packed
    ? bytes.subarray(packedStart, packedEnd)
    : unpacked(proto, reader.reset(start, end), bytes, count * eventSize, eventSize);
  if (isFilter && (limitOf(proto, events) ?? 0) > repliesMax) throw new TallystickError('too_much_data');
  return { operation: operation as Operation, count, events, packed };
}

function unpacked(
  { event, list }: ProtoOperation,
  reader: FieldReader,
  bytes: Uint8Array,
  size: number,
  eventSize: number,
): Uint8Array {
  const events = new Uint8Array(size);
  const view = new DataView(events.buffer);
  const inner = new FieldReader(bytes, 0, 0);
  if (event !== undefined) for (let at = 0; at < size; at += eventSize) presetRecord(event, view, at);
  let index = 0;
  while (reader.next()) {
    if (reader.field !== LIST_FIELD) continue;
    const at = Math.min(index, size / eventSize - 1) * eventSize;
    const name = (): string => `${list}[${at / eventSize}]`;
    if (event === undefined) readU128(reader, bytes, view, at, name);
    else readRecord(event, inner.reset(reader.start, reader.end), bytes, view, at, name);
    index++;
  }
  return events;
}

/** Undefined: its filter has none, and the operation alone says how many replies there are. */
function limitOf({ event }: ProtoOperation, events: Uint8Array): number | undefined {
  const limit = event?.fields.find(({ name }) => name === 'limit');
  if (limit === undefined) return undefined;
  return new DataView(events.buffer, events.byteOffset, events.byteLength).getUint32(limit.offset, true);
}

/** Bytes of the largest reply that a request can have. */
export function replySizeMax({ operation, count, events, packed }: GrpcEvents): number {
  const { eventsMax, repliesMax, replySize } = operationShapes[operation];
  const proto = protoOperations[operation]!;
  const replies = eventsMax === 1 ? Math.min(repliesMax, limitOf(proto, events) ?? repliesMax) : count;
  return replies * (packed ? replySize : messageSizeMax(proto.reply) + 4) + FRAMING_MAX;
}

/** The reply's own message: `size` bytes of records from byte `at`. */
export function writeReply(
  writer: FieldWriter,
  operation: number,
  packed: boolean,
  cells: Cells,
  at: number,
  size: number,
): void {
  if (packed) {
    writer.room(size + 8);
    writer.tag(PACKED_FIELD, WireType.bytes);
    writer.varint(size);
    writer.copy(cells.bytes, at, size);
  } else {
    writeRecords(protoOperations[operation]!.reply, LIST_FIELD, writer, cells, at, size);
  }
}

/** The same, as the answer to one request of a stream; `op`: the last one that the server has vouched for. */
export function writeStreamReply(
  writer: FieldWriter,
  request: GrpcRequest,
  packed: boolean,
  cells: Cells,
  at: number,
  size: number,
  op: number,
): void {
  writeId(writer, request);
  writer.room(24);
  if (op !== 0) {
    writer.tag(OP_FIELD, WireType.varint);
    writer.varint64(op >>> 0, Math.floor(op / 2 ** 32));
  }
  writer.tag(request.operation, WireType.bytes);
  if (packed) {
    writer.varint(1 + varintSize(size) + size);
    writeReply(writer, request.operation, true, cells, at, size);
    return;
  }
  const inner = new FieldWriter(Math.min(size, 4096) + FRAMING_MAX);
  writeReply(inner, request.operation, false, cells, at, size);
  writer.room(inner.at + 8);
  writer.varint(inner.at);
  writer.copy(inner.bytes, 0, inner.at);
}

export function writeStreamError(writer: FieldWriter, request: GrpcRequest, error: TallystickError): void {
  writeId(writer, request);
  writer.message(ERROR_FIELD, (inner) => writeError(inner, error));
}

function writeId(writer: FieldWriter, { idLow, idHigh }: Pick<GrpcRequest, 'idLow' | 'idHigh'>): void {
  writer.room(12);
  if (idLow === 0 && idHigh === 0) return;
  writer.tag(ID_FIELD, WireType.varint);
  writer.varint64(idLow, idHigh);
}

/** The message `Error`. */
export function writeError(writer: FieldWriter, error: TallystickError): void {
  const { status, outcomeUnknown } = grpcOf(error.code);
  writer.text(1, error.code);
  writer.text(2, error.message);
  writer.number(3, error.retriable);
  writer.text(4, error.next);
  writer.number(5, outcomeUnknown);
  writer.number(6, retryAfterMs(error));
  writer.number(7, status);
}

/** A request of a stream, its events packed. */
export function writeStreamRequest(
  writer: FieldWriter,
  request: {
    readonly id: number;
    readonly lane: number;
    readonly operation: number;
    readonly traceparent?: string | undefined;
    readonly timeoutMs?: number | undefined;
  },
  events: Uint8Array,
): void {
  const size = events.length;
  writeId(writer, { idLow: request.id, idHigh: 0 });
  writer.number(LANE_FIELD, request.lane);
  if (request.traceparent?.length === TRACE_SIZE) writer.text(TRACE_FIELD, request.traceparent);
  writer.number(TIMEOUT_FIELD, request.timeoutMs ?? 0);
  writer.room(size + FRAMING_MAX);
  writer.tag(request.operation, WireType.bytes);
  writer.varint(1 + varintSize(size) + size);
  writer.tag(PACKED_FIELD, WireType.bytes);
  writer.varint(size);
  writer.copy(events, 0, size);
}

/** A reply of a stream: an error, or where its packed records lie. */
export interface GrpcReply {
  readonly id: number;
  /** The last op that the server has vouched for. */
  readonly op: number;
  readonly error: TallystickError | undefined;
  readonly start: number;
  readonly end: number;
}

/** Throws `frame_invalid`. */
export function readStreamReply(bytes: Uint8Array): GrpcReply {
  const reader = new FieldReader(bytes, 0, bytes.length);
  const reply: { -readonly [field in keyof GrpcReply]: GrpcReply[field] } = {
    id: 0,
    op: 0,
    error: undefined,
    start: 0,
    end: 0,
  };
  while (reader.next()) {
    if (reader.field === ID_FIELD && reader.wireType === WireType.varint) {
      reply.id = reader.low;
    } else if (reader.field === OP_FIELD && reader.wireType === WireType.varint) {
      reply.op = reader.low + reader.high * 2 ** 32;
    } else if (reader.field === ERROR_FIELD && reader.wireType === WireType.bytes) {
      reply.error = readError(bytes, reader.start, reader.end);
    } else if (protoOperations[reader.field] !== undefined && reader.wireType === WireType.bytes) {
      const inner = new FieldReader(bytes, reader.start, reader.end);
      while (inner.next()) {
        if (inner.field === PACKED_FIELD && inner.wireType === WireType.bytes) {
          reply.start = inner.start;
          reply.end = inner.end;
        }
      }
    }
  }
  return reply;
}
