/** How long callers wait for an answer while something happens to a cluster. */
import { connect, type RemoteLedger } from '../../../src/index.ts';

const CALLERS = 8;
const LEDGER = 3;
/** The answers that flow before anything is done, and after it. */
const ANSWERS = 200;

export class Callers {
  readonly #ledger: RemoteLedger;
  #next: bigint;
  #answers = 0;
  #ended = false;
  #lastAnswer = performance.now();
  #longest = 0;
  #running: Promise<void>[] = [];

  private constructor(ledger: RemoteLedger, firstId: bigint) {
    this.#ledger = ledger;
    this.#next = firstId;
  }

  /** `firstId`: it and those behind it are nobody else's. */
  static async start(addresses: readonly string[], firstId: bigint): Promise<Callers> {
    const ledger = await connect(addresses, { retry: true, reconnectTimeoutMs: 60_000 });
    await ledger.createAccounts([1n, 2n].map((id) => ({ id: firstId + id, ledger: LEDGER, code: 1 })));
    const callers = new Callers(ledger, firstId + 3n);
    callers.#running = Array.from({ length: CALLERS }, () => callers.#call(firstId));
    return callers;
  }

  async #call(accounts: bigint): Promise<void> {
    const of = {
      debit_account_id: accounts + 1n,
      credit_account_id: accounts + 2n,
      amount: 1n,
      ledger: LEDGER,
      code: 1,
    };
    while (!this.#ended) {
      await this.#ledger.createTransfers([{ id: this.#next++, ...of }]);
      const now = performance.now();
      this.#longest = Math.max(this.#longest, now - this.#lastAnswer);
      this.#lastAnswer = now;
      this.#answers++;
    }
  }

  /** The longest time between two answers from when `act` begins until answers flow behind it; seconds. */
  async gap(act: () => Promise<unknown>): Promise<number> {
    await this.#more();
    this.#longest = 0;
    this.#lastAnswer = performance.now();
    await act();
    await this.#more();
    return Math.round(this.#longest) / 1000;
  }

  async #more(): Promise<void> {
    const wanted = this.#answers + ANSWERS;
    while (this.#answers < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#running);
    await this.#ledger.close();
  }
}
