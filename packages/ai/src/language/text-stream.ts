/** Text out of tokens as they come: whole characters, and nothing of what may become a word that ends the answer. */
import type { TextCodec } from './tokenizer.ts';

const REPLACEMENT = '\ufffd';
/** A character has at most four bytes, each perhaps a token; tokens beyond that are no character. */
const HELD_TOKENS_MAX = 4;

export class TextStream {
  readonly #codec: TextCodec;
  readonly #stops: readonly string[];
  readonly #tokens: number[] = [];
  /** Tokens from `#from` on are decoded together, those before `#shown` for their context alone. */
  #from = 0;
  #shown = 0;
  #held = '';
  /** A stop word was found; the answer ends before it. */
  stopped = false;

  constructor(codec: TextCodec, stops: readonly string[] = []) {
    this.#codec = codec;
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /** Text that became certain with this token; perhaps none. */
  push(token: number): string {
    this.#tokens.push(token);
    return this.#cut(this.#decoded(false), false);
  }

  /** What was held back. */
  end(): string {
    return this.#cut(this.#decoded(true), true);
  }

  #decoded(isEnd: boolean): string {
    const known = this.#codec.decode(this.#tokens.slice(this.#from, this.#shown));
    const all = this.#codec.decode(this.#tokens.slice(this.#from));
    const isHeld = all.endsWith(REPLACEMENT) && this.#tokens.length - this.#shown < HELD_TOKENS_MAX;
    if (isHeld && !isEnd) return '';
    this.#from = this.#shown;
    this.#shown = this.#tokens.length;
    return all.slice(known.length);
  }

  #cut(text: string, isEnd: boolean): string {
    if (this.stopped) return '';
    const all = this.#held + text;
    const found = this.#stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.stopped = true;
      this.#held = '';
      return all.slice(0, Math.min(...found));
    }
    const kept = isEnd ? 0 : this.#stops.reduce((most, stop) => Math.max(most, overlap(all, stop)), 0);
    this.#held = all.slice(all.length - kept);
    return all.slice(0, all.length - kept);
  }
}

/** Characters at the end of `text` that `stop` begins with. */
function overlap(text: string, stop: string): number {
  for (let size = Math.min(text.length, stop.length - 1); size > 0; size--) {
    if (text.endsWith(stop.slice(0, size))) return size;
  }
  return 0;
}
