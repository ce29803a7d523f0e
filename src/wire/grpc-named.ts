/** What makes a request of a stream of gRPC the same when it is sent again. */
import { type FieldReader, type FieldWriter, WireType } from './grpc-protobuf.ts';

const SESSION_FIELD = 5;
const REQUEST_FIELD = 6;
const ANSWERED_FIELD = 7;
const SINCE_FIELD = 8;

export interface GrpcNamed {
  readonly session: string | undefined;
  /** Its number within the session. */
  readonly number: number | undefined;
  /** Replies to requests before that number are not needed any more. */
  readonly answered: number;
  /** Sent again: the last op that its client knew when it sent it first. */
  readonly since: number | undefined;
}

export const NOT_NAMED: GrpcNamed = { session: undefined, number: undefined, answered: 0, since: undefined };

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
  else if (field === SINCE_FIELD) named.since = low + high * 2 ** 32;
  else return false;
  return true;
}

export function writeNamed(writer: FieldWriter, { session, number, answered, since }: GrpcNamed): void {
  writer.text(SESSION_FIELD, session ?? '');
  writer.number(REQUEST_FIELD, number ?? 0);
  writer.number(ANSWERED_FIELD, answered);
  if (since === undefined) return;
  writer.room(12);
  writer.tag(SINCE_FIELD, WireType.varint);
  writer.varint64(since >>> 0, Math.floor(since / 2 ** 32));
}
