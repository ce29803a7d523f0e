/** Gives the engine the batches of the stream, in their order. Every node does this, whoever leads. */
import { type Engine, isJournalled, type Read, type Request, type Write } from 'tallystick/internal';
import { EVENTS_OPEN_MAX } from './asked.ts';
import type { Batch } from './batches.ts';
import { type Digest, Digests, digestIn } from './digests.ts';
import { EVENT_SIZE, unpackInto } from './packing.ts';
import { contextOf } from './parts.ts';
import { sameHash } from './record.ts';
import type { Held } from './resume.ts';
import { answerAll, type Group } from './sharing.ts';

const nothing = (): void => undefined;
/**
 * A node that follows gives its engine what has come in so long at once, or as soon as it is so much: nobody waits for
 * it, and its journal, its machine and its disk are woken once.
 */
const GATHER_MS = 10;
const GATHER_SIZE = 256 * 1024;

export class Applier {
  readonly #engine: Engine;
  readonly #digests: Digests;
  readonly #failed: (error: unknown) => void;
  #op: number;
  /** The last batch of all, those that were gathered included. */
  #last: Batch | undefined;
  /** The engine is done with all batches up to this op. */
  #done: number;
  #open = 0;
  #room: (() => void) | undefined;
  /** Batches that the engine is to have. */
  #gathered: Batch[] = [];
  #gatheredSize = 0;
  #giving: NodeJS.Timeout | undefined;

  /** `held`: the last batch that the engine has. `failed`: it cannot take one that was agreed on. */
  constructor(
    engine: Engine,
    { op, last }: Pick<Held, 'op' | 'last'>,
    digestEvery: number,
    digested: (digest: Digest) => void,
    failed: (error: unknown) => void,
  ) {
    this.#engine = engine;
    this.#op = op;
    this.#last = last;
    this.#done = op;
    this.#digests = new Digests(engine, op, digestEvery, digested);
    this.#failed = failed;
  }

  /** The op of the last batch that the engine is done with: its replies are kept up to there. */
  get done(): number {
    return this.#done;
  }

  /** The op of the last batch of all, those that were gathered included. */
  get op(): number {
    return this.#op + this.#gathered.length;
  }

  get last(): Batch | undefined {
    return this.#last;
  }

  /** Events that the engine has and is not done with. */
  get open(): number {
    return this.#open;
  }

  digestAt(op: number): Uint8Array | undefined {
    return this.#digests.at(op);
  }

  /**
   * `differ` hears the op of a digest from the stream that is not this node's own: once it has one, and never, if this
   * node did not see all that is in it.
   */
  compare(body: Uint8Array, differ: (op: number) => void): void {
    const { op, hash } = digestIn(body);
    this.#digests.when(op, (own) => {
      if (!sameHash(own, hash)) differ(op);
    });
  }

  /** The next batch. `read` sees its reply, and what it returns or throws settles the promise. */
  apply<T>(batch: Batch, read: Read<T>): Promise<T> {
    const { operation, count, timestamp, parts } = batch;
    const op = this.#op + 1;
    this.#op = op;
    this.#last = batch;
    const answered = this.#engine.request({
      operation,
      count,
      write: writeOf(batch),
      read: (cells, at, size, ofOp) => {
        replies.update(cells.bytes.subarray(at, at + size));
        return outcome(() => read(cells, at, size, ofOp));
      },
      context: { timestamp, agreed: true, ...contextOf(parts, count) },
    });
    const replies = this.#digests.placed(op, batch);
    this.#open += count;
    return answered.then(
      (value) => {
        this.#done = op;
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
    const known = Math.max(0, this.op - before);
    for (const batch of batches.slice(known)) {
      this.#gathered.push(batch);
      this.#last = batch;
      this.#gatheredSize += batch.count * EVENT_SIZE;
    }
    if (this.#gatheredSize >= GATHER_SIZE) this.give();
    else if (this.#gathered.length > 0) this.#giving ??= setTimeout(() => this.give(), GATHER_MS);
  }

  /** Gives the engine what was gathered for it. */
  give(): void {
    clearTimeout(this.#giving);
    this.#giving = undefined;
    const batches = this.#gathered;
    this.#gathered = [];
    this.#gatheredSize = 0;
    for (const batch of batches) this.apply(batch, nothing).catch(nothing);
  }

  /** Answers a read from what this node has, everything that was gathered included. */
  read<T>(request: Request<T>): Promise<T> {
    this.give();
    return this.#engine.request(request);
  }

  /** Gives the engine nothing more. */
  end(): void {
    clearTimeout(this.#giving);
    this.#gathered = [];
  }

  /**
   * The batches, and reads in between, for those who have asked: their record has proved that this node led when they
   * did. `done` is called behind each.
   */
  answer(batches: readonly Batch[], groups: readonly Group[], done: () => void): void {
    this.give();
    let next = 0;
    for (const group of groups) {
      const { operation, count, events, context } = group.asked[0]!;
      const read = answerAll(group);
      const answered = isJournalled(operation)
        ? this.apply(batches[next++]!, read)
        : this.#engine.request({ operation, count, write: ({ bytes }, at) => bytes.set(events, at), read, context });
      answered
        .catch((error: unknown) => {
          for (const { reject } of group.asked) reject(error);
        })
        .finally(done);
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

/** Events of a batch go from its record to where the engine wants them. */
function writeOf(batch: Batch): Write {
  const { packed } = batch;
  if (packed === undefined) return ({ bytes }, at) => bytes.set(batch.events, at);
  return ({ u32 }, at) => unpackInto(u32, at / 4, packed);
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
