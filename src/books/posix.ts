/**
 * Regular expressions as hledger reads them (POSIX, extended): in any case, the longest of the leftmost places, `^` and
 * `$` at every line. Turned into those of RE2, which are matched in time that grows with the text.
 */
import { re2 } from './re2.ts';

const PATTERN_MAX = 1000;

export interface PosixPattern {
  /** Somewhere in the text. */
  finds(text: string): boolean;
  /** What the groups found at the first place, empty where they had no part in it; undefined: there is no place. */
  groups(text: string): readonly string[] | undefined;
}

/** Undefined: hledger reads no pattern here, or one that looks back. */
export function posixPattern(text: string): PosixPattern | undefined {
  const translated = text.length > PATTERN_MAX ? undefined : translate(text);
  if (translated === undefined) return undefined;
  const engine = re2();
  let compiled: ReturnType<typeof engine.compile>;
  try {
    compiled = engine.compile(translated, engine.CASE_INSENSITIVE | engine.MULTILINE | engine.LONGEST_MATCH);
  } catch {
    return undefined;
  }
  const words = /^[\w ,:;%&'"#@!<>=~/-]+([|][\w ,:;%&'"#@!<>=~/-]+)*$/.test(text)
    ? text.toLowerCase().split('|')
    : undefined;
  return {
    // Most patterns of people are a few words.
    finds: (subject) =>
      words === undefined ? compiled.matcher(subject).find() : includesAny(subject.toLowerCase(), words),
    groups: (subject) => {
      const matcher = compiled.matcher(subject);
      if (!matcher.find()) return undefined;
      return Array.from({ length: compiled.groupCount() }, (_, index) => matcher.group(index + 1) ?? '');
    },
  };
}

const includesAny = (text: string, words: readonly string[]): boolean => words.some((word) => text.includes(word));

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\b',
  '>': '\\b',
  b: '\\b',
  B: '\\B',
  '`': '\\A',
  "'": '\\z',
};

const literal = (character: string): string => (/[\\^$.|?*+()[\]{}]/.test(character) ? `\\${character}` : character);

/** A token at a time; a quantifier behind a quantifier, or an empty alternative, is no POSIX. */
function translate(text: string): string | undefined {
  const token = /\\([\s\S])|\[(\^?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]|(\{\d+(?:,\d*)?\})|([*+?])|(\|)|([()])|([\s\S])/guy;
  let result = '';
  let before: 'atom' | 'quantifier' | 'open' = 'open';
  for (const match of text.matchAll(token)) {
    const [, escaped, not, inside, times, sign, bar, bracket, other] = match;
    if (times !== undefined || sign !== undefined) {
      if (before !== 'atom') return undefined;
      before = 'quantifier';
      result += match[0];
    } else if (bar !== undefined || bracket === ')') {
      const empty = before === 'open' && !(bracket === ')' && result.endsWith('('));
      if (empty) return undefined;
      before = bar === undefined ? 'atom' : 'open';
      result += match[0];
    } else if (bracket === '(') {
      before = 'open';
      result += '(';
    } else {
      const part = escaped !== undefined ? escapedAs(escaped) : other !== undefined ? plain(other) : set(not!, inside!);
      if (part === undefined) return undefined;
      before = 'atom';
      result += part;
    }
  }
  return before === 'open' ? undefined : result;
}

const escapedAs = (character: string): string | undefined =>
  /\d/.test(character) ? undefined : (ESCAPES[character] ?? literal(character));

/** `{` that begins no count is a character, and so is `}`; `[` that ends nowhere is nothing. */
function plain(character: string): string | undefined {
  if (character === '[') return undefined;
  return /[{}\]]/.test(character) ? `\\${character}` : character === '\\' ? undefined : character;
}

/** Backslashes are characters in a set; what is not in a set is in no other line either. */
function set(not: string, inside: string): string | undefined {
  if (/\[[.=]/.test(inside) || inside === '') return undefined;
  const escaped = inside.replace(/\[:[a-z]+:\]|[[\]\\]/g, (part) => (part.length > 1 ? part : `\\${part}`));
  return `[${not}${escaped}${not === '' ? '' : '\\n'}]`;
}
