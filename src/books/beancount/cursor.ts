/** A place in the tokens of one file, and the one way to say that something else was expected there. */
import { dateOf, type Place } from '../book.ts';
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

export class Cursor {
  readonly #path: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(path: string, tokens: readonly Token[]) {
    this.#path = path;
    this.#tokens = tokens;
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
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** The token after this one. */
  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!;
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
    throw new SyntaxProblem(this.place, `expected ${what}, found ${names[kind] ?? `'${text}'`}`);
  }

  date(what: string): number {
    const place = this.place;
    const { text } = this.expect('date', what);
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
