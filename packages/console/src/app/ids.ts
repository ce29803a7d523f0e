/** Ids: 128 bits that are made once, before the first attempt, and kept until it is answered. */

const ID_MAX = 2n ** 128n - 1n;

/** Decimal text. The first 48 bits are the milliseconds since the epoch, so that ids made later are larger. */
export function freshId(): string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  let id = BigInt(Date.now()) << 80n;
  id |= (BigInt(random[0]! & 0xffff) << 64n) | (BigInt(random[1]!) << 32n) | BigInt(random[2]!);
  return String(id);
}

/** The key of a request: a random UUID. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Decimal text of an id that was typed as a number, `0x` text or a UUID; undefined: it is none. */
export function readId(typed: string): string | undefined {
  const text = typed.trim();
  const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
  if (!uuid && !/^(?:\d{1,39}|0x[0-9a-f]{1,32})$/i.test(text)) return undefined;
  const value = BigInt(uuid ? `0x${text.replaceAll('-', '')}` : text);
  return value > 0n && value < ID_MAX ? String(value) : undefined;
}

/** The beginning and the end of a long id, between which people compare. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `${id.slice(0, 4)}…${id.slice(-6)}`;
}

export function uuidOf(id: string): string {
  const text = BigInt(id).toString(16).padStart(32, '0');
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
