/**
 * Events as a record carries them: every server writes a record twice, sends it on, and syncs it, and most words of an
 * event are zero, or those of the event before it. An event of 32 words of 4 bytes is packed as a mask with a bit for
 * every word that is another one, and those words:
 *
 *   events   5 0 0 0 | 1 0 0 0 | 2 0 …     and then  6 0 0 0 | 1 0 0 0 | 3 0 …
 *   packed   mask 0b…0001_0001_0001 · 5 · 1 · 2      mask 0b…0001_0000_0001 · 6 · 3
 *
 * Nobody makes memory for a whole batch on the way: a megabyte that is new costs as much as what is done with it.
 */
const WORDS = 32;
export const EVENT_SIZE: number = WORDS * 4;

/** What the words of an event are compared with: with zeros, or with the event before it, and the first with zeros. */
export type Against = 'zeros' | 'before';

/** Events that are packed, and fit their number. */
export interface Packed {
  readonly words: Uint32Array;
  readonly against: Against;
  readonly events: number;
}

/** Words that packed events take at most: an event of which every word is another one gets longer by its mask. */
export function packedMax(events: Uint8Array): number {
  return Math.ceil(events.length / 4 + events.length / EVENT_SIZE);
}

/** Packs events from word `at` of `to` on. Returns the word behind them; `at` where that would save nothing. */
export function packInto(to: Uint32Array, at: number, events: Uint8Array, against: Against): number {
  if (events.length % EVENT_SIZE !== 0) return at;
  const from = wordsOf(events);
  let end = at;
  for (let event = 0; event < from.length; event += WORDS) {
    let mask = 0;
    let next = end + 1;
    const isAlone = against === 'zeros' || event === 0;
    for (let word = event; word < event + WORDS; word++) {
      const value = from[word]!;
      if (value === (isAlone ? 0 : from[word - WORDS])) continue;
      mask |= 1 << word;
      to[next++] = value;
    }
    to[end] = mask;
    end = next;
  }
  return end - at < from.length ? end : at;
}

/** Bytes that are `size` bytes of events, packed; undefined: they are not that. */
export function packedIn(bytes: Uint8Array, size: number, against: Against): Packed | undefined {
  if (size % EVENT_SIZE !== 0 || bytes.length % 4 !== 0) return undefined;
  const words = wordsOf(bytes);
  const events = size / EVENT_SIZE;
  let at = 0;
  for (let event = 0; event < events; event++) {
    if (at >= words.length) return undefined;
    at += 1 + bitsOf(words[at]!);
  }
  return at === words.length ? { words, against, events } : undefined;
}

/** Writes the first `events` of them from word `at` of `to` on; by default all. */
export function unpackInto(to: Uint32Array, at: number, packed: Packed, events: number = packed.events): void {
  const { words, against } = packed;
  let next = 0;
  const end = at + events * WORDS;
  for (let event = at; event < end; event += WORDS) {
    const isAlone = against === 'zeros' || event === at;
    for (let word = event; word < event + WORDS; word++) to[word] = isAlone ? 0 : to[word - WORDS]!;
    let mask = words[next++]!;
    for (; mask !== 0; mask &= mask - 1) to[event + 31 - Math.clz32(mask & -mask)] = words[next++]!;
  }
}

/** The first `events` of them in memory of their own. */
export function unpacked(packed: Packed, events: number = packed.events): Uint8Array {
  const to = new Uint32Array(events * WORDS);
  unpackInto(to, 0, packed, events);
  return new Uint8Array(to.buffer);
}

function bitsOf(mask: number): number {
  let pairs = mask - ((mask >>> 1) & 0x5555_5555);
  pairs = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** Bytes as words, wherever they lie. Tallystick runs where numbers are little-endian. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  // A copy: `slice` of a Buffer is none.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}
