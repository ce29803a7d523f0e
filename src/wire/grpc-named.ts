/** What makes a request of a stream of gRPC the same when it is sent again. */
import { type FieldReader, type FieldWriter, WireType } from './grpc-protobuf.ts';

const SESSION_FIELD = 5;
const REQUEST_FIELD = 6;
const ANSWERED_FIELD = 7;
const AGAIN_FIELD = 8;
const SINCE_FIELD = 9;

export interface GrpcNamed {
  readonly session: string | undefined;
  /** Its number within the session. */
  readonly number: number | undefined;
  /** Replies to requests before that number are not needed any more. */
  readonly answered: number;
  /** Its client has sent it before, and says what it knew then. */
  readonly again: boolean;
  /** The last op that its client knew when it sent it first. */
  readonly since: number;
}

export const NOT_NAMED: GrpcNamed = { session: undefined, number: undefined, answered: 0, again: false, since: 0 };

/** Reads the field at which the reader stands into `named`. False: it is none of these. */
export function readNamed(
  reader: FieldReader,
  named: { -readonly [name in keyof GrpcNamed]: GrpcNamed[name] },
): boolean {
  const { field, wireType, low, high } = reader;
  if (field === SESSION_FIELD && wireType === WireType.bytes) {
    named.session = reader.text();
    return true;
  }
  if (wireType !== WireType.varint) return false;
  if (field === REQUEST_FIELD) named.number = low;
  else if (field === ANSWERED_FIELD) named.answered = low;
  else if (field === AGAIN_FIELD) named.again = low !== 0;
  else if (field === SINCE_FIELD) named.since = low + high * 2 ** 32;
  else return false;
  return true;
}

export function writeNamed(writer: FieldWriter, { session, number, answered, again, since }: GrpcNamed): void {
  writer.text(SESSION_FIELD, session ?? '');
  writer.number(REQUEST_FIELD, number ?? 0);
  writer.number(ANSWERED_FIELD, answered);
  if (!again) return;
  writer.number(AGAIN_FIELD, again);
  writer.room(12);
  writer.tag(SINCE_FIELD, WireType.varint);
  writer.varint64(since >>> 0, Math.floor(since / 2 ** 32));
}
