/**
 * Every different word of many names, once, and those like a given one.
 *
 *   buckets   words that sound alike, begin alike or end alike: where a misspelt word is looked for
 *   entries   the words of all buckets, bucket by bucket: their ids, letters and lengths lie side by side, so that a
 *             look at a bucket of thousands reads memory in one direction, and no word that shares too few letters
 */
import { Grouped } from './grouped.ts';
import { ALIKE, likenessOf } from './likeness.ts';
import { soundOf } from './names.ts';

/** A word, and how alike it is, from 0 to 1. */
export interface Alike {
  readonly word: number;
  readonly likeness: number;
}

const AFFIX = 3;
/** Words of a bucket that are compared. */
const BUCKET_MAX = 20_000;
const LENGTH_MAX = 255;
/** Two words as alike as {@link ALIKE} share this much of their letters: shares of both, added. */
const SHARED_MIN = 1.25;

export class WordsAlike {
  readonly #words: readonly string[];
  readonly #bucketIds = new Map<string, number>();
  readonly #buckets: Grouped;
  /** Of each entry: its word's letters, a bit each, and its length. */
  readonly #letters: Int32Array;
  readonly #lengths: Uint8Array;
  /** In which look-up a word was compared. */
  readonly #looked: Uint32Array;
  #look = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
    const buckets: number[] = [];
    const members: number[] = [];
    for (const [word, token] of words.entries()) {
      for (const key of keysOf(token)) {
        buckets.push(this.#bucketOf(key));
        members.push(word);
      }
    }
    this.#buckets = new Grouped(this.#bucketIds.size, buckets, members);
    const { items } = this.#buckets;
    this.#letters = new Int32Array(items.length);
    this.#lengths = new Uint8Array(items.length);
    const letters = Int32Array.from(words, lettersOf);
    for (let entry = 0; entry < items.length; entry++) {
      const word = items[entry]!;
      this.#letters[entry] = letters[word]!;
      this.#lengths[entry] = Math.min(words[word]!.length, LENGTH_MAX);
    }
    this.#looked = new Uint32Array(words.length);
  }

  #bucketOf(key: string): number {
    let bucket = this.#bucketIds.get(key);
    if (bucket === undefined) {
      bucket = this.#bucketIds.size;
      this.#bucketIds.set(key, bucket);
    }
    return bucket;
  }

  /** Words as alike as {@link ALIKE} or more, in no order. */
  find(token: string): Alike[] {
    const look = ++this.#look;
    const letters = lettersOf(token);
    const longest = longestOf(token.length);
    const found: Alike[] = [];
    for (const key of keysOf(token)) {
      const bucket = this.#bucketIds.get(key);
      if (bucket === undefined) continue;
      const from = this.#buckets.startOf(bucket);
      const end = Math.min(this.#buckets.startOf(bucket + 1), from + BUCKET_MAX);
      for (let entry = from; entry < end; entry++) {
        const lacking = bitsIn(letters & ~this.#letters[entry]!);
        if (this.#lengths[entry]! > longest[lacking]!) continue;
        const word = this.#buckets.items[entry]!;
        if (this.#looked[word] === look) continue;
        this.#looked[word] = look;
        if (!mayBeAlike(token, this.#words[word]!, this.#letters[entry]!)) continue;
        const likeness = likenessOf(token, this.#words[word]!);
        if (likeness >= ALIKE) found.push({ word, likeness });
      }
    }
    return found;
  }
}

/**
 * The longest word that can be alike, by how many different letters of a word of `length` it lacks: each of them is
 * missing once at least. Words too long to be told stand for all that are longer.
 */
function longestOf(length: number): Float64Array {
  const longest = new Float64Array(33);
  for (let lacking = 0; lacking < longest.length; lacking++) {
    const shared = length - lacking;
    if (shared / length < SHARED_MIN - 1) continue;
    const most = shared / (SHARED_MIN - shared / length);
    // Exactly on the edge is for the exact comparison to say.
    longest[lacking] = most >= LENGTH_MAX ? LENGTH_MAX : most + 1e-9;
  }
  return longest;
}

/** Much cheaper than to compare them. `letters`: those of `other`, a bit each. */
function mayBeAlike(token: string, other: string, letters: number): boolean {
  let shared = 0;
  for (let at = 0; at < token.length; at++) shared += (letters >>> (token.charCodeAt(at) & 31)) & 1;
  return shared / token.length + Math.min(shared, other.length) / other.length >= SHARED_MIN;
}

/** Letters that share a bit only make words look more alike. */
function lettersOf(token: string): number {
  let letters = 0;
  for (let at = 0; at < token.length; at++) letters |= 1 << (token.charCodeAt(at) & 31);
  return letters;
}

/** How many bits of a word of 32 are set. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function keysOf(token: string): string[] {
  if (token.length <= AFFIX) return [`=${token}`, `~${soundOf(token)}`];
  return [`~${soundOf(token)}`, `^${token.slice(0, AFFIX)}`, `$${token.slice(-AFFIX)}`];
}
