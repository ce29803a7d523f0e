/**
 * Answers several prompts at once by one pipeline. In each round at most one prompt goes a chunk further, and then all
 * answers that are under way take one step together, so a long prompt never holds others up for more than a chunk.
 *
 * What an answer needs next follows from its tokens and from how many of them the stages hold:
 *
 *   cached < prompt          the next chunk of the prompt; chunks begin at multiples of CHUNK, always
 *   cached < tokens - 1      a step with a token that is known already
 *   cached = tokens - 1      a step, and a new token
 *
 * So when a stage is lost, `cached` becomes 0 and the same steps bring the answer to where it was, to the bit.
 */
import { assert, TallystickError } from 'tallystick/internal';
import { Answer, type AskOptions } from './answer.ts';
import type { Row } from './frames.ts';
import type { LanguageModel } from './model.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';

export interface EngineOptions extends PipelineOptions {
  /** Prompts that may wait for a slot; more are refused with `model_busy`. */
  readonly waitingMax?: number | undefined;
  /** Answers that are not where they were so long after a stage was lost end with `stage_lost`. */
  readonly recoverMsMax?: number | undefined;
  /** Hears of what happens, for metrics. */
  readonly watch?: EngineWatch | undefined;
}

export interface EngineWatch {
  /** An answer has its first token. */
  began?(answer: Answer, waitedMs: number): void;
  /** A step was taken by so many answers together. */
  stepped?(answers: number, ms: number): void;
  ended?(answer: Answer): void;
  lost?(error: Error): void;
}

/** Tokens of a prompt that go through the stages together. */
const CHUNK = 128;
const RETRY_MS = 50;
/** Stages that do not begin for this long will not. */
const BEGIN_MS_MAX = 300_000;
/** What callers that find no room are told to wait. */
const BUSY_MS = 1000;

export class Engine {
  readonly model: LanguageModel;
  readonly #pipeline: Pipeline;
  readonly #waitingMax: number;
  readonly #recoverMsMax: number;
  readonly #watch: EngineWatch;
  readonly #waiting: Answer[] = [];
  #active: Answer[] = [];
  #numbers = 0;
  #running: Promise<void> | undefined;
  #isWhole = true;
  #starting: Promise<Error | undefined> | undefined;
  #isClosed = false;

  private constructor(model: LanguageModel, pipeline: Pipeline, options: EngineOptions) {
    this.model = model;
    this.#pipeline = pipeline;
    this.#waitingMax = options.waitingMax ?? 64;
    this.#recoverMsMax = options.recoverMsMax ?? 5000;
    this.#watch = options.watch ?? {};
  }

  /** Rejects as {@link Pipeline.open} does. */
  static async open(model: LanguageModel, options: EngineOptions = {}): Promise<Engine> {
    return new Engine(model, await Pipeline.open(model, options), options);
  }

  /** Tokens of a prompt and its answer together at most. */
  get context(): number {
    return this.#pipeline.context;
  }

  get stages(): Pipeline['stages'] {
    return this.#pipeline.stages;
  }

