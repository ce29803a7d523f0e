/** Gives the engine the batches of the stream, in their order. Every node does this, whoever leads. */
import { type Engine, isJournalled, type Read } from 'tallystick/internal';
import { type Asked, EVENTS_OPEN_MAX } from './asked.ts';
import { type Digest, Digests } from './digests.ts';
import type { Batch } from './record.ts';

const nothing = (): void => undefined;

export class Applier {
  readonly #engine: Engine;
  readonly #digests: Digests;
  readonly #failed: (error: unknown) => void;
  #op: number;
  #open = 0;
  #room: (() => void) | undefined;

  /** `op`: of the last batch that the engine has. `failed`: it cannot take one that was agreed on. */
  constructor(
    engine: Engine,
    op: number,
    digestEvery: number,
    digested: (digest: Digest) => void,
    failed: (error: unknown) => void,
  ) {
    this.#engine = engine;
    this.#op = op;
    this.#digests = new Digests(engine, op, digestEvery, digested);
    this.#failed = failed;
  }

  /** The op of the last batch given to the engine. */
  get op(): number {
    return this.#op;
  }

  /** Events that the engine has and is not done with. */
  get open(): number {
    return this.#open;
  }

  digestAt(op: number): Uint8Array | undefined {
    return this.#digests.at(op);
  }

  /** `hear` gets this node's digest at that op once it is there; never, if this node did not see all of it. */
  whenDigested(op: number, hear: (digest: Uint8Array) => void): void {
    this.#digests.when(op, hear);
  }

  /** The next batch. `read` sees its reply, and what it returns or throws settles the promise. */
  apply<T>(batch: Batch, read: Read<T>): Promise<T> {
    const { operation, count, timestamp, events } = batch;
    const op = this.#op + 1;
    this.#op = op;
    const answered = this.#engine.request({
      operation,
      count,
      write: ({ bytes }, at) => bytes.set(events, at),
      read: (cells, at, size, ofOp) => {
        replies.update(cells.bytes.subarray(at, at + size));
        return outcome(() => read(cells, at, size, ofOp));
      },
      context: { timestamp, agreed: true },
    });
    const replies = this.#digests.placed(op, batch);
    this.#open += count;
    return answered.then(
      (value) => {
        this.#answered(count);
        if ('error' in value) throw value.error;
        return value.read;
      },
      (error: unknown) => {
        this.#answered(count);
        this.#failed(error);
        throw error;
      },
    );
  }

  /** The batches behind op `before`, for nobody. The engine may have had some of them when it was opened. */
  follow(before: number, batches: readonly Batch[]): void {
    for (const [index, batch] of batches.entries()) {
      if (before + index + 1 > this.#op) this.apply(batch, nothing).catch(nothing);
    }
  }

  /**
   * The batches, and reads in between, for those who have asked: their record has proved that this node led when they
   * did. `done` is called behind each.
   */
  answer(batches: readonly Batch[], asked: readonly Asked[], done: () => void): void {
    let next = 0;
    for (const { operation, count, events, read, context, resolve, reject } of asked) {
      const answered = isJournalled(operation)
        ? this.apply(batches[next++]!, read)
        : this.#engine.request({ operation, count, write: ({ bytes }, at) => bytes.set(events, at), read, context });
      answered.then(resolve as (value: unknown) => void, reject).finally(done);
    }
  }

  #answered(count: number): void {
    this.#open -= count;
    if (this.#open <= EVENTS_OPEN_MAX) this.#room?.();
  }

  /** Resolves when the engine has room for more. */
  async room(): Promise<void> {
    while (this.#open > EVENTS_OPEN_MAX) await new Promise<void>((resolve) => (this.#room = resolve));
    this.#room = undefined;
  }
}

type Outcome<T> = { readonly read: T } | { readonly error: unknown };

/** A caller's `read` may throw, which is between us and him: the engine has not failed. */
function outcome<T>(read: () => T): Outcome<T> {
  try {
    return { read: read() };
  } catch (error) {
    return { error };
  }
}
