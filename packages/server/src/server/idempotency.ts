/**
 * What makes a request the same when it is sent again, at doors whose clients name it: by a key of its own, or by a
 * session and a number.
 */
import { createHash } from 'node:crypto';
import { invalid, type Once, type Operation, operationShapes } from 'tallystick/internal/model';
import { crc32 } from 'tallystick/internal/platform';

/** The header and metadata that hold the key of a request. */
export const KEY_HEADER = 'idempotency-key';
const KEY_SIZE_MAX = 255;
const U32_MAX = 0xffff_ffff;

/** Context of a create whose client named it; nothing where it did not, or where nothing is created. */
export interface Named {
  readonly once?: Once;
}
const UNNAMED: Named = {};

/** By its key, which is a session with one request. Throws `invalid_argument`. */
export function namedByKey(key: unknown, operation: Operation, events: Uint8Array): Named {
  if (key === undefined) return UNNAMED;
  return named('key', textOf(key, KEY_HEADER), 1, operation, events, NOTHING_KNOWN);
}

/** What a client says of the replies that it has. */
export interface Known {
  /** Those to requests before that number it does not need any more. */
  readonly answered: number;
  /** Of a request that it sends again: the last op that it knew when it sent it first. */
  readonly since: number | undefined;
}
const NOTHING_KNOWN: Known = { answered: 0, since: undefined };

/** By its session and its number. Throws `invalid_argument`. */
export function namedBySession(
  session: unknown,
  request: unknown,
  operation: Operation,
  events: Uint8Array,
  known: Known = NOTHING_KNOWN,
): Named {
  if ((session ?? undefined) === undefined && (request ?? undefined) === undefined) return UNNAMED;
  const number = typeof request === 'bigint' ? Number(request) : request;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > U32_MAX) {
    throw invalid('the request of a session is a whole number from 0 to 4294967295');
  }
  return named('session', textOf(session, 'a session'), number, operation, events, known);
}

function textOf(text: unknown, what: string): string {
  if (typeof text === 'string' && text.length <= KEY_SIZE_MAX && /^[\x20-\x7e]+$/.test(text)) return text;
  throw invalid(`${what} is text of 1 to ${KEY_SIZE_MAX} printable ASCII characters`);
}

/** `kind`: a key is not the session of the same text. */
function named(
  kind: string,
  text: string,
  request: number,
  operation: Operation,
  events: Uint8Array,
  { answered, since }: Known,
): Named {
  if (!operationShapes[operation].journalled) return UNNAMED;
  const session = createHash('sha256').update(`${kind} ${text}`).digest().toString('latin1', 0, 16);
  // A client that does not say what it knew has no reply to lose: a request without a kept one is new.
  return { once: { session, request, checksum: crc32(events), answered, again: { since } } };
}
