/**
 * A name as it is compared: without accents, case, punctuation, and letters of other alphabets that look or sound like
 * Latin ones. What is no letter separates words, so `al-Zawahiri` and `Al Zawahiri` are the same words.
 */

/** Words of a name, and all of them in one. */
export interface Name {
  readonly tokens: readonly string[];
  readonly joined: string;
}

export const NAME_CHARACTERS_MAX: number = 512;
const TOKENS_MAX = 32;

const CYRILLIC = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ';
const FROM_CYRILLIC = 'a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e iu ia i i e g'.split(' ');
const GREEK = 'αβγδεζηθικλμνξοπρστυφχψως';
const FROM_GREEK = 'a v g d e z i th i k l m n x o p r s t y f ch ps o s'.split(' ');
const OTHERS: readonly (readonly [string, string])[] = [
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['ø', 'o'],
  ['œ', 'oe'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ı', 'i'],
  ['ħ', 'h'],
];

const letters = new Map<string, string>(OTHERS);
for (const [index, letter] of [...CYRILLIC].entries()) letters.set(letter, FROM_CYRILLIC[index]!.replace('_', ''));
for (const [index, letter] of [...GREEK].entries()) letters.set(letter, FROM_GREEK[index]!);

/** Words that many names have and that tell nobody apart: alone they match nothing. */
const COMMON: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof sheikh shaykh haji hajji the of and co company corp corporation inc incorporated llc ltd limited ' +
    'plc gmbh ag sa sarl srl spa bv nv oy ab as ooo oao zao pao group holding holdings international trading general ' +
    'al el bin ibn bint abu de del la van von der'
  ).split(' '),
);

export const isCommon = (token: string): boolean => COMMON.has(token);

export function nameOf(text: string): Name {
  const plain = text.slice(0, NAME_CHARACTERS_MAX).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  let folded = '';
  for (const letter of plain) folded += letters.get(letter) ?? letter;
  const tokens = folded
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== '')
    .slice(0, TOKENS_MAX);
  return { tokens, joined: tokens.join('') };
}

const CLASSES: Readonly<Record<string, string>> = {
  b: '1',
  p: '1',
  f: '1',
  v: '1',
  w: '1',
  c: '2',
  g: '2',
  j: '2',
  k: '2',
  q: '2',
  s: '2',
  x: '2',
  z: '2',
  d: '3',
  t: '3',
  l: '4',
  r: '5',
  m: '6',
  n: '6',
};
const SOUND_MAX = 5;

/** How a word sounds: classes of its consonants, doubled ones once. Transcriptions differ in vowels and `h`. */
export function soundOf(token: string): string {
  let sound = '';
  let last = '';
  for (const letter of token) {
    const class_ = CLASSES[letter] ?? '';
    if (class_ !== '' && class_ !== last) sound += class_;
    last = class_;
    if (sound.length === SOUND_MAX) break;
  }
  // A word of vowels, or of letters that we cannot read, sounds like itself.
  return sound === '' ? token : sound;
}
