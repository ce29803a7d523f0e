/** Reads request bodies: none larger than its limit, and together no more than theirs. */
import type { IncomingMessage } from 'node:http';
import { Meter } from '../meter.ts';
import { HttpError } from './problem.ts';

export class Bodies {
  readonly #sizeMax: number;
  readonly #meter: Meter;

  /** Bytes of one body, and of all that are being read; `all`: the meter of all doors, which they count in. */
  constructor(sizeMax: number, totalMax: number, all?: Meter) {
    this.#sizeMax = sizeMax;
    this.#meter = new Meter(totalMax, all);
  }

  /** Held now. */
  get total(): number {
    return this.#meter.used;
  }

  read(request: IncomingMessage): Promise<Buffer> {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > this.#sizeMax) return Promise.reject(this.#tooLarge());
    return new Promise((resolve, reject) => {
      // In one piece: a body that comes byte by byte would have a buffer for each.
      let whole: Buffer | undefined;
      let size = 0;
      const finish = (): void => {
        request.off('data', take);
        request.off('close', gone);
        request.off('end', end);
        this.#meter.give(size);
      };
      const take = (chunk: Buffer): void => {
        const at = size;
        size += chunk.length;
        this.#meter.charge(chunk.length);
        if (whole === undefined) whole = chunk;
        else {
          whole = withRoom(whole, at, size, announced);
          chunk.copy(whole, at);
        }
        if (size <= this.#sizeMax && this.#meter.used <= this.#meter.max) return;
        const refused =
          size > this.#sizeMax
            ? this.#tooLarge()
            : new HttpError(503, 'lane_full', 'too many bodies are being read at a time; nothing was sent');
        finish();
        request.pause();
        reject(refused);
      };
      const gone = (): void => {
        finish();
        reject(new HttpError(400, 'frame_invalid', 'the request ended before its body was whole'));
      };
      const end = (): void => {
        finish();
        resolve((whole ?? Buffer.alloc(0)).subarray(0, size));
      };
      request.on('data', take);
      request.once('close', gone);
      request.once('end', end);
    });
  }

  #tooLarge(): HttpError {
    return new HttpError(413, 'too_much_data', `a body may have ${this.#sizeMax} bytes`);
  }
}

/**
 * Grows by doubling, or, where a size was announced, in three or four steps to just that: each buffer that is outgrown
 * stays until it is collected, which a busy thread does late. No step is more than eight times what has come, because
 * whoever announces much may send nothing.
 */
function withRoom(whole: Buffer, used: number, size: number, announced: number): Buffer {
  if (whole.length >= size) return whole;
  const step = announced > size * 8 ? size * 4 : announced;
  const larger = Buffer.allocUnsafe(Math.max(size, step > 0 ? step : whole.length * 2));
  whole.copy(larger, 0, 0, used);
  return larger;
}
