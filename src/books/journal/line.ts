/** A place in one line of a journal. */
import type { Place } from '../book.ts';

/** The line cannot be read; caught where the next directive is looked for. */
export class LineProblem extends Error {
  readonly place: Place;
  constructor(place: Place, message: string) {
    super(message);
    this.place = place;
  }
}

/** Characters that decide what is read next: most lines need no pattern, and there are millions of them. */
export const Code = {
  exclamation: 0x21,
  bracket: 0x28,
  star: 0x2a,
  plus: 0x2b,
  minus: 0x2d,
  semicolon: 0x3b,
  less: 0x3c,
  equals: 0x3d,
  square: 0x5b,
} as const;
export const isPlainBlank = (code: number): boolean => code === 0x20 || code === 0x09;
export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Of the rest of a line, what a message shows. */
const FOUND_MAX = 80;

export class Line {
  readonly text: string;
  readonly #path: string;
  readonly #line: number;
  at = 0;

  constructor(path: string, line: number, text: string) {
    this.#path = path;
    this.#line = line;
    this.text = text;
  }

  get place(): Place {
    return { path: this.#path, line: this.#line, column: this.at + 1 };
  }

  get rest(): string {
    return this.text.slice(this.at);
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The character here; NaN at the end. */
  code(): number {
    return this.text.charCodeAt(this.at);
  }

  starts(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  blanks(): void {
    for (let code = this.code(); isPlainBlank(code) || code === 0xa0 || code === 0x202f; code = this.code())
      this.at += 1;
  }

  /** Blanks and tabs, none of the wide ones. */
  plainBlanks(): void {
    while (isPlainBlank(this.code())) this.at += 1;
  }

  /** `*` or `!` for what is cleared or pending, with the blanks behind it. */
  mark(): void {
    if (this.code() !== Code.star && this.code() !== Code.exclamation) return;
    this.at += 1;
    this.plainBlanks();
  }

  /** What `pattern` (anchored with ^) finds here, taken. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.at === 0 ? this.text : this.rest);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }

  /** @throws LineProblem */
  fail(expected: string): never {
    const rest = this.rest.slice(0, FOUND_MAX + 1).trim();
    const found = this.done
      ? 'the end of the line'
      : `'${rest.length > FOUND_MAX ? `${rest.slice(0, FOUND_MAX)}…` : rest}'`;
    throw new LineProblem(this.place, `expected ${expected}, found ${found}`);
  }
}
