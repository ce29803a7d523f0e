/**
 * Events as a record carries them: every server writes a record twice, sends it on, and syncs it, and most words of an
 * event are zero, or those of the event before it. An event of 32 words of 4 bytes is packed as a mask with a bit for
 * every word that is another one, and those words:
 *
 *   events   5 0 0 0 | 1 0 0 0 | 2 0 …     and then  6 0 0 0 | 1 0 0 0 | 3 0 …
 *   packed   mask 0b…0001_0001_0001 · 5 · 1 · 2      mask 0b…0001_0000_0001 · 6 · 3
 */
const WORDS = 32;
const EVENT_SIZE: number = WORDS * 4;

/** What the words of an event are compared with: with zeros, or with the event before it, and the first with zeros. */
export type Against = 'zeros' | 'before';

/** Undefined where that would save nothing. */
export function pack(events: Uint8Array, against: Against): Uint8Array | undefined {
  if (events.length % EVENT_SIZE !== 0) return undefined;
  const from = wordsOf(events);
  // An event of which every word is another one gets longer by its mask.
  const to = new Uint32Array(from.length + from.length / WORDS);
  const back = against === 'before' ? WORDS : 0;
  let end = 0;
  for (let event = 0; event < from.length; event += WORDS) {
    let mask = 0;
    let at = end + 1;
    const isAlone = back === 0 || event === 0;
    for (let word = event; word < event + WORDS; word++) {
      const value = from[word]!;
      if (value === (isAlone ? 0 : from[word - back])) continue;
      mask |= 1 << word;
      to[at++] = value;
    }
    to[end] = mask;
    end = at;
  }
  return end < from.length ? new Uint8Array(to.buffer, 0, end * 4) : undefined;
}

/** The `size` bytes of events that were packed so; undefined: these bytes are not that. */
export function unpack(packed: Uint8Array, size: number, against: Against): Uint8Array | undefined {
  if (size % EVENT_SIZE !== 0 || packed.length % 4 !== 0) return undefined;
  const from = wordsOf(packed);
  const to = new Uint32Array(size / 4);
  let at = 0;
  for (let event = 0; event < to.length; event += WORDS) {
    if (at >= from.length) return undefined;
    if (against === 'before' && event > 0) {
      for (let word = event; word < event + WORDS; word++) to[word] = to[word - WORDS]!;
    }
    let mask = from[at++]!;
    for (; mask !== 0; mask &= mask - 1) {
      if (at >= from.length) return undefined;
      to[event + 31 - Math.clz32(mask & -mask)] = from[at++]!;
    }
  }
  return at === from.length ? new Uint8Array(to.buffer) : undefined;
}

/** Bytes as words, wherever they lie. Tallystick runs where numbers are little-endian. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  // A copy: `slice` of a Buffer is none.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}
