/**
 * Names the agents that take a request from the ring, and the barriers that its reply and its place in the ring wait
 * for.
 *
 *   memory   cursor → machine              reply behind [executed]
 *   folder   cursor → journal ‖ machine    reply behind [journaled, executed]
 */
import { Barrier } from '../ring/index.ts';
import { Word } from './memory.ts';

export interface Topology {
  /** Replies up to here are there to be read. */
  readonly executed: Barrier;
  /** Callers may be told everything up to here. */
  readonly tellable: Barrier;
  /** Nobody needs the cells up to here any more. */
  readonly done: Barrier;
  /** Whether there is a journal. */
  readonly durable: boolean;
}

export function topologyOf(words: Int32Array, durable: boolean): Topology {
  const executed = new Barrier(words, [Word.executed]);
  if (!durable) return { executed, tellable: executed, done: executed, durable };
  const tellable = new Barrier(words, [Word.journaled]);
  return { executed, tellable, done: new Barrier(words, [Word.journaled, Word.executed]), durable };
}
