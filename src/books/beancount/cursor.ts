/** A place in the tokens of one file, and the one way to say that something else was expected there. */
import { dateOf, dayOf, type Place, plainDate } from '../book.ts';
import type { Token, TokenKind } from './lexer.ts';

/** Thrown within the parser of one directive, caught where the next one is looked for. */
export class SyntaxProblem extends Error {
  readonly place: Place;
  constructor(place: Place, message: string) {
    super(message);
    this.place = place;
  }
}

const names: Partial<Record<TokenKind, string>> = {
  eol: 'the end of the line',
  indent: 'an indent',
  end: 'the end of the file',
};

/** Of a token, what a message shows. */
const FOUND_MAX = 80;

export class Cursor {
  readonly #path: string;
  readonly #lines: Iterator<readonly Token[]>;
  #tokens: readonly Token[] = [];
  #at = 0;

  constructor(path: string, lines: Iterator<readonly Token[]>) {
    this.#path = path;
    this.#lines = lines;
    this.#more();
  }

  /** Behind the last token of a line, the next line's; behind `end` there is nothing. */
  #more(): void {
    if (this.#at < this.#tokens.length) return;
    this.#tokens = this.#lines.next().value!;
    this.#at = 0;
  }

  get token(): Token {
    return this.#tokens[this.#at]!;
  }

  get place(): Place {
    return { path: this.#path, line: this.token.line, column: this.token.column };
  }

  /** Is the token here of this kind (and, for marks and words, this text)? */
  is(kind: TokenKind, text?: string): boolean {
    return this.token.kind === kind && (text === undefined || this.token.text === text);
  }

  next(): Token {
    const token = this.token;
    if (token.kind === 'end') return token;
    this.#at += 1;
    this.#more();
    return token;
  }

  /** The token after this one. */
  get following(): Token {
    const { token } = this;
    if (token.kind !== 'end' && this.#at + 1 === this.#tokens.length) {
      this.#tokens = [token, ...this.#lines.next().value!];
      this.#at = 0;
    }
    return this.#tokens[this.#at + 1] ?? token;
  }

  take(kind: TokenKind, text?: string): Token | undefined {
    return this.is(kind, text) ? this.next() : undefined;
  }

  /** @throws SyntaxProblem naming `what` was expected. */
  expect(kind: TokenKind, what: string, text?: string): Token {
    return this.take(kind, text) ?? this.fail(what);
  }

  fail(what: string): never {
    const { kind, text } = this.token;
    throw new SyntaxProblem(this.place, `expected ${what}, found ${names[kind] ?? `'${text.slice(0, FOUND_MAX)}'`}`);
  }

  date(what: string): number {
    const place = this.place;
    const { text } = this.expect('date', what);
    const plain = text.length === 10 ? plainDate(text, 0) : undefined;
    const known = plain === undefined ? undefined : dayOf(plain);
    if (known !== undefined) return known;
    const [year, month, day] = text.split(/[-/]/).map(Number);
    const date = dateOf(year!, month!, day!);
    if (date === undefined) throw new SyntaxProblem(place, `expected a day of the calendar, found '${text}'`);
    return date;
  }

  /** What is left of the line is taken without being understood; only what is no token at all is refused. */
  restOfLine(): void {
    while (!this.is('eol') && !this.is('end')) {
      if (this.is('invalid') || this.is('word')) this.fail('a value');
      this.next();
    }
    this.next();
  }

  /** To the next line that is not indented. */
  recover(): void {
    while (!this.is('end')) {
      if (this.next().kind === 'eol' && !this.is('indent')) return;
    }
  }
}
