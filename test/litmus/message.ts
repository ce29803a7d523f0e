/**
 * A request as the ring passes it on: the producer writes plain bytes and publishes a cursor; a reader that sees the
 * cursor sees the bytes. Words: 0 the cursor, 16 to 31 the bytes.
 */
import type { Actor } from './litmus.ts';

export const words = 32;

const producer: Actor = (memory, round) => {
  for (let word = 16; word < 32; word++) memory[word] = round + word;
  Atomics.store(memory, 0, 1);
  return 0;
};

/** 0: came too early. 1: saw the cursor and all bytes. 2: saw the cursor, and bytes that were not there yet. */
const reader: Actor = (memory, round) => {
  for (let tries = 0; tries < 200; tries++) {
    if (Atomics.load(memory, 0) !== 1) continue;
    for (let word = 31; word >= 16; word--) if (memory[word] !== round + word) return 2;
    return 1;
  }
  return 0;
};

export const together = 64;
export const actors: readonly Actor[] = [producer, reader, reader];
