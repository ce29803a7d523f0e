/**
 * The names of all lists, so that those like a given one are found without looking at each.
 *
 *   words     every different word once; those like a given one are found by how they sound, begin and end
 *   places    for each word, the names that have it
 *
 * Words that few names have are followed first; those that very many have only add to names that were found.
 */
import { Grouped } from './grouped.ts';
import { scoreOf, weightOf } from './likeness.ts';
import { type Name, nameOf } from './names.ts';
import { WordsAlike } from './words-alike.ts';

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

/** Names that a word may lead to by itself. */
const FOLLOWED_MAX = 20_000;
/** Names that are scored in full. */
const SCORED_MAX = 64;
/** Of the points of the best: a name with fewer lacks a word that tells people apart. */
const POINTS_SHARE = 0.5;

export class NameIndex {
  readonly #listed: readonly Listed[];
  readonly #words: WordsAlike;
  readonly #places: Grouped;
  /** What a name has gained in this look-up. */
  readonly #points: Float32Array;

  constructor(listed: readonly Listed[]) {
    this.#listed = listed;
    const ids = new Map<string, number>();
    const words: number[] = [];
    const places: number[] = [];
    for (const [place, { name }] of listed.entries()) {
      for (const token of wordsOf(nameOf(name))) {
        let word = ids.get(token);
        if (word === undefined) {
          word = ids.size;
          ids.set(token, word);
        }
        words.push(word);
        places.push(place);
      }
    }
    this.#places = new Grouped(ids.size, words, places);
    this.#words = new WordsAlike([...ids.keys()]);
    this.#points = new Float32Array(listed.length);
  }

  get size(): number {
    return this.#listed.length;
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

  #candidates(name: Name): readonly number[] {
    const alike = [...wordsOf(name)].flatMap((token) => this.#alike(token));
    alike.sort((a, b) => a.size - b.size);
    const points = this.#points;
    const { items } = this.#places;
    const found: number[] = [];
    let most = 0;
    for (const { word, weight, size } of alike) {
      const isFollowed = size <= FOLLOWED_MAX || found.length === 0;
      const from = this.#places.startOf(word);
      for (let at = from; at < from + size; at++) {
        const place = items[at]!;
        if (points[place] === 0) {
          if (!isFollowed) continue;
          found.push(place);
        }
        points[place]! += weight;
        if (points[place]! > most) most = points[place]!;
      }
    }
    const best = likeliest(found, points, most * POINTS_SHARE);
    for (const place of found) points[place] = 0;
    return best;
  }

  /** Words like a word, with what a name that has one of them gains. */
  #alike(token: string): { readonly word: number; readonly weight: number; readonly size: number }[] {
    return this.#words.find(token).map(({ word, likeness }) => {
      const size = this.#places.sizeOf(word);
      // A rare word says more.
      return { word, weight: (likeness * weightOf(token)) / Math.log2(2 + size), size };
    });
  }
}

/** The words of a name, each once, and all of them in one: so it may be written elsewhere. */
function wordsOf({ tokens, joined }: Name): ReadonlySet<string> {
  return new Set(tokens.length > 1 ? [...tokens, joined] : tokens);
}

/** Those with most points, and at least so many: 64 at most. */
function likeliest(found: readonly number[], points: Float32Array, least: number): readonly number[] {
  const near = found.filter((place) => points[place]! >= least);
  if (near.length <= SCORED_MAX) return near;
  // Names with as many points as others are many: sorting all of them would cost more than the look-up.
  const levels = new Map<number, number[]>();
  for (const place of near) {
    const level = levels.get(points[place]!);
    if (level === undefined) levels.set(points[place]!, [place]);
    else if (level.length < SCORED_MAX) level.push(place);
  }
  const best: number[] = [];
  for (const [, level] of [...levels].sort(([a], [b]) => b - a)) {
    best.push(...level);
    if (best.length >= SCORED_MAX) break;
  }
  return best.slice(0, SCORED_MAX);
}
