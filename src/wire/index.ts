export {
  decodeMessage,
  encodeRefusal,
  encodeReply,
  FRAME_SIZE_MAX,
  type Message,
  type MessageId,
  type Refusal,
} from './msgpack.ts';
export { type OperationByName, operationsByName, runByName } from './operations.ts';
export { type Plain, toInput, toPlain, wideOf } from './values.ts';
