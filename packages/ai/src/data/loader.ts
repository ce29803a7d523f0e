/**
 * Batches of a dataset, in an order that a seed decides, and that any number of workers and shards keeps.
 *
 *   plan ──steps──> threads ──numbers in shared memory──> batches, in the order of the plan ──> you
 *
 * {@link Loader.state} after any batch is enough to go on with the next one, in another process, with other numbers of
 * workers and shards.
 */
import { appendFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal';
import { type BadRecord, bytesFor, type Filled, fill, views } from './filled.ts';
import { checkState, type LoaderState } from './loader-state.ts';
import { openSource, type SourceSpec } from './open-source.ts';
import { type Place, type Step, steps } from './plan.ts';
import { ReaderPool } from './reader-pool.ts';
import { invalidData, type Source, sizeOf } from './source.ts';

export interface LoadOptions {
  /** Samples in a batch of this shard. */
  readonly batch: number;
  /** Left out: samples come as they are stored. */
  readonly shuffle?: { readonly seed: number };
  /** Which part of every step is read here. Default: all of it. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Epochs in all, those before `resume` counted. Default: 1. */
  readonly epochs?: number;
  /** Threads that read; 0, the default, reads on this one. Or a pool, which the caller ends. */
  readonly workers?: number | ReaderPool;
  /** Batches that are read ahead by threads. Default: two a worker. */
  readonly prefetch?: number;
  /**
   * Records that cannot be read: end with an error (the default), leave them out, or leave them out and write them
   * down.
   */
  readonly bad?: 'error' | 'skip' | { readonly quarantine: string };
  /** Goes on where this state was taken. */
  readonly resume?: LoaderState;
}

export interface Batch {
  readonly epoch: number;
  /** Numbers of the samples in the dataset. */
  readonly ids: BigUint64Array;
  /** `shape[0]` samples. */
  readonly x: Float32Array;
  readonly shape: readonly number[];
  readonly y: Float32Array;
  readonly yShape: readonly number[];
  /** What is not numbers, one for each sample; undefined: this source has none. */
  readonly records: readonly unknown[] | undefined;
}

/** Opens the dataset and checks that the state, if there is one, belongs to it. */
export async function load(spec: SourceSpec, options: LoadOptions): Promise<Loader> {
  checkOptions(options);
  const source = await openSource(spec);
  try {
    return new Loader(spec, source, options);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** A step that is being read. */
interface Coming {
  readonly step: Step;
  readonly slot: number;
  readonly filled: Promise<Filled>;
}

export class Loader implements AsyncIterable<Batch> {
  readonly source: Source;
  /** How many records could not be read, and the first hundred of them. */
  badCount = 0;
  readonly bad: BadRecord[] = [];
  readonly #options: LoadOptions;
  readonly #pool: ReaderPool | undefined;
  readonly #ownPool: boolean;
  readonly #spec: SourceSpec;
  #place: Place;
  #isClosed = false;

  constructor(spec: SourceSpec, source: Source, options: LoadOptions) {
    const { resume, shuffle, workers = 0 } = options;
    this.source = source;
    this.#spec = spec;
    this.#options = options;
    this.#place = resume === undefined ? { epoch: 0, next: 0 } : placeOf(checkState(resume), source, shuffle?.seed);
    this.#ownPool = typeof workers === 'number';
    this.#pool = typeof workers !== 'number' ? workers : workers > 0 ? new ReaderPool(workers) : undefined;
  }

  /** Where the stream stands behind the batches that were handed out. */
  state(): LoaderState {
    const seed = this.#options.shuffle?.seed ?? null;
    return { v: 1, fingerprint: this.source.fingerprint, seed, ...this.#place };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    const { batch, shard = { index: 0, count: 1 }, shuffle, epochs = 1, workers = 0 } = this.#options;
    const plan = steps({ size: this.source.size, batch, shard, seed: shuffle?.seed }, this.#place, epochs);
    const slots =
      this.#pool === undefined ? 1 : (this.#options.prefetch ?? 2 * (typeof workers === 'number' ? workers : 2));
    const bytes = bytesFor(this.source, batch);
    const memory = this.#pool === undefined ? new ArrayBuffer(bytes) : new SharedArrayBuffer(slots * bytes);
    const loader = this.#pool?.open(this.#spec) ?? 0;
    const coming: Coming[] = [];
    let asked = 0;
    const ask = (): void => {
      const next = this.#isClosed ? undefined : plan.next();
      if (next === undefined || next.done) return;
      const slot = asked % slots;
      const filled = this.#fill(next.value, memory, slot * bytes, loader, asked++);
      // Whoever takes the batch hears of the failure; until then nobody has to.
      filled.catch(() => undefined);
      coming.push({ step: next.value, slot, filled });
    };
    try {
      for (let slot = 0; slot < slots; slot++) ask();
      for (let first = coming.shift(); first !== undefined; first = coming.shift()) {
        const filled = await first.filled;
        this.#judge(filled.bad, first.step.epoch);
        const made = this.#batchOf(first.step, filled, memory, first.slot * bytes);
        this.#place = first.step.then;
        ask();
        yield made;
      }
    } finally {
      this.#pool?.close(loader);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.source.close();
    if (this.#ownPool) await this.#pool?.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fill(
    step: Step,
    memory: ArrayBuffer | SharedArrayBuffer,
    at: number,
    loader: number,
    number: number,
  ): Promise<Filled> {
    if (this.#pool !== undefined && memory instanceof SharedArrayBuffer) {
      return this.#pool.read(loader, number, step.indexes, memory, at);
    }
    const { x, y } = views(this.source, memory, at, step.indexes.length);
    return fill(this.source, step.indexes, x, y);
  }

  /** Copies the numbers out of the slot, which is read into again at once. */
  #batchOf(step: Step, { ids, records }: Filled, memory: ArrayBufferLike, at: number): Batch {
    const { shape = [0], yShape = [0] } = this.source;
    const { x, y } = views(this.source, memory, at, step.indexes.length);
    return {
      epoch: step.epoch,
      ids: BigUint64Array.from(ids, BigInt),
      x: x.slice(0, ids.length * sizeOf(this.source.shape)),
      shape: [ids.length, ...shape],
      y: y.slice(0, ids.length * sizeOf(this.source.yShape)),
      yShape: [ids.length, ...yShape],
      records,
    };
  }

  #judge(bad: readonly BadRecord[], epoch: number): void {
    const { bad: policy = 'error' } = this.#options;
    for (const record of bad) {
      if (policy === 'error') throw invalidData(`${record.where}: ${record.reason}`);
      this.badCount += 1;
      if (this.bad.length < 100) this.bad.push(record);
      if (typeof policy === 'object') {
        const line = { fingerprint: this.source.fingerprint, epoch, ...record };
        appendFileSync(policy.quarantine, `${JSON.stringify(line)}\n`);
      }
    }
  }
}

function placeOf({ fingerprint, seed, epoch, next }: LoaderState, source: Source, asked: number | undefined): Place {
  if (fingerprint !== source.fingerprint) {
    throw invalidData('the state belongs to another dataset, or this one has changed since it was taken');
  }
  if (seed !== (asked ?? null)) {
    throw invalidData(`the state was taken in the order of seed ${seed}, and the loader has ${asked ?? null}`);
  }
  if (next > 0 && next >= source.size) throw invalidData('the state lies behind the end of the dataset');
  return { epoch, next };
}

function checkOptions({ batch, shard, epochs = 1, workers = 0, prefetch = 1, shuffle }: LoadOptions): void {
  const wrong = (what: string): TallystickError => new TallystickError('invalid_argument', what);
  const counts = (number: number, min: number): boolean => Number.isSafeInteger(number) && number >= min;
  if (!counts(batch, 1)) throw wrong('batch is a number of samples, at least 1');
  if (!counts(epochs, 0)) throw wrong('epochs is a whole number');
  if (typeof workers === 'number' && !counts(workers, 0)) throw wrong('workers is a number of threads');
  if (!counts(prefetch, 1)) throw wrong('prefetch is a number of batches, at least 1');
  if (shuffle !== undefined && !counts(shuffle.seed, 0)) throw wrong('the seed is a whole number');
  if (shard !== undefined && !(counts(shard.index, 0) && counts(shard.count, 1) && shard.index < shard.count)) {
    throw wrong('a shard is { index, count } with index below count');
  }
}
