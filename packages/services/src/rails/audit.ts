/**
 * What must be true of payouts and of banks' entries, found from the ledger alone.
 *
 *   a payout is in one file        and nothing is posted that no file has
 *   what leaves clearing           was posted before: settled, or given back, and not both
 *   what goes back                 goes back once, and is no more than what was paid
 *   what is assigned               is what an entry brought, once
 *   clearing                       holds what is posted and neither settled nor given back
 */
import { type Account, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { CLEARING, Code } from '../base/codes.ts';
import { baseOfLeg, formatBase } from '../base/ids.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;

interface Sums {
  held: bigint;
  posted: bigint;
  settled: bigint;
  /** From clearing, before the bank has booked it; and in all. */
  turnedDown: bigint;
  back: bigint;
  claims: number;
  cancelled: number;
  clearing: bigint;
}

interface EntrySums {
  brought: bigint;
  assigned: bigint;
}

export class RailsAudit {
  readonly #payouts = new Map<bigint, Sums>();
  readonly #entries = new Map<bigint, EntrySums>();
  readonly #clearing = new Map<bigint, bigint>();

  /** Sees every transfer once, in their order. */
  see(transfer: Transfer): void {
    const { code, amount, id, user_data_128: about } = transfer;
    if (code === Code.payIn) this.#entryOf(baseOfLeg(id)).brought += amount;
    else if (code === Code.assigned) this.#entryOf(about).assigned += amount;
    else if (PAYOUT_CODES.has(code)) this.#payout(this.#sumsOf(about), transfer);
  }

  #payout(sums: Sums, { code, flags, amount, credit_account_id, debit_account_id }: Transfer): void {
    if (code === Code.payoutClaimed) sums.claims++;
    else if (code === Code.payoutCancelled) sums.cancelled++;
    else if (code === Code.payoutSettled) {
      sums.settled += amount;
      this.#move(sums.clearing, -amount);
    } else if (code === Code.payoutReturned) {
      sums.back += amount;
      if (debit_account_id !== sums.clearing) return;
      sums.turnedDown += amount;
      this.#move(sums.clearing, -amount);
    } else if ((flags & pending) !== 0) {
      sums.held += amount;
      sums.clearing = credit_account_id;
    } else if ((flags & post_pending_transfer) !== 0) {
      sums.posted += amount;
      this.#move(sums.clearing, amount);
    } else if ((flags & void_pending_transfer) === 0) sums.posted += amount;
  }

  #move(clearing: bigint, units: bigint): void {
    this.#clearing.set(clearing, (this.#clearing.get(clearing) ?? 0n) + units);
  }

  #sumsOf(payout: bigint): Sums {
    const none = { held: 0n, posted: 0n, settled: 0n, turnedDown: 0n, back: 0n, claims: 0, cancelled: 0, clearing: 0n };
    const sums = this.#payouts.get(payout) ?? none;
    this.#payouts.set(payout, sums);
    return sums;
  }

  #entryOf(base: bigint): EntrySums {
    const sums = this.#entries.get(base) ?? { brought: 0n, assigned: 0n };
    this.#entries.set(base, sums);
    return sums;
  }

  /** Sees every account once, after the transfers. */
  *seeAccount({ id, code, credits_posted, debits_posted }: Account): Generator<string, void> {
    if (code !== CLEARING) return;
    const [has, must] = [credits_posted - debits_posted, this.#clearing.get(id) ?? 0n];
    if (has !== must) yield `the clearing account ${id} holds ${has}, and payouts on their way are ${must}`;
  }

  *problems(): Generator<string, void> {
    for (const [payout, sums] of this.#payouts) yield* problemsOf(formatBase('out', payout), sums);
    for (const [base, { brought, assigned }] of this.#entries) {
      if (assigned > brought) yield `${formatBase('ent', base)}: ${assigned} was assigned, and it brought ${brought}`;
    }
  }
}

const PAYOUT_CODES: ReadonlySet<number> = new Set([
  Code.payout,
  Code.payoutSettled,
  Code.payoutReturned,
  Code.payoutClaimed,
  Code.payoutCancelled,
]);

function* problemsOf(name: string, sums: Sums): Generator<string, void> {
  const { held, posted, settled, turnedDown, back, claims, cancelled } = sums;
  if (claims > 1) yield `${name}: it is in ${claims} files`;
  if (claims > 0 && cancelled > 0) yield `${name}: it was cancelled, and is in a file`;
  if (posted > 0n && claims === 0) yield `${name}: it was posted, and no file has it`;
  if (posted > held) yield `${name}: ${posted} was posted, and ${held} was held`;
  if (settled + turnedDown > posted) yield `${name}: ${settled + turnedDown} left clearing, and ${posted} came in`;
  if (back > posted) yield `${name}: ${back} went back, and ${posted} was paid`;
}
