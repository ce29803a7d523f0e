/** Reads request bodies: none larger than its limit, and together no more than theirs. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from './problem.ts';

export class BodyBudget {
  readonly #sizeMax: number;
  readonly #totalMax: number;
  #total = 0;

  /** Bytes of one body, and of all that are being read. */
  constructor(sizeMax: number, totalMax: number) {
    this.#sizeMax = sizeMax;
    this.#totalMax = totalMax;
  }

  /** Held now. */
  get total(): number {
    return this.#total;
  }

  read(request: IncomingMessage): Promise<Buffer> {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > this.#sizeMax) return Promise.reject(this.#tooLarge());
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (): void => {
        request.off('data', take);
        request.off('close', gone);
        this.#total -= size;
      };
      const take = (chunk: Buffer): void => {
        size += chunk.length;
        this.#total += chunk.length;
        chunks.push(chunk);
        if (size <= this.#sizeMax && this.#total <= this.#totalMax) return;
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
      request.on('data', take);
      request.once('close', gone);
      request.once('end', () => {
        finish();
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      });
    });
  }

  #tooLarge(): HttpError {
    return new HttpError(413, 'too_much_data', `a body may have ${this.#sizeMax} bytes`);
  }
}
