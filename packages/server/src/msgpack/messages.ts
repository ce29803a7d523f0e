/**
 * Messages of the MessagePack door. A frame is a 4-byte big-endian length and that many bytes of MessagePack:
 *
 *   request   {id, op, events, lane?, traceparent?, timeout_ms?, session?, request?,
 *              consistency?}
 *             or  an array of these, in that order          id: whole number or text, comes back with the reply
 *   hello     {id, op: 'hello', token?, pin?}  or  [id, 'hello', token?, pin?]     first, where the server wants
 *                                                                            to know who asks
 *   welcome   {id, results: [], pin}  or  [id, null, [], pin]            which ledger this is: docs/guides/pins.md
 *   reply     {id, results, op?}  or  [id, null, results, op?]   op: the last one that the server has vouched for
 *   of a stale read, where `consistency` was 'stale', with `age_ms` behind the op
 *   refusal   {id, error: {code, message, retriable, next, retry_after_ms?}}  or  [id, error, null]
 *
 * A client that sends arrays gets arrays. Records in replies are spelled as in JSON, without dates; requests may also
 * give whole numbers, UUIDs or 16 bytes, most significant first.
 */
import { Decoder, Encoder } from '@msgpack/msgpack';
import { type Cells, invalid, named, type TallystickError } from 'tallystick/internal/model';
import type { PlainRecord } from 'tallystick/internal/wire';
import { membersOf } from 'tallystick/internal/wire';
import { checkShape, eachName } from './shape.ts';
import { recordsSizeMax, writeNumber, writeRecords, writeWide } from './writer.ts';

export const FRAME_SIZE_MAX: number = 1024 * 1024;

/** Not an operation of the ledger: says who asks. */
export const HELLO = 'hello';
/** Bytes of a hello at most: who has not said who they are gets no more of our memory. */
export const HELLO_FRAME_SIZE_MAX: number = 16 * 1024;

export type MessageId = number | bigint | string;

export interface Message {
  readonly id: MessageId;
  readonly operation: string;
  /** Events, or the token of a hello. */
  readonly events: unknown;
  readonly lane: unknown;
  /** The caller's span, if it is named. */
  readonly caller: { readonly traceparent?: string };
  /** The pin of a hello: the ledger that the server must have. */
  readonly pin: unknown;
  /** For how long the caller waits, if it says. */
  readonly timeout: unknown;
  /** With `request`, what makes it the same when it is sent again. */
  readonly session: unknown;
  readonly request: unknown;
  /** `stale`: a node of a cluster may answer a read from what it has. */
  readonly consistency: unknown;
  /** The sender speaks arrays. */
  readonly asArray: boolean;
  /** Why it cannot be taken although it says who asks. */
  readonly complaint: TallystickError | undefined;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
  readonly next: string;
  /** Where that is known. */
  readonly retry_after_ms?: number;
}

const FRAME_HEADER = 4;
/** Bytes of a reply around its results: the frame's header, map or array with names, an id that is no text. */
const ENVELOPE_MAX = 64;
const ID_NAME = Buffer.from('\xa2id', 'latin1');
const RESULTS_NAME = Buffer.from('\xa7results', 'latin1');
const OP_NAME = Buffer.from('\xa2op', 'latin1');
const AGE_NAME = Buffer.from('\xa6age_ms', 'latin1');

const encoder = new Encoder({ useBigInt64: true, initialBufferSize: 4096 });
/**
 * With {@link checkShape} before it, nothing that a frame says about sizes makes it allocate more than the frame could
 * hold.
 */
const decoder = new Decoder({
  useBigInt64: true,
  maxStrLength: HELLO_FRAME_SIZE_MAX,
  maxBinLength: FRAME_SIZE_MAX,
  maxArrayLength: 8192,
  maxMapLength: 64,
  maxExtLength: 16,
});

/** The message in a frame. Throws `invalid_argument`; then the sender's id is not known. */
export function decodeMessage(bytes: Uint8Array): Message {
  const members = checkShape(bytes);
  let value: unknown;
  try {
    value = decoder.decode(bytes);
  } catch (error) {
    throw invalid(`the frame is not MessagePack: ${(error as Error).message}`);
  }
  if (membersOf(value) !== members) throw invalid(`${twiceIn(bytes)} is there twice`);
  const asArray = Array.isArray(value);
  if (!asArray && (typeof value !== 'object' || value === null)) throw invalid('a message is a map or an array');
  const fields = value as { readonly [key: string]: unknown };
  const [id, operation, events, lane, traceparent, timeout, session, request, consistency] = asArray
    ? (value as unknown[])
    : [
        fields.id,
        fields.op,
        fields.op === HELLO ? fields.token : fields.events,
        fields.op === HELLO ? fields.pin : fields.lane,
        fields.traceparent,
        fields.timeout_ms,
        fields.session,
        fields.request,
        fields.consistency,
      ];
  if (typeof id !== 'number' && typeof id !== 'bigint' && typeof id !== 'string') {
    throw invalid('a message has an id: a whole number or text');
  }
  if (typeof operation !== 'string') throw invalid('a message has an op: the name of an operation');
  // A context that cannot be read is no error.
  const caller = typeof traceparent === 'string' ? { traceparent } : {};
  const complaint = complaintAbout(value as object, operation);
  const said = { id, operation, events, lane, pin: lane, caller, timeout, session, request, consistency };
  return { ...said, asArray, complaint };
}

