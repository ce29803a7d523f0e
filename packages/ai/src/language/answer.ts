/** The answer to one prompt while it is made: what its reader waits for, and what its engine knows of it. */
import { TallystickError } from 'tallystick/internal';
import { type Chosen, Sampler, type SamplerOptions } from './sampler.ts';

export interface AskOptions extends SamplerOptions {
  /** At least one token. */
  readonly prompt: readonly number[];
  /** Tokens of the answer at most. */
  readonly tokensMax: number;
  /** Tokens that end the answer; by default those of the model. */
  readonly ends?: readonly number[] | undefined;
  /** Report so many of the likeliest tokens of each place; undefined: not even the probability of the chosen one. */
  readonly topCount?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** Aborts: what was made for the answer is forgotten before the next step. */
  readonly signal?: AbortSignal | undefined;
}

/** `stop`: the model ended it. `length`: it has as many tokens as it may. */
export type Finish = 'stop' | 'length';

/** Read it with `for await`; it throws what ended it early. */
export class Answer implements AsyncIterable<Chosen> {
  /** Tokens of the prompt and, behind them, of the answer. */
  readonly tokens: number[];
  readonly promptSize: number;
  /** How it ended; undefined while it goes on. */
  finish: Finish | undefined;
  readonly options: AskOptions;
  readonly askedMs: number = performance.now();
  readonly untilMs: number;
  /** Number by which stages know it; a new one each time that it begins at their first token. */
  number = 0;
  /** Tokens that all stages hold keys and values of. */
  cached = 0;
  /** Until when it must be where it was when a stage was lost. */
  againUntilMs: number = Number.POSITIVE_INFINITY;
  readonly #sampler: Sampler;
  readonly #ends: ReadonlySet<number>;
  readonly #ready: Chosen[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** `seed`: for samplers that were not given one. Throws `invalid_argument`. */
  constructor(options: AskOptions, ends: readonly number[], seed: number) {
    this.options = options;
    this.tokens = [...options.prompt];
    this.promptSize = options.prompt.length;
    this.#ends = new Set(options.ends ?? ends);
    this.#sampler = new Sampler(options, options.prompt, seed);
    this.untilMs = this.askedMs + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
  }

  get isOver(): boolean {
    return this.finish !== undefined || this.#failure !== undefined;
  }

  /** Tokens of the answer so far. */
  get size(): number {
    return this.tokens.length - this.promptSize;
  }

  /** Its reader wants no more. */
  cancel(): void {
    this.fail(new TallystickError('closed', 'the answer was cancelled'));
  }

  fail(error: Error): void {
    if (this.isOver) return;
    this.#failure = error;
    this.#wake?.();
  }

  /** Chooses the next token. `logits` are changed. */
  grow(logits: Float32Array, contextSize: number): void {
    const { topCount, tokensMax } = this.options;
    const chosen = this.#sampler.choose(logits, topCount ?? 0, topCount !== undefined);
    const isEnd = this.#ends.has(chosen.token);
    this.tokens.push(chosen.token);
    if (isEnd) this.finish = 'stop';
    else {
      this.#ready.push(chosen);
      if (this.size === tokensMax || this.tokens.length === contextSize) this.finish = 'length';
    }
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Chosen> {
    try {
      for (let at = 0; ; ) {
        if (at < this.#ready.length) yield this.#ready[at++]!;
        else if (this.#failure !== undefined) throw this.#failure;
        else if (this.finish !== undefined) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.cancel();
    }
  }
}
