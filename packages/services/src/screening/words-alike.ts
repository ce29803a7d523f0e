/**
 * Every different word of many names, once, and those like a given one.
 *
 *   buckets   words that sound alike, begin alike or end alike: where a misspelt word is looked for
 *   entries   the words of all buckets, bucket by bucket: their ids, letters, lengths and first letters lie side by
 *             side. From these follows how alike two words can be at most, so that a look at a bucket of thousands
 *             reads memory in one direction, and compares the few that may be alike
 */
import { Grouped } from './grouped.ts';
import { ALIKE, likenessOf, SOUND_MIN, SPELT_MIN } from './likeness.ts';
import { soundOf } from './names.ts';
import { PREFIX_WEIGHT } from './similarity.ts';

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
  /** And its first four letters, a byte each, the first one on top. */
  readonly #heads: Int32Array;
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
    this.#heads = new Int32Array(items.length);
    const letters = Int32Array.from(words, lettersOf);
    const heads = Int32Array.from(words, headOf);
    for (let entry = 0; entry < items.length; entry++) {
      const word = items[entry]!;
      this.#letters[entry] = letters[word]!;
      this.#heads[entry] = heads[word]!;
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
    this.#look++;
    const found: Alike[] = [];
    const [own, ...others] = keysOf(token).toSorted((a, b) => Number(isSound(b)) - Number(isSound(a)));
    const sounding = this.#bucketIds.get(own!);
    // Words that sound the same may be spelt less alike. They are all in one bucket, of which the first are compared.
    const isWhole = sounding === undefined || this.#buckets.sizeOf(sounding) <= BUCKET_MAX;
    const sounds = soundOf(token).length >= SOUND_MIN;
    if (sounding !== undefined) this.#findIn(sounding, token, sounds, found);
    for (const key of others) {
      const bucket = this.#bucketIds.get(key);
      if (bucket !== undefined) this.#findIn(bucket, token, sounds && !isWhole, found);
    }
    return found;
  }

  /** `sounds`: words of the bucket may sound like the word, and are alike then if they are spelt a little alike. */
  #findIn(bucket: number, token: string, sounds: boolean, found: Alike[]): void {
    const [letters, head, length] = [lettersOf(token), headOf(token), token.length];
    const from = this.#buckets.startOf(bucket);
    const end = Math.min(this.#buckets.startOf(bucket + 1), from + BUCKET_MAX);
    for (let entry = from; entry < end; entry++) {
      const theirs = this.#letters[entry]!;
      const other = this.#lengths[entry]!;
      // Letters that one has and the other has not match nothing.
      const ours = length - bitsIn(letters & ~theirs);
      const rest = other - bitsIn(theirs & ~letters);
      const matches = ours < rest ? ours : rest;
      const differs = head ^ this.#heads[entry]!;
      const prefix = Math.clz32(differs) >>> 3;
      const least = sounds && prefix > 0 ? SHARES_OF_SOUNDS[prefix]! : SHARES[prefix]!;
      if (matches / length + matches / other < least && other < LENGTH_MAX) continue;
      this.#compare(this.#buckets.items[entry]!, token, theirs, found);
    }
  }

  #compare(word: number, token: string, letters: number, found: Alike[]): void {
    if (this.#looked[word] === this.#look) return;
    this.#looked[word] = this.#look;
    if (!mayBeAlike(token, this.#words[word]!, letters)) return;
    const likeness = likenessOf(token, this.#words[word]!);
    if (likeness >= ALIKE) found.push({ word, likeness });
  }
}

/**
 * What the shares of both words that match must add up to at least, by the letters that they begin with in common, to
 * be as alike as `least`: as Jaro and Winkler have it, if no letter stood at the wrong place.
 */
function sharesFor(least: number): readonly number[] {
  return [0, 1, 2, 3, 4].map((prefix) => {
    const bonus = prefix * PREFIX_WEIGHT;
    const jaro = (least - bonus) / (1 - bonus);
    // What is exactly on the edge is compared.
    return 3 * jaro - 1 - 1e-9;
  });
}
const SHARES = sharesFor(ALIKE);
const SHARES_OF_SOUNDS = sharesFor(SPELT_MIN);

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

/** Letters that share a byte only make words look more alike. */
function headOf(token: string): number {
  let head = 0;
  for (let at = 0; at < 4; at++) head = (head << 8) | (token.charCodeAt(at) & 0xff);
  return head;
}

/** How many bits of a word of 32 are set. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

const isSound = (key: string): boolean => key.startsWith('~');

function keysOf(token: string): string[] {
  if (token.length <= AFFIX) return [`=${token}`, `~${soundOf(token)}`];
  return [`~${soundOf(token)}`, `^${token.slice(0, AFFIX)}`, `$${token.slice(-AFFIX)}`];
}
