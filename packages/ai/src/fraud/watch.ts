/** What can be counted of models at work: what they decide, how far shadows differ, and how far scores drift. */
import { Action, type Why } from './decision.ts';
import type { Manifest } from './model-store.ts';

/** Counts since the scorer was made. */
export interface ScoreCounts {
  /** By action. */
  readonly allow: number;
  readonly review: number;
  readonly deny: number;
  /** By reason: rows that the fail mode decided. */
  readonly missing: number;
  readonly late: number;
  readonly failed: number;
}

export class Tally {
  readonly #actions = new Float64Array(4);
  readonly #whys = new Float64Array(4);

  add(action: Action, why: Why): void {
    this.#actions[action] = this.#actions[action]! + 1;
    this.#whys[why] = this.#whys[why]! + 1;
  }

  get counts(): ScoreCounts {
    const [, missing, late, failed] = this.#whys as unknown as [number, number, number, number];
    return {
      allow: this.#actions[Action.allow]!,
      review: this.#actions[Action.review]!,
      deny: this.#actions[Action.deny]!,
      missing,
      late,
      failed,
    };
  }
}

/** A shadow beside the model that decides. */
export interface ShadowCounts {
  readonly rows: number;
  /** Rows for which both say the same. */
  readonly agreed: number;
  /** Rows that the shadow is stricter with, and more lenient. */
  readonly stricter: number;
  readonly looser: number;
}

export class Shadow {
  #rows = 0;
  #stricter = 0;
  #looser = 0;

  add(own: Action, active: Action): void {
    this.#rows += 1;
    if (own > active) this.#stricter += 1;
    else if (own < active) this.#looser += 1;
  }

  get counts(): ShadowCounts {
    const agreed = this.#rows - this.#stricter - this.#looser;
    return { rows: this.#rows, agreed, stricter: this.#stricter, looser: this.#looser };
  }
}

const SHARE_MIN = 1e-4;

/**
 * The population stability index of a model's scores against those of its training data: below 0.1 nothing has moved,
 * above 0.25 the model should be trained again.
 */
export class Drift {
  readonly #ends: readonly number[];
  readonly #shares: readonly number[];
  readonly #counts: Float64Array;
  #rows = 0;

  constructor({ scores }: Manifest) {
    this.#ends = scores.ends;
    this.#shares = scores.shares;
    this.#counts = new Float64Array(scores.shares.length);
  }

  add(units: number): void {
    let range = 0;
    while (range < this.#ends.length && units > this.#ends[range]!) range++;
    this.#counts[range] = this.#counts[range]! + 1;
    this.#rows += 1;
  }

  get index(): number {
    if (this.#rows === 0) return 0;
    return this.#shares.reduce((sum, share, range) => {
      const was = Math.max(share, SHARE_MIN);
      const is = Math.max(this.#counts[range]! / this.#rows, SHARE_MIN);
      return sum + (is - was) * Math.log(is / was);
    }, 0);
  }
}
