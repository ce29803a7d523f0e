/** MessagePack: the messages of its door to operations and back, without sockets. */
export {
  type Asker,
  decodeMessage,
  encodeRefusal,
  encodeWelcomed,
  FRAME_SIZE_MAX,
  HELLO,
  HELLO_FRAME_SIZE_MAX,
  type Message,
  type MessageId,
  packedReplyRoom,
  type Refusal,
  writePackedReply,
} from './messages.ts';
export { type PlainTransfers, readTransfers } from './transfers.ts';
