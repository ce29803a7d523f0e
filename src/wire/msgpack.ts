/**
 * Messages of the MessagePack door. A frame is a 4-byte big-endian length and that many bytes of MessagePack:
 *
 *   request   {id, op, events, lane?}  or  [id, op, events, lane?]      id: whole number or text, comes back with the reply
 *   reply     {id, results}  or  [id, null, results]
 *   refusal   {id, error: {code, message, retriable, next}}  or  [id, error, null]
 *
 * Whoever sends arrays gets arrays. u128 are decimal text in replies; requests may also give whole numbers, UUIDs or 16 bytes, most significant first.
 */
import { Decoder, Encoder } from '@msgpack/msgpack';
import { type Cells, invalid } from '../model/index.ts';
import { recordsSizeMax, writeRecords } from './msgpack-writer.ts';
import type { PlainRecord } from './values.ts';

export const FRAME_SIZE_MAX: number = 1024 * 1024;

export type MessageId = number | bigint | string;

export interface Message {
  readonly id: MessageId;
  readonly operation: string;
  readonly events: unknown;
  readonly lane: unknown;
  /** The sender speaks arrays. */
  readonly asArray: boolean;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
  readonly next: string;
}

const FRAME_HEADER = 4;
/** Bytes of a reply's map or array around id and results. */
const ENVELOPE_MAX = 16;
const ID_NAME = Buffer.from('\xa2id', 'latin1');
const RESULTS_NAME = Buffer.from('\xa7results', 'latin1');

const encoder = new Encoder({ useBigInt64: true, initialBufferSize: 4096 });
/** Nothing that a frame says about sizes makes the decoder allocate more than the frame could hold. */
const decoder = new Decoder({
  useBigInt64: true,
  maxStrLength: 1024,
  maxBinLength: FRAME_SIZE_MAX,
  maxArrayLength: 8192,
  maxMapLength: 64,
  maxExtLength: 16,
});

/** The message in a frame. Throws `invalid_argument`; then the sender's id is not known. */
export function decodeMessage(bytes: Uint8Array): Message {
  let value: unknown;
  try {
    value = decoder.decode(bytes);
  } catch (error) {
    throw invalid(`the frame is not MessagePack: ${(error as Error).message}`);
  }
  const asArray = Array.isArray(value);
  if (!asArray && (typeof value !== 'object' || value === null)) throw invalid('a message is a map or an array');
  const fields = value as { readonly [key: string]: unknown };
  const [id, operation, events, lane] = asArray
    ? (value as unknown[])
    : [fields.id, fields.op, fields.events, fields.lane];
  if (typeof id !== 'number' && typeof id !== 'bigint' && typeof id !== 'string') {
    throw invalid('a message has an id: a whole number or text');
  }
  if (typeof operation !== 'string') throw invalid('a message has an op: the name of an operation');
  return { id, operation, events, lane, asArray };
}

/** A reply frame with the records in `size` bytes at `at`. */
export function encodeReply(
  message: Pick<Message, 'id' | 'asArray'>,
  record: PlainRecord,
  cells: Cells,
  at: number,
  size: number,
): Buffer {
  const id = encoder.encodeSharedRef(message.id);
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + id.length + ENVELOPE_MAX + recordsSizeMax(record, size));
  let end = FRAME_HEADER;
  if (message.asArray) {
    bytes[end++] = 0x93;
    bytes.set(id, end);
    end += id.length;
    bytes[end++] = 0xc0;
  } else {
    bytes[end++] = 0x82;
    bytes.set(ID_NAME, end);
    bytes.set(id, end + ID_NAME.length);
    end += ID_NAME.length + id.length;
    bytes.set(RESULTS_NAME, end);
    end += RESULTS_NAME.length;
  }
  end = writeRecords(bytes, end, record, cells, at, size);
  bytes.writeUInt32BE(end - FRAME_HEADER, 0);
  return bytes.subarray(0, end);
}

/** `message` is undefined when the frame could not be read as one. */
export function encodeRefusal(message: Pick<Message, 'id' | 'asArray'> | undefined, error: Refusal): Uint8Array {
  if (message?.asArray === true) return frame([message.id, error, null]);
  return frame({ id: message?.id ?? null, error });
}

function frame(value: unknown): Uint8Array {
  const body = encoder.encodeSharedRef(value);
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length);
  bytes.set(body, 4);
  return bytes;
}
