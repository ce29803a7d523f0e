/**
 * Ids that sort by time: 48 bits of milliseconds, 80 random bits. Within a millisecond the last id plus one, so that
 * ids of one process always grow; a carry out of the random bits moves the time on by itself.
 */

import { randomFillSync } from 'node:crypto';
import { U128_MAX } from '../model/index.ts';

const MILLISECONDS_END = 2 ** 48;

/** A generator over a clock (milliseconds since the epoch) and a source of 80 random bits. */
export function idGenerator(now: () => number, random: () => bigint): () => bigint {
  let last = 0n;
  let lastMilliseconds = 0;
  return () => {
    const milliseconds = now();
    if (milliseconds > lastMilliseconds) {
      lastMilliseconds = milliseconds;
      if (milliseconds >= MILLISECONDS_END) throw new Error('timestamp overflow on monotonic increment');
      const fresh = (BigInt(milliseconds) << 80n) | random();
      // A carry may have run ahead of the clock; then go on from there.
      if (fresh > last) last = fresh - 1n;
    }
    if (last === U128_MAX) throw new Error('timestamp overflow on monotonic increment');
    last += 1n;
    return last;
  };
}

const bits = new DataView(new ArrayBuffer(16));
const bytes = new Uint8Array(bits.buffer);

function random80(): bigint {
  randomFillSync(bytes);
  return (bits.getBigUint64(0) << 16n) | BigInt(bits.getUint16(8));
}

/** A new u128 id, greater than every one that this process was given before. */
export const id: () => bigint = idGenerator(Date.now, random80);
