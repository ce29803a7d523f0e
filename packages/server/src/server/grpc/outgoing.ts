/**
 * Replies on their way to a client: written one behind the other into one buffer and handed to the stream together, at
 * the end of the turn. Handing over each reply of 30 bytes would cost thirty times as much
 * (docs/adr/0008-grpc-on-http2.md).
 */
import { type FieldWriter, GrpcFrameWriter } from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';

const FLUSH_SIZE = 16 * 1024;

export class Outgoing {
  readonly #call: GrpcCall;
  /** Gives back the cost of replies, once the kernel has them or nobody wants them. */
  readonly #written: (replies: number, cost: number) => void;
  readonly #frames = new GrpcFrameWriter();
  #replies = 0;
  #cost = 0;
  #scheduled = false;
  /** Handed over and not yet taken. */
  #standingReplies = 0;
  #standingCost = 0;
  #standingSince = 0;
  #closed = false;

  constructor(call: GrpcCall, written: (replies: number, cost: number) => void) {
    this.#call = call;
    this.#written = written;
    call.stream.once('close', () => this.#close());
  }

  /** Adds the reply that `write` writes. */
  add(cost: number, write: (writer: FieldWriter) => void): void {
    if (this.#closed || this.#call.ended) {
      this.#written(1, cost);
      return;
    }
    this.#frames.add(write);
    this.#replies++;
    this.#cost += cost;
    if (this.#frames.size >= FLUSH_SIZE) {
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  /** Hands over what was added. */
  flush(): void {
    if (this.#replies === 0) return;
    const replies = this.#replies;
    const cost = this.#cost;
    this.#replies = 0;
    this.#cost = 0;
    if (this.#standingReplies === 0) this.#standingSince = performance.now();
    this.#standingReplies += replies;
    this.#standingCost += cost;
    this.#call.write(this.#frames.take(), () => {
      if (this.#closed) return; // Given back when the stream closed.
      this.#standingReplies -= replies;
      this.#standingCost -= cost;
      this.#standingSince = performance.now();
      this.#written(replies, cost);
    });
  }

  #close(): void {
    this.#closed = true;
    const replies = this.#replies + this.#standingReplies;
    const cost = this.#cost + this.#standingCost;
    this.#replies = 0;
    this.#cost = 0;
    this.#standingReplies = 0;
    this.#standingCost = 0;
    if (replies > 0) this.#written(replies, cost);
  }

  /** Whether the client has taken nothing for that long of what stands there for it. */
  stalled(now: number, writeMs: number): boolean {
    return this.#standingReplies > 0 && now - this.#standingSince >= writeMs;
  }
}
