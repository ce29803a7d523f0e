/**
 * What must be true of every chain that services made, whatever it was for: found from a scan of the ledger's
 * transfers, without records and without rules.
 *
 *   a chain is whole      leg n is there only with the legs before it, and all have one fingerprint
 *   limits agree          what a payment took from a limit is what its payer paid, or one payment
 *   meters agree          a payment is counted once, and nothing is counted that is no payment
 *   reviews have a case   money that waits has an account that counts who has approved
 */
import type { Account, Transfer } from 'tallystick/internal/model';
import { ControlBook } from '../base/assets.ts';
import { Code, isReview } from '../base/codes.ts';
import { baseOfLeg, formatBase } from '../base/ids.ts';

const BOOK_MASK = 0xfff;
const TENANT_SHIFT = 12;
const LEG_MASK = 0xffn;
const CONTROL_BOOKS = 4000;

interface Chain {
  /** A bit for each leg that is there. */
  legs: bigint;
  /** Fingerprints that its legs have. */
  readonly fingerprints: Set<bigint>;
  /** What new payments in it take from each payer, fees left out. */
  readonly paid: Map<bigint, bigint>;
  readonly limits: bigint[];
  meters: number;
  waits: boolean;
}

/** Codes of money with which a payment begins. */
const BEGINNINGS: ReadonlySet<number> = new Set([
  Code.pay,
  Code.hold,
  Code.payout,
  Code.reviewPay,
  Code.reviewHold,
  Code.reviewPayout,
  Code.fxSell,
]);
/** Codes of services' chains. */
const CHAINED: ReadonlySet<number> = new Set([
  Code.pay,
  Code.fee,
  Code.hold,
  Code.over,
  Code.refund,
  Code.reversal,
  Code.feeReversal,
  Code.reviewPay,
  Code.reviewFee,
  Code.reviewHold,
  Code.payout,
  Code.reviewPayout,
  Code.fxSell,
  Code.fxBuy,
  Code.fxMargin,
  Code.quote,
  Code.fxBack,
  Code.fxMarginBack,
  Code.limit,
  Code.refunded,
  Code.approved,
  Code.metered,
]);

/** What tenants have used, by the month. */
export type Used = ReadonlyMap<string, bigint>;

export class Chains {
  readonly #chains = new Map<bigint, Chain>();
  readonly #used = new Map<string, bigint>();
  /** Units that moved to each counting account, and from each limit. */
  readonly #metered = new Map<number, bigint>();
  readonly #taken = new Map<bigint, bigint>();
  readonly #cases = new Set<bigint>();

  /** Sees every transfer once, in their order. */
  see(transfer: Transfer): void {
    const { id, code, amount, ledger, user_data_64: fingerprint, debit_account_id: payer } = transfer;
    if (!CHAINED.has(code) || fingerprint === 0n) return;
    const base = baseOfLeg(id);
    const chain = this.#chainOf(base);
    chain.legs |= 1n << (id & LEG_MASK);
    chain.fingerprints.add(fingerprint);
    if (code === Code.limit) {
      chain.limits.push(amount);
      this.#taken.set(payer, (this.#taken.get(payer) ?? 0n) + amount);
    } else if (code === Code.metered) {
      chain.meters++;
      this.#count(transfer);
    } else if (BEGINNINGS.has(code) && (ledger & BOOK_MASK) < CONTROL_BOOKS) {
      // Posts and voids have their pending transfer's code, and are legs of what ends it.
      if (transfer.pending_id === 0n) chain.paid.set(payer, (chain.paid.get(payer) ?? 0n) + amount);
      if (isReview(code)) chain.waits ||= transfer.pending_id === 0n;
    }
  }

  #chainOf(base: bigint): Chain {
    let chain = this.#chains.get(base);
    if (chain === undefined) {
      chain = { legs: 0n, fingerprints: new Set(), paid: new Map(), limits: [], meters: 0, waits: false };
      this.#chains.set(base, chain);
    }
    return chain;
  }

  #count({ ledger, amount, timestamp }: Transfer): void {
    const month = `${ledger >>> TENANT_SHIFT}/${new Date(Number(timestamp / 1_000_000n)).toISOString().slice(0, 7)}`;
    this.#used.set(month, (this.#used.get(month) ?? 0n) + amount);
    this.#metered.set(ledger, (this.#metered.get(ledger) ?? 0n) + amount);
  }

  /** Sees every account once, after the transfers. */
  *seeAccount({ id, ledger, debits_posted, user_data_128, user_data_32 }: Account): Generator<string, void> {
    const book = ledger & BOOK_MASK;
    if (book === ControlBook.votes && user_data_128 !== 0n && user_data_32 > 0) this.#cases.add(user_data_128);
    const taken = this.#taken.get(id);
    if (taken !== undefined && taken !== debits_posted) {
      yield `the limit ${id}: ${taken} was taken by payments, and its account says ${debits_posted}`;
    }
  }

  /** `usedOf`: what the counting account of a book of meters says. */
  *problems(usedOf: (ledger: number) => bigint | undefined): Generator<string, void> {
    for (const [base, chain] of this.#chains) yield* this.#problemsOf(base, chain);
    for (const [ledger, units] of this.#metered) {
      const used = usedOf(ledger);
      if (used === units) continue;
      yield `the meter of tenant ${ledger >>> TENANT_SHIFT} says ${used ?? 0n}, and ${units} payments were counted`;
    }
  }

  *#problemsOf(base: bigint, chain: Chain): Generator<string, void> {
    const name = formatBase('req', base);
    const { legs, fingerprints, paid, limits, meters, waits } = chain;
    // Legs 1 to n: one more than their bits is a power of two, without the bit of leg 0.
    if (((legs + 2n) & (legs + 1n)) !== 0n) yield `${name}: a leg of its chain is missing`;
    if (fingerprints.size > 1) yield `${name}: its legs are of ${fingerprints.size} requests`;
    const amounts = [1n, ...paid.values()];
    for (const taken of limits) {
      if (!amounts.includes(taken)) yield `${name}: ${taken} was taken from a limit, and nobody paid that`;
    }
    if (meters > 1) yield `${name}: it was counted ${meters} times`;
    if (meters > 0 && paid.size === 0) yield `${name}: it was counted, and is no payment`;
    if (waits && !this.#cases.has(base)) yield `${name}: money waits, and there is no case in which to approve`;
  }

  /** By tenant and month, `7/2026-11`. */
  get used(): Used {
    return this.#used;
  }
}
