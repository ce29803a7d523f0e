/**
 * Events as a record carries them: most words of most events are zero, and every server writes a record twice, sends it
 * on, and syncs it. An event of 32 words of 4 bytes is packed as a mask with a bit for every word that is not zero, and
 * those words:
 *
 *   event   5 0 0 0 | 1 0 0 0 | 2 0 0 0 | 3 0 … 0
 *   packed  mask 0b…0001_0001_0001_0001 · 5 · 1 · 2 · 3
 */
const WORDS = 32;
const EVENT_SIZE: number = WORDS * 4;

/** Undefined where that would save nothing. */
export function pack(events: Uint8Array): Uint8Array | undefined {
  if (events.length % EVENT_SIZE !== 0) return undefined;
  // An event without a zero gets longer by its mask.
  const packed = new Uint8Array(events.length + (events.length / EVENT_SIZE) * 4);
  const from = new DataView(events.buffer, events.byteOffset, events.length);
  const to = new DataView(packed.buffer);
  let end = 0;
  for (let event = 0; event < events.length; event += EVENT_SIZE) {
    let mask = 0;
    let at = end + 4;
    for (let word = 0; word < WORDS; word++) {
      const value = from.getUint32(event + word * 4, true);
      if (value === 0) continue;
      mask |= 1 << word;
      to.setUint32(at, value, true);
      at += 4;
    }
    to.setUint32(end, mask, true);
    end = at;
  }
  return end < events.length ? packed.subarray(0, end) : undefined;
}

/** The `size` bytes of events that were packed so; undefined: these bytes are not that. */
export function unpack(packed: Uint8Array, size: number): Uint8Array | undefined {
  if (size % EVENT_SIZE !== 0) return undefined;
  const events = new Uint8Array(size);
  const from = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const to = new DataView(events.buffer);
  let at = 0;
  for (let event = 0; event < size; event += EVENT_SIZE) {
    if (at + 4 > packed.length) return undefined;
    let mask = from.getUint32(at, true);
    at += 4;
    for (; mask !== 0; mask &= mask - 1) {
      if (at + 4 > packed.length) return undefined;
      const word = 31 - Math.clz32(mask & -mask);
      to.setUint32(event + word * 4, from.getUint32(at, true), true);
      at += 4;
    }
  }
  return at === packed.length ? events : undefined;
}
