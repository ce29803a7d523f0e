/**
 * Calls of one kind that are open, counted by connection and together: each costs some 8 KiB, whatever its client does
 * with it.
 */
import { constants, type ServerHttp2Stream } from 'node:http2';

export class CallCount {
  readonly #connectionMax: number;
  readonly #max: number;
  readonly #whenFull: 'nobody comes in' | 'the oldest goes';
  readonly #byConnection = new WeakMap<object, number>();
  /** The oldest first. */
  readonly #open = new Map<ServerHttp2Stream, { leave(): void }>();

  /** Calls of one connection, and of all. */
  constructor(connectionMax: number, max: number, whenFull: 'nobody comes in' | 'the oldest goes' = 'nobody comes in') {
    this.#connectionMax = connectionMax;
    this.#max = max;
    this.#whenFull = whenFull;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Undefined: one too many. Otherwise the call counts until it closes, or `leave` is called. */
  enter(stream: ServerHttp2Stream): { leave(): void } | undefined {
    const { session } = stream;
    const of = session === undefined ? 0 : (this.#byConnection.get(session) ?? 0);
    if (session === undefined || of >= this.#connectionMax || !this.#hasRoom()) return undefined;
    this.#byConnection.set(session, of + 1);
    const leave = (): void => {
      if (!this.#open.delete(stream)) return;
      stream.off('close', leave);
      this.#byConnection.set(session, this.#byConnection.get(session)! - 1);
    };
    const place = { leave };
    this.#open.set(stream, place);
    stream.once('close', leave);
    return place;
  }

  #hasRoom(): boolean {
    if (this.#open.size < this.#max) return true;
    if (this.#whenFull === 'nobody comes in') return false;
    for (const [stream, place] of this.#open) {
      place.leave();
      stream.close(constants.NGHTTP2_CANCEL);
      break;
    }
    return true;
  }
}
