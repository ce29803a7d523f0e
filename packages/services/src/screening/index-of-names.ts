/**
 * The names of all lists, so that those like a given one are found without looking at each.
 *
 *   words     every different word once, sorted by id of first appearance
 *   buckets   words that sound alike, begin alike or end alike: where a misspelt word is looked for
 *   places    for each word, the names that have it
 *
 * Words that few names have are followed first; those that very many have only add to names that were found.
 */
import { ALIKE, likenessOf, scoreOf, weightOf } from './likeness.ts';
import { type Name, nameOf, soundOf } from './names.ts';

/** A name on a list. */
export interface Listed {
  readonly name: string;
  /** Of the entry that it is a name of. */
  readonly entry: number;
}

export interface Match {
  readonly listed: Listed;
  /** From 0 to 100. */
  readonly score: number;
}

const AFFIX = 3;
/** Names that a word may lead to by itself. */
const FOLLOWED_MAX = 20_000;
/** Words of a bucket that are compared. */
const BUCKET_MAX = 20_000;
/** Names that are scored in full. */
const SCORED_MAX = 64;
/** Of the points of the best: a name with fewer lacks a word that tells people apart. */
const POINTS_SHARE = 0.5;

export class NameIndex {
  readonly #listed: readonly Listed[];
  readonly #words: string[] = [];
  readonly #wordIds = new Map<string, number>();
  readonly #places: number[][] = [];
  readonly #buckets = new Map<string, number[]>();
  /** Letters of each word. */
  readonly #letters: number[] = [];
  /** In which look-up a word was compared. */
  readonly #looked: Uint32Array;
  #look = 0;
  readonly #points: Float32Array;

  constructor(listed: readonly Listed[]) {
    this.#listed = listed;
    for (const [place, { name }] of listed.entries()) this.#add(place, nameOf(name));
    this.#points = new Float32Array(listed.length);
    this.#looked = new Uint32Array(this.#words.length);
  }

  get size(): number {
    return this.#listed.length;
  }

  #add(place: number, name: Name): void {
    for (const token of new Set(name.tokens)) this.#place(token, place);
    // Written in one word elsewhere.
    if (name.tokens.length > 1) this.#place(name.joined, place);
  }

  #place(token: string, place: number): void {
    let word = this.#wordIds.get(token);
    if (word === undefined) {
      word = this.#words.length;
      this.#wordIds.set(token, word);
      this.#words.push(token);
      this.#letters.push(lettersOf(token));
      this.#places.push([]);
      for (const key of keysOf(token)) {
        const bucket = this.#buckets.get(key);
        if (bucket === undefined) this.#buckets.set(key, [word]);
        else bucket.push(word);
      }
    }
    this.#places[word]!.push(place);
  }

  /** Names like the given one, the likest first, each with `scoreMin` or more. */
  find(text: string, scoreMin: number): Match[] {
    const name = nameOf(text);
    const matches: Match[] = [];
    for (const place of this.#candidates(name)) {
      const score = scoreOf(name, nameOf(this.#listed[place]!.name));
      if (score >= scoreMin) matches.push({ listed: this.#listed[place]!, score });
    }
    return matches.sort((a, b) => b.score - a.score);
  }

  #candidates(name: Name): number[] {
    const words = name.tokens.length > 1 ? [...name.tokens, name.joined] : name.tokens;
    const alike = [...new Set(words)].flatMap((token) => this.#alike(token));
    alike.sort((a, b) => this.#places[a.word]!.length - this.#places[b.word]!.length);
    const found: number[] = [];
    for (const { word, weight } of alike) {
      const places = this.#places[word]!;
      const isFollowed = places.length <= FOLLOWED_MAX || found.length === 0;
      for (const place of places) {
        if (this.#points[place] === 0) {
          if (!isFollowed) continue;
          found.push(place);
        }
        this.#points[place]! += weight;
      }
    }
    const points = this.#points;
    let most = 0;
    for (const place of found) most = Math.max(most, points[place]!);
    const near = found.filter((place) => points[place]! >= most * POINTS_SHARE);
    if (near.length > SCORED_MAX) near.sort((a, b) => points[b]! - points[a]!);
    const best = near.slice(0, SCORED_MAX);
    for (const place of found) points[place] = 0;
    return best;
  }

  /** Words like a word, with what a name that has one of them gains. */
  #alike(token: string): { readonly word: number; readonly weight: number }[] {
    const look = ++this.#look;
    const found: { word: number; weight: number }[] = [];
    for (const key of keysOf(token)) {
      const bucket = this.#buckets.get(key) ?? [];
      const end = Math.min(bucket.length, BUCKET_MAX);
      for (let index = 0; index < end; index++) {
        const word = bucket[index]!;
        if (this.#looked[word] === look) continue;
        this.#looked[word] = look;
        if (!mayBeAlike(token, this.#words[word]!, this.#letters[word]!)) continue;
        const likeness = likenessOf(token, this.#words[word]!);
        if (likeness < ALIKE) continue;
        // A rare word says more.
        const weight = (likeness * weightOf(token)) / Math.log2(2 + this.#places[word]!.length);
        found.push({ word, weight });
      }
    }
    return found;
  }
}

/** Two words as alike as {@link ALIKE} share this much of their letters: shares of both, added. */
const SHARED_MIN = 1.25;

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

function keysOf(token: string): string[] {
  if (token.length <= AFFIX) return [`=${token}`, `~${soundOf(token)}`];
  return [`~${soundOf(token)}`, `^${token.slice(0, AFFIX)}`, `$${token.slice(-AFFIX)}`];
}
