/** Requests and replies of a stream of the gRPC door, as proto/tallystick.proto has them. */
import type { Cells, TallystickError } from '../model/index.ts';
import { protoOperations } from './gen/grpc.ts';
import { FRAMING_MAX, type GrpcForm, PACKED_FIELD, writeReply } from './grpc-events.ts';
import { type GrpcNamed, NOT_NAMED, readNamed, writeNamed } from './grpc-named.ts';
import { FieldReader, FieldWriter, varintSize, WireType } from './grpc-protobuf.ts';
import { grpcOf, readError, retryAfterMs } from './grpc-status.ts';

const ID_FIELD = 1;
const LANE_FIELD = 2;
const TRACE_FIELD = 3;
const TIMEOUT_FIELD = 4;
const STALE_FIELD = 10;
/** Length of W3C's `traceparent`; text of another length names no span. */
const TRACE_SIZE = 55;
const ERROR_FIELD = 2;
/** Field number of `Reply.op`. */
const OP_FIELD = 3;
/** Field number of `Reply.age_ms`. */
const AGE_FIELD = 4;
export const GrpcLane = { unspecified: 0, normal: 1, high: 2, critical: 3 } as const;

/** One request of a stream: `bytes` from `start` to `end` are the operation's message, not yet looked into. */
export interface GrpcRequest extends GrpcNamed {
  readonly idLow: number;
  readonly idHigh: number;
  readonly lane: number;
  /** The caller's span. */
  readonly traceparent: string | undefined;
  /** For how long the caller waits, milliseconds; 0: it does not say. */
  readonly timeoutMs: number;
  /** A node of a cluster may answer from what it has. */
  readonly stale: boolean;
  /** 0: the request names none that is known here. */
  readonly operation: number;
  readonly start: number;
  readonly end: number;
}

/** Throws `frame_invalid`. */
export function readRequest(bytes: Uint8Array): GrpcRequest {
  const reader = new FieldReader(bytes, 0, bytes.length);
  const request: { -readonly [field in keyof GrpcRequest]: GrpcRequest[field] } = {
    idLow: 0,
    idHigh: 0,
    lane: 0,
    traceparent: undefined,
    timeoutMs: 0,
    stale: false,
    ...NOT_NAMED,
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
    } else if (reader.field === STALE_FIELD && reader.wireType === WireType.varint) {
      request.stale = reader.low !== 0;
    } else if (
      !readNamed(reader, request) &&
      protoOperations[reader.field] !== undefined &&
      reader.wireType === WireType.bytes
    ) {
      request.operation = reader.field;
      request.start = reader.start;
      request.end = reader.end;
    }
  }
  return request;
}

/** What a reply says of the ledger besides its records. */
export interface GrpcTold {
  /** The last op that the server vouches for. */
  readonly op: number;
  /** Milliseconds since the node was last known to have everything; told of stale reads. */
  readonly ageMs?: number;
}

/** An operation's reply, as the answer to one request of a stream. */
export function writeStreamReply(
  writer: FieldWriter,
  request: GrpcRequest,
  form: GrpcForm,
  cells: Cells,
  at: number,
  size: number,
  { op, ageMs = 0 }: GrpcTold,
): void {
  writeId(writer, request);
  writer.room(32);
  if (op !== 0) {
    writer.tag(OP_FIELD, WireType.varint);
    writer.varint64(op >>> 0, Math.floor(op / 2 ** 32));
  }
  if (request.stale) writer.number(AGE_FIELD, ageMs);
  writer.tag(request.operation, WireType.bytes);
  if (form === 'packed') {
    writer.varint(1 + varintSize(size) + size);
    writeReply(writer, request.operation, form, cells, at, size);
    return;
  }
  const inner = new FieldWriter(Math.min(size, 4096) + FRAMING_MAX);
  writeReply(inner, request.operation, form, cells, at, size);
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
    readonly stale?: boolean | undefined;
    readonly named?: GrpcNamed | undefined;
  },
  events: Uint8Array,
): void {
  const size = events.length;
  writeId(writer, { idLow: request.id, idHigh: 0 });
  writer.number(LANE_FIELD, request.lane);
  if (request.traceparent?.length === TRACE_SIZE) writer.text(TRACE_FIELD, request.traceparent);
  writer.number(TIMEOUT_FIELD, request.timeoutMs ?? 0);
  if (request.stale === true) writer.number(STALE_FIELD, true);
  if (request.named !== undefined) writeNamed(writer, request.named);
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
  /** How old the ledger was that a stale read shows, milliseconds. */
  readonly ageMs: number;
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
    ageMs: 0,
    error: undefined,
    start: 0,
    end: 0,
  };
  while (reader.next()) {
    if (reader.field === ID_FIELD && reader.wireType === WireType.varint) {
      reply.id = reader.low;
    } else if (reader.field === OP_FIELD && reader.wireType === WireType.varint) {
      reply.op = reader.low + reader.high * 2 ** 32;
    } else if (reader.field === AGE_FIELD && reader.wireType === WireType.varint) {
      reply.ageMs = reader.low;
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
