/** How many queries wait or are being answered, and of whom: the ledger has room for some thousands at a time. */

/** From so many on, only payers that have none are let in. */
const CROWDED = 2048;
/** Fewer than an engine has tickets for: with none left, what changes the ledger would wait for queries. */
const QUERIES_MAX = 4000;

export class OpenQueries {
  readonly #byPayer = new Map<number, number>();
  count = 0;

  admits(payer: number): boolean {
    return this.count < (this.#byPayer.has(payer) ? CROWDED : QUERIES_MAX);
  }

  entered(payer: number): void {
    this.count++;
    this.#byPayer.set(payer, (this.#byPayer.get(payer) ?? 0) + 1);
  }

  left(payer: number): void {
    this.count--;
    const others = (this.#byPayer.get(payer) ?? 1) - 1;
    if (others === 0) this.#byPayer.delete(payer);
    else this.#byPayer.set(payer, others);
  }
}
