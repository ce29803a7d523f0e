/** A request is carried out, and its words are kept: before its money where it takes several steps, else beside it. */
import { TallystickError } from 'tallystick/internal/model';
import type { Asked } from './asked.ts';
import type { Ready } from './compile.ts';
import type { Flow } from './flow.ts';
import type { Based, Intents, Others } from './intents.ts';
import type { Receipt } from './receipts.ts';

export class Asking {
  readonly #flow: Flow;
  readonly #intents: Intents | undefined;
  /** Who asks, by a name that was proved. */
  readonly #who: string | undefined;

  constructor(flow: Flow, intents: Intents | undefined, who: string | undefined) {
    this.#flow = flow;
    this.#intents = intents;
    this.#who = who;
  }

  /** Words first: whatever a crash leaves half done is found by them. */
  async inSteps(asked: Asked): Promise<Receipt> {
    const begun = await this.#intents?.begin(this.#intentOf(asked));
    try {
      const receipt = await this.#flow.run(asked, undefined);
      if (begun !== undefined) this.#intents!.end(begun);
      return receipt;
    } catch (error) {
      if (begun !== undefined && isFinal(error)) await this.#intents!.undo(begun);
      throw error;
    }
  }

  /**
   * Words, if there are any, beside the money: whichever of the two a crash leaves alone is enough to find the other,
   * because both have their ids from the key.
   */
  async inOneChain(asked: Asked, ready: Ready): Promise<Receipt> {
    const intents = this.#intents;
    const { description } = asked.request;
    const keeping = description === undefined ? undefined : intents?.keep([this.#intentOf(asked)]);
    const words = keeping === undefined ? undefined : Promise.allSettled([keeping]);
    let receipt: Receipt;
    try {
      receipt = await this.#flow.run(asked, ready);
    } catch (error) {
      await words;
      // Nobody knows what became of it: whoever starts next finds out.
      if (!isFinal(error)) await intents?.begin(this.#intentOf(asked)).catch(() => undefined);
      throw error;
    }
    if (words === undefined) return receipt;
    const [kept] = (await words) as [PromiseSettledResult<Others>];
    if (kept.status === 'rejected') throw kept.reason;
    if (kept.value.size > 0 && receipt.outcome !== 'refused') await intents!.confirm(kept.value, () => true);
    return receipt;
  }

  #intentOf({ verb, key, request, base }: Asked): Based {
    return this.#who === undefined ? { verb, key, request, base } : { verb, key, request, base, who: this.#who };
  }
}

/** Nothing was done, and whoever asked is told so: nobody shall do it later. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof TallystickError)) return false;
  return ['invalid_argument', 'not_found', 'request_reused', 'forbidden'].includes(error.code);
}
