/** Names of people who do not exist, the same for the same seed. */

const SYLLABLES =
  'ba be bi bo ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to'.split(' ');
const ENDINGS = 'n r s v ch sky man dez ova ev yan shi '.split(' ');

export function namesByChance(count: number, seed: number): string[] {
  let state = seed >>> 0 || 1;
  const below = (limit: number): number => {
    // xorshift
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const word = (): string => {
    let text = '';
    for (let left = 2 + below(2); left > 0; left--) text += SYLLABLES[below(SYLLABLES.length)];
    return text + ENDINGS[below(ENDINGS.length)];
  };
  // First names are shared by many, as people's are.
  const firsts = Array.from({ length: 400 }, word);
  return Array.from({ length: count }, () => {
    const middle = below(3) === 0 ? `${firsts[below(firsts.length)]} ` : '';
    return `${firsts[below(firsts.length)]} ${middle}${word()}`;
  });
}
