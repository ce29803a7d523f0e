export { type ProtoOperation, protoOperations } from './gen/grpc.ts';
export { changesSizeMax, type GrpcFollow, readFollow, writeChanges } from './grpc-changes.ts';
export { type GrpcEvents, type GrpcForm, readEvents, replySizeMax, requestSizeMax, writeReply } from './grpc-events.ts';
export { GRPC_PREFIX_SIZE, GrpcFrameReader, GrpcFrameWriter } from './grpc-frames.ts';
export {
  GrpcLane,
  type GrpcReply,
  type GrpcRequest,
  readRequest,
  readStreamReply,
  writeError,
  writeStreamError,
  writeStreamReply,
  writeStreamRequest,
} from './grpc-messages.ts';
export type { GrpcNamed } from './grpc-named.ts';
export { FieldReader, FieldWriter, malformed, varintSize, WireType } from './grpc-protobuf.ts';
export {
  asTallystickError,
  type GrpcMeaning,
  GrpcStatus,
  grpcOf,
  readError,
  readStatusDetails,
  retryAfterMs,
  statusDetails,
} from './grpc-status.ts';
export {
  bitNames,
  jsonSizeMax,
  objectToJson,
  type PlainValue,
  plainNames,
  plainObject,
  recordsToJson,
  recordToJson,
  spelled,
} from './json.ts';
export { readJson } from './json-reader.ts';
export { membersOf } from './members.ts';
export {
  Asking,
  askAgain,
  BODY_CELLS_MAX,
  Control,
  cellsCount,
  checkBody,
  checkHeader,
  type FrameBytes,
  type FrameHeader,
  frameSize,
  invalidFrame,
  opAt,
  resealHeader,
  sealFrame,
} from './native.ts';
export {
  decodeError,
  decodeHello,
  decodeWelcome,
  encodeError,
  encodeHello,
  encodeWelcome,
  HELLO_CELLS_MAX,
  type Hello,
  type Welcome,
} from './native-hello.ts';
export { type Frame, FrameReader } from './native-reader.ts';
export { clearTrace, putTrace, traceAt } from './native-trace.ts';
export {
  eventsRoom,
  type OperationByName,
  operationsByName,
  type PackedEvents,
  packEvents,
  repliesMax,
} from './operations.ts';
export {
  type PlainField,
  type PlainRecord,
  plainRecords,
  readField,
} from './plain.ts';
export { recordLine, type TextFields, textFields } from './record-text.ts';
export { type Slab, Slabs } from './slabs.ts';
export { packRecord, packWide, wideOf } from './values.ts';
