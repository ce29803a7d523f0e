/**
 * The features of a payment, out of {@link AccountState} and what is on its way: payments that were let through and
 * that the feed has not told of yet, earlier rows of the same batch among them. Every feature is a quotient or a sum
 * of integers, so it is the same 32-bit number on every machine.
 */
import { type AccountState, log256, type Window } from './account-state.ts';

/** Names of the features, in the order of a row. A model names the same, or is refused. */
export const FEATURES: readonly string[] = [
  'log_amount',
  'amount_over_mean',
  'amount_z',
  'amount_over_balance',
  'count_10m',
  'count_1h',
  'count_24h',
  'log_sum_1h',
  'log_sum_24h',
  'new_payee',
  'hours_since_last',
  'payer_age_days',
  'payer_payments',
  'hour_of_day',
  'payee_incoming_24h',
  'payee_new_payers_24h',
  'payee_age_days',
  'payee_has_paid',
  'payee_balance_log',
  'round_amount',
];

const HOURS_SINCE_MAX = 720;
const Z_MIN_PAYMENTS = 3;
/** What a mean and a quotient are capped at; beyond it nothing more is learnt. */
const RATIO_MAX = 1000;

/** Payments on their way, by slot. */
export class OnTheWay {
  #counts = new Uint32Array(1024);
  #sums = new Float64Array(1024);
  #incoming = new Uint32Array(1024);

  add(payer: number, payee: number, amount: number, times: 1 | -1): void {
    this.#grow(Math.max(payer, payee));
    this.#counts[payer] = this.#counts[payer]! + times;
    this.#sums[payer] = this.#sums[payer]! + times * amount;
    this.#incoming[payee] = this.#incoming[payee]! + times;
  }

  count(payer: number): number {
    return this.#counts[payer] ?? 0;
  }

  sum(payer: number): number {
    return this.#sums[payer] ?? 0;
  }

  incoming(payee: number): number {
    return this.#incoming[payee] ?? 0;
  }

  #grow(slot: number): void {
    if (slot < this.#counts.length) return;
    const size = 2 ** Math.ceil(Math.log2(slot + 1));
    const counts = new Uint32Array(size);
    const sums = new Float64Array(size);
    const incoming = new Uint32Array(size);
    counts.set(this.#counts);
    sums.set(this.#sums);
    incoming.set(this.#incoming);
    [this.#counts, this.#sums, this.#incoming] = [counts, sums, incoming];
  }
}

/** A payment that is about to be made. */
export interface Payment {
  readonly payer: number;
  readonly payee: number;
  /** At most `AMOUNT_MAX`. */
  readonly amount: number;
  /** Since the epoch. */
  readonly seconds: number;
}

const window: Window = { count10m: 0, count1h: 0, sum1h: 0, count24h: 0, sum24h: 0 };

/** Writes the features of one payment from `rows[at]` on. */
export function writeFeatures(
  state: AccountState,
  way: OnTheWay,
  payment: Payment,
  rows: Float32Array,
  at: number,
): void {
  const { payer, payee, amount, seconds } = payment;
  const count = way.count(payer);
  const sum = way.sum(payer);
  const payments = state.payments[payer]!;
  const paid = state.paid[payer]!;
  const balance = state.balance[payer]! - sum;
  state.window(payer, seconds, window);
  rows[at] = log256(amount) / 256;
  rows[at + 1] = payments > 0 ? Math.min((amount * payments) / Math.max(state.amounts[payer]!, 1), RATIO_MAX) : 1;
  rows[at + 2] = zOf(state, payer, amount);
  rows[at + 3] = Math.min(amount / Math.max(balance, 1), RATIO_MAX);
  rows[at + 4] = window.count10m + count;
  rows[at + 5] = window.count1h + count;
  rows[at + 6] = window.count24h + count;
  rows[at + 7] = log256(window.sum1h + sum) / 256;
  rows[at + 8] = log256(window.sum24h + sum) / 256;
  rows[at + 9] = state.knows(payer, payee) ? 0 : 1;
  rows[at + 10] = count > 0 ? 0 : paid > 0 ? Math.min((seconds - paid) / 3600, HOURS_SINCE_MAX) : HOURS_SINCE_MAX;
  rows[at + 11] = daysSince(state.opened[payer]!, seconds);
  rows[at + 12] = Math.min(payments + count, RATIO_MAX);
  rows[at + 13] = (seconds % 86_400) / 3600;
  rows[at + 14] = state.incoming(payee, seconds) + way.incoming(payee);
  rows[at + 15] = state.newPayers(payee, seconds);
  rows[at + 16] = daysSince(state.opened[payee]!, seconds);
  rows[at + 17] = state.payments[payee]! > 0 ? 1 : 0;
  rows[at + 18] = log256(Math.max(state.balance[payee]!, 0)) / 256;
  rows[at + 19] = amount % 1000 === 0 ? 1 : 0;
}

/** How far the amount's logarithm is from those before, in their standard deviations. */
function zOf(state: AccountState, payer: number, amount: number): number {
  const count = state.payments[payer]!;
  if (count < Z_MIN_PAYMENTS) return 0;
  const sum = state.logs[payer]!;
  const variance = (state.logSquares[payer]! * count - sum * sum) / (count * (count - 1));
  const z = (log256(amount) - sum / count) / Math.sqrt(Math.max(variance, 256));
  return Math.max(-RATIO_MAX, Math.min(z, RATIO_MAX));
}

function daysSince(opened: number, seconds: number): number {
  return opened > 0 ? Math.max(0, seconds - opened) / 86_400 : 0;
}
