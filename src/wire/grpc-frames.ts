/**
 * gRPC's frames out of what an HTTP/2 stream delivers, chunk by chunk, and the five bytes that start one.
 *
 *   0 compressed (0) · 1 size u32, big-endian · 5 the message
 */
import { TallystickError } from '../model/index.ts';
import { FieldWriter, malformed } from './grpc-protobuf.ts';

export const GRPC_PREFIX_SIZE = 5;

/** Holds at most one message and the rest of the chunk behind it. A message that lies in one chunk is not copied. */
export class GrpcFrameReader {
  readonly #sizeMax: number;
  /** The unread part of the newest chunk. */
  #chunk: Uint8Array = nothing;
  #chunkAt = 0;
  /** A message that began in an earlier chunk. */
  #message: Uint8Array | undefined;
  #messageAt = 0;
  readonly #prefix = new Uint8Array(GRPC_PREFIX_SIZE);
  #prefixAt = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Only when `next` has returned undefined. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#chunkAt = 0;
  }

  /** Whether a message has begun and not ended. */
  get partial(): boolean {
    return this.#prefixAt > 0;
  }

  /** Bytes of the next message; undefined until they are known. Throws `too_much_data` or `frame_invalid`. */
  size(): number | undefined {
    while (this.#prefixAt < GRPC_PREFIX_SIZE) {
      if (this.#chunkAt === this.#chunk.length) return undefined;
      this.#prefix[this.#prefixAt++] = this.#chunk[this.#chunkAt++]!;
    }
    const [compressed, a, b, c, d] = this.#prefix as unknown as [number, number, number, number, number];
    if (compressed !== 0) throw malformed('a compressed message, of which nothing was said before');
    const size = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (size > this.#sizeMax) {
      throw new TallystickError('too_much_data', `a message of ${size} bytes; at most ${this.#sizeMax} are taken`);
    }
    return size;
  }

  /** The next message; undefined until it is whole. It may share its chunk's memory. Throws as `size` does. */
  next(): Uint8Array | undefined {
    const size = this.size();
    if (size === undefined) return undefined;
    const available = this.#chunk.length - this.#chunkAt;
    if (this.#message === undefined && available >= size) {
      const message = this.#chunk.subarray(this.#chunkAt, this.#chunkAt + size);
      this.#chunkAt += size;
      this.#prefixAt = 0;
      return message;
    }
    this.#message ??= new Uint8Array(size);
    const taken = Math.min(available, size - this.#messageAt);
    this.#message.set(this.#chunk.subarray(this.#chunkAt, this.#chunkAt + taken), this.#messageAt);
    this.#chunkAt += taken;
    this.#messageAt += taken;
    if (this.#messageAt < size) {
      this.#chunk = nothing;
      this.#chunkAt = 0;
      return undefined;
    }
    const message = this.#message;
    this.#message = undefined;
    this.#messageAt = 0;
    this.#prefixAt = 0;
    return message;
  }
}

const nothing = new Uint8Array(0);
const BLOCK_SIZE_MIN = 512;
const BLOCK_SIZE_MAX = 16 * 1024;

/** Messages one behind the other into one buffer, to be handed over together. */
export class GrpcFrameWriter {
  readonly #writer = new FieldWriter(BLOCK_SIZE_MIN);
  /** Bytes that are not yet handed over start here. */
  #start = 0;

  /** Bytes that are not yet handed over. */
  get size(): number {
    return this.#writer.at - this.#start;
  }

  /** Adds the message that `write` writes, with its prefix. */
  add(write: (writer: FieldWriter) => void): void {
    const writer = this.#writer;
    const prefix = writer.at;
    writer.room(GRPC_PREFIX_SIZE);
    writer.at += GRPC_PREFIX_SIZE;
    try {
      write(writer);
    } catch (error) {
      writer.at = prefix;
      throw error;
    }
    writer.bytes[prefix] = 0;
    writer.bytes.writeUInt32BE(writer.at - prefix - GRPC_PREFIX_SIZE, prefix + 1);
  }

  /**
   * The bytes that were added since the last call; they do not change any more. The next block is as large as this one
   * suggests.
   */
  take(): Buffer {
    const writer = this.#writer;
    const frames = writer.bytes.subarray(this.#start, writer.at);
    this.#start = writer.at;
    if (writer.at * 2 > writer.bytes.length) {
      writer.bytes = Buffer.allocUnsafe(Math.min(BLOCK_SIZE_MAX, Math.max(BLOCK_SIZE_MIN, frames.length * 4)));
      writer.at = 0;
      this.#start = 0;
    }
    return frames;
  }
}