const FIELDS: readonly string[] = [
  'id',
  'op',
  'events',
  'lane',
  'traceparent',
  'timeout_ms',
  'session',
  'request',
  'consistency',
];
const HELLO_FIELDS: readonly string[] = ['id', 'op', 'token', 'pin'];

/** A field that is misspelt must not pass for one that is left out. */
function complaintAbout(message: object, operation: string): TallystickError | undefined {
  const fields = operation === HELLO ? HELLO_FIELDS : FIELDS;
  if (Array.isArray(message)) {
    return message.length > fields.length ? invalid(`a message has ${fields.length} places at most`) : undefined;
  }
  const unknown = Object.keys(message).find((name) => !fields.includes(name));
  return unknown === undefined ? undefined : invalid(`a message has no field ${named(unknown)}`);
}

/** The path of the first name that a map has twice, of a message in which one has. */
function twiceIn(bytes: Uint8Array): string {
  const seen = new Set<string>();
  let found = 'a field';
  eachName(bytes, (path, from, to) => {
    const name = String(decoder.decode(bytes.subarray(from, to)));
    const whole = path === '' ? named(name) : `${path}.${named(name)}`;
    // The length parts names that are shown alike.
    const key = `${path.length} ${path}.${name}`;
    if (!seen.has(key)) {
      seen.add(key);
      return false;
    }
    found = whole;
    return true;
  });
  return found;
}

/** The asker of a message, and the form of its answer. */
export type Asker = Pick<Message, 'id' | 'asArray'>;

/** Bytes that {@link writePackedReply} wants: no reply is larger, and of one that is too large no more is written. */
export function packedReplyRoom(asker: Asker, record: PlainRecord, count: number): number {
  const id = typeof asker.id === 'string' ? asker.id.length * 3 : 0;
  return ENVELOPE_MAX + id + Math.min(recordsSizeMax(record, count), FRAME_SIZE_MAX + recordsSizeMax(record, 1));
}

/**
 * Writes a reply frame with the records in `size` bytes at `from`, the last op that the server has vouched for (0: none
 * is told), and of a stale read its age, milliseconds; where it ended, or -1 when it has more than
 * {@link FRAME_SIZE_MAX} bytes.
 */
export function writePackedReply(
  to: Buffer,
  at: number,
  asker: Asker,
  record: PlainRecord,
  cells: Cells,
  from: number,
  size: number,
  op: number,
  ageMs?: number,
): number {
  // An array has the age in the place behind the op, so that it has an op then, too.
  const told = ageMs !== undefined ? 2 : op === 0 ? 0 : 1;
  const body = at + FRAME_HEADER;
  let end = body;
  if (asker.asArray) {
    to[end++] = 0x93 + told;
    end = writeId(to, end, asker.id);
    to[end++] = 0xc0;
  } else {
    to[end++] = 0x82 + told;
    to.set(ID_NAME, end);
    end = writeId(to, end + ID_NAME.length, asker.id);
    to.set(RESULTS_NAME, end);
    end += RESULTS_NAME.length;
  }
  end = writeRecords(to, end, record, cells, from, size, body + FRAME_SIZE_MAX);
  if (end < 0) return -1;
  if (told > 0) {
    if (!asker.asArray) {
      to.set(OP_NAME, end);
      end += OP_NAME.length;
    }
    end = writeWide(to, end, op >>> 0, Math.floor(op / 2 ** 32));
  }
  if (ageMs !== undefined) {
    if (!asker.asArray) {
      to.set(AGE_NAME, end);
      end += AGE_NAME.length;
    }
    end = writeNumber(to, end, ageMs);
  }
  if (end - body > FRAME_SIZE_MAX) return -1;
  to.writeUInt32BE(end - body, at);
  return end;
}

function writeId(to: Buffer, at: number, id: MessageId): number {
  if (typeof id === 'number' && id >= 0 && id <= 0xffff_ffff && Number.isInteger(id)) return writeNumber(to, at, id);
  const bytes = encoder.encodeSharedRef(id);
  to.set(bytes, at);
  return at + bytes.length;
}

/** A reply without results that tells which ledger this is. */
export function encodeWelcomed({ id, asArray }: Asker, pin: string): Uint8Array {
  return frame(asArray ? [id, null, [], pin] : { id, results: [], pin });
}

/** `message` is undefined when the frame could not be read as one. */
export function encodeRefusal(message: Asker | undefined, error: Refusal): Uint8Array {
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