  /** Answers under way, and prompts that wait. */
  get counts(): { readonly active: number; readonly waiting: number } {
    return { active: this.#active.length, waiting: this.#waiting.length };
  }

  /** Begins an answer. Throws `invalid_argument`, `model_busy`, or `closed`. */
  ask(options: AskOptions): Answer {
    if (this.#isClosed) throw new TallystickError('closed', 'the model was closed');
    const { prompt, tokensMax } = options;
    const stray = prompt.find((token) => !(token >= 0 && token < this.#pipeline.vocabulary));
    if (stray !== undefined) throw refused('prompt', `${stray} is no token of the model`);
    if (prompt.length === 0) throw refused('prompt', 'a prompt has at least one token');
    if (prompt.length >= this.context) {
      throw refused('prompt', `the prompt has ${prompt.length} tokens; with an answer, ${this.context} have room`);
    }
    if (!Number.isInteger(tokensMax) || tokensMax < 1) throw refused('tokensMax', 'an answer has at least one token');
    if (this.#waiting.length >= this.#waitingMax) {
      const what = `${this.#waiting.length} prompts wait already`;
      throw new TallystickError('model_busy', what, { retryAfterMs: BUSY_MS });
    }
    const answer = new Answer(options, this.model.ends, Math.floor(Math.random() * 2 ** 32));
    options.signal?.addEventListener('abort', () => answer.cancel(), { once: true });
    if (options.signal?.aborted === true) answer.cancel();
    this.#waiting.push(answer);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return answer;
  }

  /** Ends all answers, and the stages. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#failAll(new TallystickError('closed', 'the model was closed'));
    await this.#pipeline.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whoever asked gets the answer before it begins, and several that ask at once begin together.
    await Promise.resolve();
    while (this.#active.length + this.#waiting.length > 0) {
      try {
        if (!this.#isWhole) await this.#begin();
        this.#admit();
        this.#drop();
        const next = this.#active.find(({ cached, promptSize }) => cached < promptSize);
        if (next !== undefined) await this.#prefill(next);
        this.#drop();
        const ready = this.#active.filter(({ cached, promptSize }) => cached >= promptSize);
        if (ready.length > 0) await this.#step(ready);
        this.#drop();
      } catch (error) {
        this.#lose(error as Error);
      }
    }
  }

  #admit(): void {
    this.#dropWaiting();
    const free = this.#pipeline.slots - this.#active.length;
    for (const answer of this.#waiting.splice(0, free)) {
      this.#renumber(answer);
      this.#active.push(answer);
    }
  }

  #dropWaiting(): void {
    const over = this.#waiting.filter((answer) => this.#checkTime(answer));
    for (const answer of over) {
      this.#waiting.splice(this.#waiting.indexOf(answer), 1);
      this.#watch.ended?.(answer);
    }
  }

  #renumber(answer: Answer): void {
    this.#numbers = (this.#numbers + 1) % 2 ** 31;
    answer.number = this.#numbers;
    answer.cached = 0;
  }

  /** Whether the answer is over, by its end or by the clock. */
  #checkTime(answer: Answer): boolean {
    const now = performance.now();
    if (now > answer.untilMs) {
      answer.fail(new TallystickError('deadline_exceeded', `no whole answer within ${answer.options.timeoutMs} ms`));
    } else if (now > answer.againUntilMs && answer.cached < answer.tokens.length - 1) {
      answer.fail(new TallystickError('stage_lost', 'a stage was lost, and the answer could not be taken up in time'));
    }
    return answer.isOver;
  }

  /** Lets the stages forget answers that are over. */
  #drop(): void {
    const over = this.#active.filter((answer) => this.#checkTime(answer));
    if (over.length === 0) return;
    this.#active = this.#active.filter((answer) => !over.includes(answer));
    this.#pipeline.free(over.map(({ number }) => number));
    for (const answer of over) this.#watch.ended?.(answer);
  }

  async #prefill(answer: Answer): Promise<void> {
    const { cached, promptSize, number } = answer;
    const end = Math.min(cached - (cached % CHUNK) + CHUNK, promptSize);
    const row = { request: number, position: cached, tokens: end - cached };
    const logits = await this.#pipeline.forward([row], Int32Array.from(answer.tokens.slice(cached, end)));
    answer.cached = end;
    if (end === promptSize) this.#grow(answer, logits);
  }

  async #step(answers: readonly Answer[]): Promise<void> {
    const from = performance.now();
    const rows: Row[] = answers.map(({ number, cached }) => ({ request: number, position: cached, tokens: 1 }));
    const ids = Int32Array.from(answers, ({ tokens, cached }) => tokens[cached]!);
    const logits = await this.#pipeline.forward(rows, ids);
    const width = this.#pipeline.vocabulary;
    assert(logits.length === answers.length * width, 'each row has its logits');
    for (const [row, answer] of answers.entries()) {
      answer.cached += 1;
      this.#grow(answer, logits.subarray(row * width, (row + 1) * width));
    }
    this.#watch.stepped?.(answers.length, performance.now() - from);
  }

  /** The stages hold all that the answer has: chooses its next token. */
  #grow(answer: Answer, logits: Float32Array): void {
    if (answer.cached < answer.tokens.length || answer.isOver) return;
    answer.againUntilMs = Number.POSITIVE_INFINITY;
    answer.grow(logits, this.context);
    if (answer.size === 1) this.#watch.began?.(answer, performance.now() - answer.askedMs);
  }

  #lose(error: Error): void {
    if (this.#isClosed) return;
    const code = error instanceof TallystickError ? error.code : undefined;
    if (code !== 'stage_lost') {
      // A stage refused what we sent it, which no second attempt would change.
      this.#failAll(error);
      return;
    }
    this.#watch.lost?.(error);
    this.#isWhole = false;
    const until = performance.now() + this.#recoverMsMax;
    this.#pipeline.free(this.#active.map(({ number }) => number));
    for (const answer of this.#active) {
      answer.againUntilMs = Math.min(answer.againUntilMs, until);
      this.#renumber(answer);
    }
  }

  /** Starts lost stages again. Answers go on waiting as long as they have time; if the stages refuse, all end. */
  async #begin(): Promise<void> {
    const until = performance.now() + BEGIN_MS_MAX;
    for (let failure: Error | undefined; this.#active.length + this.#waiting.length > 0; ) {
      this.#starting ??= this.#pipeline.start().then(
        () => undefined,
        (error: Error) => error,
      );
      const outcome = await Promise.race([this.#starting, wait(RETRY_MS).then(() => 'waiting' as const)]);
      if (outcome === undefined) {
        this.#starting = undefined;
        this.#isWhole = true;
        return;
      }
      if (outcome !== 'waiting') {
        this.#starting = undefined;
        failure = outcome;
        await wait(RETRY_MS);
      }
      if (performance.now() > until || this.#isClosed) this.#failAll(failure ?? new TallystickError('stage_lost'));
      this.#drop();
      this.#dropWaiting();
    }
  }

  #failAll(error: Error): void {
    for (const answer of this.#waiting.splice(0)) {
      answer.fail(error);
      this.#watch.ended?.(answer);
    }
    for (const answer of this.#active) answer.fail(error);
    this.#drop();
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function refused(field: string, what: string): TallystickError {
  return new TallystickError('invalid_argument', what, { field });
}
