/** How alike two names are: their words in pairs, in any order, and words that are joined or divided elsewhere. */
import { isCommon, type Name, soundOf } from './names.ts';
import { jaroWinkler } from './similarity.ts';

/** Words that are less alike than this have nothing to do with each other. */
export const ALIKE: number = 0.85;
/** Words that sound the same, and have consonants enough for that to say something. */
const SOUNDS_ALIKE = 0.92;
export const SOUND_MIN: number = 3;
export const SPELT_MIN: number = 0.6;
const JOINED = 0.95;
const COMMON_WEIGHT = 0.1;
/** Of the words that only the list has: a name may be given in short. */
const LISTED_SHARE = 0.25;

/** Two words, from 0 to 1. */
export function likenessOf(a: string, b: string): number {
  const spelt = jaroWinkler(a, b);
  // Sounds cost more than letters.
  if (spelt >= SOUNDS_ALIKE || spelt < SPELT_MIN || a.charCodeAt(0) !== b.charCodeAt(0)) return spelt;
  const sound = soundOf(a);
  return sound.length >= SOUND_MIN && sound === soundOf(b) ? SOUNDS_ALIKE : spelt;
}

/** Letters say something; words that everybody has say little. */
export function weightOf(token: string): number {
  return isCommon(token) ? COMMON_WEIGHT : token.length;
}

/** From 0 to 100: how much of the given name the listed one has, and, for a smaller part, how much the other way. */
export function scoreOf(given: Name, listed: Name): number {
  // A name of nothing but common words is everybody's.
  if (!given.tokens.some((token) => !isCommon(token)) || listed.tokens.length === 0) return 0;
  const ours = joinedLike(given.tokens, listed.tokens);
  const theirs = joinedLike(listed.tokens, ours);
  const words = (1 - LISTED_SHARE) * covered(ours, theirs) + LISTED_SHARE * covered(theirs, ours);
  return Math.round(100 * words);
}

/** Neighbours that the others write in one word are one. */
function joinedLike(tokens: readonly string[], others: readonly string[]): readonly string[] {
  for (let index = 1; index < tokens.length; index++) {
    const joined = tokens[index - 1]! + tokens[index]!;
    const isOne = others.some((other) => other.length > tokens[index]!.length && jaroWinkler(joined, other) >= JOINED);
    if (!isOne || others.includes(tokens[index]!) || others.includes(tokens[index - 1]!)) continue;
    return joinedLike([...tokens.slice(0, index - 1), joined, ...tokens.slice(index + 1)], others);
  }
  return tokens;
}

/**
 * The share of words that have one like them, each word of the others used once. Likeness is squared: two names whose
 * words are all nearly alike are others' names more often than one with a slip in it.
 */
function covered(tokens: readonly string[], others: readonly string[]): number {
  const used = new Uint8Array(others.length);
  let sum = 0;
  let whole = 0;
  for (const token of tokens) {
    const weight = weightOf(token);
    whole += weight;
    let best = 0;
    let at = 0;
    for (let index = 0; index < others.length; index++) {
      if (used[index] === 1) continue;
      const likeness = likenessOf(token, others[index]!);
      if (likeness > best) [best, at] = [likeness, index];
    }
    if (best < ALIKE) continue;
    used[at] = 1;
    sum += weight * best * best;
  }
  return whole === 0 ? 0 : sum / whole;
}
