/**
 * What a pipeline and its stages say to each other: frames on a byte stream, little-endian.
 *
 *   u32 size of what follows | u32 kind | u32 number of the request to the stage | payload
 *
 *   forward   u32 rows | rows x (u32 request, u32 position, u32 tokens) | i32 ids or f32 hidden of all tokens
 *   result    f32 hidden of all tokens, or logits of each row's last token
 *   failed    JSON { code, message }: nothing was computed
 *   free      requests x u32: their keys and values are forgotten
 *   hello     JSON: what the stage is; it comes first
 */
import { TallystickError } from 'tallystick/internal';

const kinds = { hello: 1, forward: 2, result: 3, failed: 4, free: 5 } as const;
export const FrameKind: typeof kinds = kinds;

/** Tokens of one request that go through a stage together. */
export interface Row {
  /** Number of the request, which its pipeline gave it. */
  readonly request: number;
  /** Place of the first token in the request's text. */
  readonly position: number;
  readonly tokens: number;
}

export interface Frame {
  readonly kind: number;
  readonly number: number;
  /** Begins at a multiple of 8 bytes of its buffer. */
  readonly payload: Uint8Array;
}

const HEAD = 12;
/** 512 MiB: logits of 8 rows and hidden states of long prompts stay far below. */
const SIZE_MAX = 2 ** 29;
const ROW_WORDS = 3;

export function frameOf(kind: number, number: number, parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(HEAD + size);
  const view = new DataView(frame.buffer);
  view.setUint32(0, HEAD - 4 + size, true);
  view.setUint32(4, kind, true);
  view.setUint32(8, number, true);
  let at = HEAD;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

export const bytesOf = (data: Int32Array | Uint32Array | Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

export function forwardFrame(number: number, rows: readonly Row[], data: Int32Array | Float32Array): Uint8Array {
  const words = new Uint32Array(1 + ROW_WORDS * rows.length);
  words[0] = rows.length;
  for (const [index, { request, position, tokens }] of rows.entries()) {
    words.set([request, position, tokens], 1 + ROW_WORDS * index);
  }
  return frameOf(kinds.forward, number, [bytesOf(words), bytesOf(data)]);
}

/** Throws `frame_invalid`. `data` holds words of 4 bytes: ids or floats. */
export function readForward(payload: Uint8Array): { rows: Row[]; data: ArrayBuffer } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const count = payload.length >= 4 ? view.getUint32(0, true) : 0;
  const end = 4 + 4 * ROW_WORDS * count;
  if (count === 0 || end > payload.length || payload.length % 4 !== 0) throw invalidFrame('its rows are not whole');
  const rows: Row[] = [];
  for (let at = 4; at < end; at += 4 * ROW_WORDS) {
    rows.push({
      request: view.getUint32(at, true),
      position: view.getUint32(at + 4, true),
      tokens: view.getUint32(at + 8, true),
    });
  }
  const data = new Uint8Array(payload.subarray(end));
  return { rows, data: data.buffer };
}

/** Throws `frame_invalid`. */
export function readFloats(payload: Uint8Array): Float32Array {
  if (payload.length % 4 !== 0) throw invalidFrame('its numbers are not whole');
  return new Float32Array(payload.buffer, payload.byteOffset, payload.length / 4);
}

export const jsonFrame = (kind: number, number: number, value: object): Uint8Array =>
  frameOf(kind, number, [new TextEncoder().encode(JSON.stringify(value))]);

/** Throws `frame_invalid`. */
export function readJson<T>(payload: Uint8Array): T {
  try {
    return JSON.parse(new TextDecoder().decode(payload)) as T;
  } catch {
    throw invalidFrame('its JSON cannot be read');
  }
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  readonly #take: (frame: Frame) => void;
  readonly #head = new Uint8Array(HEAD);
  #headSize = 0;
  #payload: Uint8Array | undefined;
  #filled = 0;

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /** Throws `frame_invalid`; then the stream is good for nothing more. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length || this.#isWhole; ) {
      if (this.#payload === undefined) {
        const part = chunk.subarray(at, at + HEAD - this.#headSize);
        this.#head.set(part, this.#headSize);
        this.#headSize += part.length;
        at += part.length;
        if (this.#headSize === HEAD) this.#begin();
        continue;
      }
      const part = chunk.subarray(at, at + this.#payload.length - this.#filled);
      this.#payload.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#isWhole) this.#end(this.#payload);
    }
  }

  get #isWhole(): boolean {
    return this.#payload !== undefined && this.#filled === this.#payload.length;
  }

  #begin(): void {
    const size = new DataView(this.#head.buffer).getUint32(0, true);
    if (size < HEAD - 4 || size > SIZE_MAX) throw invalidFrame(`its size is ${size}`);
    this.#payload = new Uint8Array(size - (HEAD - 4));
    this.#filled = 0;
  }

  #end(payload: Uint8Array): void {
    const view = new DataView(this.#head.buffer);
    this.#payload = undefined;
    this.#headSize = 0;
    this.#filled = 0;
    this.#take({ kind: view.getUint32(4, true), number: view.getUint32(8, true), payload });
  }
}

function invalidFrame(why: string): TallystickError {
  return new TallystickError('frame_invalid', `a frame between stages cannot be read: ${why}`);
}
