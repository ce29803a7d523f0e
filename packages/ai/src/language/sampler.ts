/** Chooses tokens. One sampler belongs to one request, so the same seed gives the same answer whoever else asks. */
import { TallystickError } from 'tallystick/internal';
import { Random } from '../random.ts';

export interface SamplerOptions {
  /** 0: always the likeliest token; by default 1. */
  readonly temperature?: number | undefined;
  /** Tokens are drawn from the likeliest ones that have this probability together. */
  readonly topP?: number | undefined;
  /** And from this many at most; 0: from all. */
  readonly topK?: number | undefined;
  /** Above 1, tokens that are in the text already become less likely. */
  readonly repetitionPenalty?: number | undefined;
  /** What is taken from a token's logit once it is in the answer, and for each time that it is. */
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  /** A whole number of 32 bits. */
  readonly seed?: number | undefined;
}

export interface Chosen {
  readonly token: number;
  /** Natural logarithm of its probability at temperature 1. */
  readonly logprob: number;
  /** The likeliest tokens, as many as were asked for. */
  readonly top: readonly { readonly token: number; readonly logprob: number }[];
}

/** Name, least and most of each option. */
const bounds = [
  ['temperature', 0, 2],
  ['topP', 0, 1],
  ['topK', 0, 2 ** 24],
  ['repetitionPenalty', 0.1, 10],
  ['presencePenalty', -2, 2],
  ['frequencyPenalty', -2, 2],
  ['seed', 0, 2 ** 32 - 1],
] as const;

export class Sampler {
  readonly #options: Required<{ readonly [key in keyof SamplerOptions]-?: number }>;
  readonly #random: Random;
  readonly #times = new Map<number, number>();
  readonly #seen: Set<number>;

  /** `prompt`: its tokens are in the text already. Throws `invalid_argument`. */
  constructor(options: SamplerOptions, prompt: readonly number[], seed: number) {
    for (const [field, least, most] of bounds) {
      const value = options[field];
      if (value === undefined || (Number.isFinite(value) && value >= least && value <= most)) continue;
      throw new TallystickError('invalid_argument', `${field} is a number from ${least} to ${most}`, { field });
    }
    this.#options = {
      temperature: options.temperature ?? 1,
      topP: options.topP ?? 1,
      topK: options.topK ?? 0,
      repetitionPenalty: options.repetitionPenalty ?? 1,
      presencePenalty: options.presencePenalty ?? 0,
      frequencyPenalty: options.frequencyPenalty ?? 0,
      seed: options.seed ?? seed,
    };
    this.#random = new Random(this.#options.seed);
    this.#seen = new Set(prompt);
  }

  /** `logits` are changed. `topCount`: of the likeliest tokens to report. */
  choose(logits: Float32Array, topCount = 0, wantsLogprob = true): Chosen {
    this.#penalise(logits);
    const { temperature } = this.#options;
    const token = temperature === 0 ? likeliest(logits) : this.#draw(logits, temperature);
    this.#times.set(token, (this.#times.get(token) ?? 0) + 1);
    this.#seen.add(token);
    if (!wantsLogprob) return { token, logprob: 0, top: [] };
    const total = logSum(logits);
    const top = topCount === 0 ? [] : [...order(logits, topCount)];
    return {
      token,
      logprob: logits[token]! - total,
      top: top.map((one) => ({ token: one, logprob: logits[one]! - total })),
    };
  }

  #penalise(logits: Float32Array): void {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.#options;
    if (repetitionPenalty !== 1) {
      for (const token of this.#seen) {
        const logit = logits[token]!;
        logits[token] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      }
    }
    if (presencePenalty === 0 && frequencyPenalty === 0) return;
    for (const [token, times] of this.#times) {
      logits[token] = logits[token]! - presencePenalty - frequencyPenalty * times;
    }
  }

  #draw(logits: Float32Array, temperature: number): number {
    const { topK, topP } = this.#options;
    const isCut = topK > 0 || topP < 1;
    const tokens = isCut ? order(logits, topK > 0 ? topK : logits.length) : undefined;
    const count = tokens?.length ?? logits.length;
    const most = logits[tokens === undefined ? likeliest(logits) : tokens[0]!]!;
    const weights = new Float64Array(count);
    let total = 0;
    for (let place = 0; place < count; place++) {
      weights[place] = Math.exp((logits[tokens?.[place] ?? place]! - most) / temperature);
      total += weights[place]!;
    }
    let kept = 0;
    let sum = 0;
    while (kept < count && (kept === 0 || sum < topP * total)) sum += weights[kept++]!;
    let rest = this.#random.fraction() * (topP < 1 ? sum : total);
    for (let place = 0; place < kept; place++) {
      rest -= weights[place]!;
      if (rest < 0) return tokens?.[place] ?? place;
    }
    return tokens?.[kept - 1] ?? kept - 1;
  }
}

/** The first of the likeliest. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
  return best;
}

/** The `count` likeliest tokens, from the likeliest on; of equal ones the smaller number first. */
function order(logits: Float32Array, count: number): Uint32Array {
  const tokens = Uint32Array.from(logits, (_, token) => token);
  tokens.sort((one, other) => logits[other]! - logits[one]! || one - other);
  return tokens.subarray(0, Math.min(count, tokens.length));
}

function logSum(logits: Float32Array): number {
  const most = logits[likeliest(logits)]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  return most + Math.log(sum);
}
