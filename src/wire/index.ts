export {
  decodeMessage,
  encodeRefusal,
  encodeReply,
  FRAME_SIZE_MAX,
  type Message,
  type MessageId,
  type Refusal,
} from './msgpack.ts';
export {
  BODY_CELLS_MAX,
  CELL_SIZE,
  Control,
  cellsOf,
  checkBody,
  checkHeader,
  type FrameBytes,
  type FrameHeader,
  FrameOffset,
  FrameStatus,
  frameSize,
  invalidFrame,
  sealFrame,
  VERSION,
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
export { copyBody, type Frame, FrameReader, joinBody } from './native-reader.ts';
export { type OperationByName, operationsByName, runByName } from './operations.ts';
export { type Plain, toInput, toPlain, wideOf } from './values.ts';
