/** `tallystick id`: a new id, or one in all of its spellings: each door writes ids in its own way. */
import { formatUuid, id, parseUuid, TallystickError } from 'tallystick';

const U128_MAX = 2n ** 128n - 1n;
/** Base64 of 16 bytes at most, as gRPC's JSON has it. */
const BASE64 = /^[A-Za-z0-9+/]{2,22}(==?)?$/;

export interface IdOptions {
  /** The text is base64 of little-endian bytes. */
  readonly grpc?: boolean;
  readonly json?: boolean;
}

/** Prints one spelling a line, or an object. Throws `invalid_argument`. */
export function printId(text: string | undefined, { grpc, json }: IdOptions): void {
  const value = text === undefined ? id() : grpc === true ? fromBase64(text) : parseId(text);
  const spellings = {
    decimal: String(value),
    hex: `0x${value.toString(16)}`,
    uuid: formatUuid(value),
    grpc: base64Of(value),
  };
  if (json === true) console.log(JSON.stringify(spellings));
  else for (const [name, spelling] of Object.entries(spellings)) console.log(`${name.padEnd(8)} ${spelling}`);
}

/** An id in decimal, hex or as a UUID. Throws `invalid_argument`. */
export function parseId(text: string): bigint {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    const value = BigInt(text);
    if (value <= U128_MAX) return value;
  }
  const uuid = parseUuid(text);
  if (uuid !== undefined) return uuid;
  throw new TallystickError(
    'invalid_argument',
    `${text} is no id: give a number below 2^128, 0x and hex, or a UUID; --grpc takes base64`,
  );
}

/** Missing bytes are zero. */
function fromBase64(text: string): bigint {
  const bytes = BASE64.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length > 16) {
    throw new TallystickError('invalid_argument', `${text} is not base64 of up to 16 bytes`);
  }
  return BigInt(`0x${bytes.reverse().toString('hex')}`);
}

/** Little-endian; servers take fewer bytes than 16, and missing ones are zero. */
function base64Of(value: bigint): string {
  const bytes = Buffer.from(value.toString(16).padStart(32, '0'), 'hex').reverse();
  return bytes.subarray(0, Math.max(1, bytes.findLastIndex((byte) => byte !== 0) + 1)).toString('base64');
}
