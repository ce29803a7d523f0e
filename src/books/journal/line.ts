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

  blanks(): void {
    this.take(/^[ \t\u00a0\u202f]+/);
  }

  /** What `pattern` (anchored with ^) finds here, taken. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.rest);
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
