/**
 * Beancount's tokens. Ends of lines and indents count; comments, org-mode headings and blank lines do not reach the
 * parser.
 */
import type { Source } from '../book.ts';

export type TokenKind =
  | 'eol'
  | 'indent'
  | 'date'
  | 'number'
  | 'string'
  | 'account'
  | 'currency'
  | 'tag'
  | 'link'
  | 'key'
  | 'word'
  | 'flag'
  | 'mark'
  | 'invalid'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const letter = '[^\\u0000-\\u007f]';
const component = `(?:[A-Za-z0-9-]|${letter})*`;
const patterns = {
  line: /[^\n]*/y,
  string: /"(?:[^\\"]|\\[\s\S])*"/y,
  date: /\d{4,}[-/]\d+[-/]\d+/y,
  number: /(?:\d[\d,]*\d|\d)(?:\.\d*)?/y,
  account: new RegExp(`(?:[A-Z]|${letter})${component}(?::(?:[A-Z0-9]|${letter})${component})+`, 'y'),
  currency: /[A-Z](?:[A-Z0-9'._-]*[A-Z0-9])?(?![A-Za-z0-9])/y,
  future: /\/[A-Z0-9'._-]*[A-Z](?:[A-Z0-9'._-]*[A-Z0-9])?/y,
  tag: /#[A-Za-z0-9\-_/.]+/y,
  link: /\^[A-Za-z0-9\-_/.]+/y,
  key: /[a-z][a-zA-Z0-9\-_]+(?=:)/y,
  word: /[a-z]+/y,
  pair: /@@|\{\{|\}\}/y,
  invalid: /[^ \t\r\n]+/y,
} as const;

const MARKS = '@{},~+-/()#*:|';
const FLAGS = '!&?%';
/** What a future's name, a tag, a link or a pair of marks begins with. */
const OTHERS = '/#^@{}';
/** A line that starts with one of these is a heading or a remark of org-mode. */
const HEADINGS = '*:#!&?%';

/**
 * The tokens of a file, a line at a time; the last one is `end`, behind an `eol`. Tells how many characters it took.
 */
export function* lex(source: Source, read: (characters: number) => void): Generator<readonly Token[], undefined> {
  const { text } = source;
  let tokens: Token[] = [];
  /** Accounts and currencies are few, and each is one string. */
  const names = new Map<string, string>();
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  let lineStart = at;
  let told = 0;

  /** A test is no array of what was found: there are millions of tokens. */
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.test(text) ? text.slice(at, pattern.lastIndex) : undefined;
  };
  const push = (kind: TokenKind, length: number, value: string): void => {
    tokens.push({ kind, text: value, line, column: at - lineStart + 1 });
    at += length;
  };
  const take = (kind: TokenKind, pattern: RegExp): boolean => {
    const found = match(pattern);
    if (found === undefined) return false;
    const known = kind === 'account' || kind === 'currency' ? names.get(found) : found;
    if (known === undefined) names.set(found, found);
    push(kind, found.length, known ?? found);
    return true;
  };

  while (at < text.length) {
    const first = text[at]!;
    const lineBegins = at === lineStart;
    if (first === '\n') {
      push('eol', 1, '');
      line += 1;
      lineStart = at;
      read(at - told);
      told = at;
      yield tokens;
      tokens = [];
    } else if (first === ' ' || first === '\t' || first === '\r') {
      let end = at + 1;
      while (text[end] === ' ' || text[end] === '\t' || text[end] === '\r') end += 1;
      const next = text[end];
      if (lineBegins && first !== '\r' && next !== undefined && next !== '\n') push('indent', end - at, '');
      else at = end;
    } else if (first === ';' || (lineBegins && HEADINGS.includes(first))) {
      at += match(patterns.line)!.length;
    } else if (first === '"') {
      const string = match(patterns.string);
      if (string === undefined) {
        // An unclosed string swallows the rest; say where it opened.
        push('invalid', text.length - at, first);
      } else {
        push('string', string.length, plain(string));
        const breaks = string.includes('\n') ? string.split('\n').length - 1 : 0;
        line += breaks;
        if (breaks > 0) lineStart = at - (string.length - string.lastIndexOf('\n') - 1);
      }
    } else if (first >= '0' && first <= '9') {
      if (!take('date', patterns.date)) take('number', patterns.number);
    } else if ((first >= 'A' && first <= 'Z') || first > '\u007f') {
      if (!take('account', patterns.account) && !take('currency', patterns.currency)) take('invalid', patterns.invalid);
    } else if (first >= 'a' && first <= 'z') {
      if (!take('key', patterns.key)) take('word', patterns.word);
    } else if (
      OTHERS.includes(first) &&
      (take('currency', patterns.future) ||
        take('tag', patterns.tag) ||
        take('link', patterns.link) ||
        take('mark', patterns.pair))
    ) {
      // Taken.
    } else if (MARKS.includes(first)) {
      push('mark', 1, first);
    } else if (FLAGS.includes(first)) {
      push('flag', 1, first);
    } else {
      take('invalid', patterns.invalid);
    }
  }
  push('eol', 0, '');
  push('end', 0, '');
  yield tokens;
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' };
const plain = (quoted: string): string =>
  !quoted.includes('\\')
    ? quoted.slice(1, -1)
    : quoted.slice(1, -1).replace(/\\([\s\S])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
