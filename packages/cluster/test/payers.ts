/**
 * Clients who remember what they were told: each pays from one account to another as fast as it is answered, and knows
 * afterwards which transfers must be there, and which may.
 */
import assert from 'node:assert/strict';
import { connect, type Ledger, type RemoteLedger } from '../../../src/index.ts';

export const PAYER = 1n;
export const PAYEE = 2n;
const LEDGER = 840;

export class Payers {
  /** Ids of transfers that were told. */
  readonly told: bigint[] = [];
  /** Ids of those whose answer never came. */
  readonly unknown: bigint[] = [];
  /** The longest time between two answers, ms, since it was last reset. */
  longestGap = 0;
  #lastAnswer = 0;
  #next = 100n;
  #ended = false;
  #running: Promise<void>[] = [];
  readonly #ledger: RemoteLedger;

  private constructor(ledger: RemoteLedger) {
    this.#ledger = ledger;
  }

  static async start(addresses: readonly string[], count: number): Promise<Payers> {
    const ledger = await connect(addresses, { retry: true, reconnectTimeoutMs: 30_000 });
    const accounts = [PAYER, PAYEE].map((id) => ({ id, ledger: LEDGER, code: 1 }));
    for (const { status } of await ledger.createAccounts(accounts)) assert.ok(status !== undefined);
    const payers = new Payers(ledger);
    payers.#lastAnswer = performance.now();
    payers.#running = Array.from({ length: count }, () => payers.#pay());
    return payers;
  }

  async #pay(): Promise<void> {
    while (!this.#ended) {
      const id = this.#next++;
      try {
        await this.#ledger.createTransfers([
          { id, debit_account_id: PAYER, credit_account_id: PAYEE, amount: 1n, ledger: LEDGER, code: 1 },
        ]);
        this.told.push(id);
        this.#answered();
      } catch {
        this.unknown.push(id);
      }
    }
  }

  #answered(): void {
    const now = performance.now();
    this.longestGap = Math.max(this.longestGap, now - this.#lastAnswer);
    this.#lastAnswer = now;
  }

  /** Resolves when so many more were told. */
  async more(count: number): Promise<void> {
    const wanted = this.told.length + count;
    while (this.told.length < wanted) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  resetGap(): void {
    this.longestGap = 0;
    this.#lastAnswer = performance.now();
  }

  /** Pays no more. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#ledger.close();
  }

  /** Pays no more, and checks through `ledger` that what was told is there, once. */
  async check(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#running);
    await checkPayments(this.#ledger, this.told, this.unknown);
    await this.#ledger.close();
  }
}

export async function checkPayments(
  ledger: Ledger,
  told: readonly bigint[],
  unknown: readonly bigint[],
): Promise<void> {
  const found = async (ids: readonly bigint[]): Promise<number> => {
    let count = 0;
    for (let from = 0; from < ids.length; from += 8000) {
      count += (await ledger.lookupTransfers(ids.slice(from, from + 8000))).length;
    }
    return count;
  };
  assert.equal(await found(told), told.length, 'told, and lost');
  const [payer, payee] = await ledger.lookupAccounts([PAYER, PAYEE]);
  const moved = BigInt(told.length + (await found(unknown)));
  assert.equal(payer!.debits_posted, moved, 'every transfer has moved its amount once');
  assert.equal(payee!.credits_posted, moved, 'every transfer has moved its amount once');
}
