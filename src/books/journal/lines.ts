/**
 * The lines of a file one after another, none of them kept: those of a large book, as an array, would be a third of
 * the memory of its import. A line ends with `\n` or `\r\n`; behind the last end is one more, which may be empty.
 */
const BLANK = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;

export class Lines {
  readonly #text: string;
  /** Where the next line begins; behind the text: there is none. */
  #next: number;
  /** How many were taken. */
  number = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  get ended(): boolean {
    return this.#next > this.#text.length;
  }

  /** Does the next line begin with blanks or tabs, and say something behind them? */
  get indented(): boolean {
    const text = this.#text;
    let at = this.#next;
    let code = text.charCodeAt(at);
    if (code !== BLANK && code !== TAB) return false;
    while (code === BLANK || code === TAB) {
      at += 1;
      code = text.charCodeAt(at);
    }
    // A return that ends the line is part of its end, and is no word either way.
    return at < text.length && (code > BLANK && code < 0x7f ? true : /\S/.test(text.charAt(at)));
  }

  /** Empty where there is none. */
  take(): string {
    const text = this.#text;
    const start = this.#next;
    this.number += 1;
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    this.#next = end + 1;
    return text.slice(start, found > start && text.charCodeAt(end - 1) === RETURN ? end - 1 : end);
  }
}
