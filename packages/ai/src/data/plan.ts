/**
 * Which samples are in which batch. An epoch is a global order of places; a step takes the next `batch * shards` places
 * and deals them to the shards one by one. So where a stream stands is one number, `next`, the first place that is not
 * taken, and any number of shards can go on from it.
 */
import { Permutation } from './permutation.ts';

/** Where a stream stands. */
export interface Place {
  readonly epoch: number;
  /** The first place of the epoch's order that is not taken yet. */
  readonly next: number;
}

export interface PlanOptions {
  /** Samples of the dataset. */
  readonly size: number;
  /** Samples of one shard in a step. */
  readonly batch: number;
  readonly shard: { readonly index: number; readonly count: number };
  /** Undefined: samples come as they are stored. */
  readonly seed: number | undefined;
}

/** One step of one shard. */
export interface Step {
  readonly epoch: number;
  /** Numbers of the samples. Fewer than `batch` at the end of an epoch, for some shards none. */
  readonly indexes: readonly number[];
  /** Where the stream stands once all shards have taken this step. */
  readonly then: Place;
}

/** Steps from a place to the end of epoch `epochs - 1`. Every shard has as many steps as the others. */
export function* steps({ size, batch, shard, seed }: PlanOptions, from: Place, epochs: number): Generator<Step> {
  let { epoch, next } = from;
  while (epoch < epochs && size > 0) {
    const order = seed === undefined ? undefined : new Permutation(size, seed, epoch);
    const end = Math.min(next + batch * shard.count, size);
    const indexes: number[] = [];
    for (let place = next + shard.index; place < end; place += shard.count) indexes.push(order?.at(place) ?? place);
    const then = end === size ? { epoch: epoch + 1, next: 0 } : { epoch, next: end };
    yield { epoch, indexes, then };
    ({ epoch, next } = then);
  }
}
