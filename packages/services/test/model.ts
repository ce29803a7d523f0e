/** Payments a second time, in plain bigints and without a ledger: what each request must hear. */
import type { RefusalCode } from '../src/base/outcomes.ts';

export const NAMES = ['alice', 'bob', 'shop'] as const;
export type Name = (typeof NAMES)[number];

/** A request of the model; `on`: which payment it is about, by its place among those that were made. */
export type Wish =
  | { readonly verb: 'pay'; readonly from: Name; readonly to: Name; readonly amount: bigint; readonly fee: bigint }
  | { readonly verb: 'hold'; readonly from: Name; readonly to: Name; readonly amount: bigint }
  | {
      readonly verb: 'capture';
      readonly on: number;
      readonly amount: bigint;
      readonly more: boolean;
      readonly over: boolean;
    }
  | { readonly verb: 'release' | 'reverse'; readonly on: number }
  | { readonly verb: 'refund'; readonly on: number; readonly amount: bigint };

export type Heard = 'done' | RefusalCode;

interface Payment {
  readonly from: Name;
  readonly to: Name;
  fee: bigint;
  held: bigint;
  ended: 'captured' | 'released' | undefined;
  paid: bigint;
  back: bigint;
}

export class Model {
  readonly posted: Map<Name, bigint> = new Map(NAMES.map((name) => [name, 0n]));
  fees = 0n;
  readonly payments: Payment[] = [];

  held(name: Name): bigint {
    return this.payments.reduce((sum, { from, held }) => (from === name ? sum + held : sum), 0n);
  }

  #free(name: Name): bigint {
    return this.posted.get(name)! - this.held(name);
  }

  #move(from: Name, to: Name, amount: bigint): void {
    this.posted.set(from, this.posted.get(from)! - amount);
    this.posted.set(to, this.posted.get(to)! + amount);
  }

  hear(wish: Wish): Heard {
    if (wish.verb === 'pay') return this.#pay(wish);
    if (wish.verb === 'hold') return this.#hold(wish);
    const payment = this.payments[wish.on]!;
    if (wish.verb === 'capture') return this.#capture(payment, wish);
    if (wish.verb === 'release') return this.#release(payment);
    if (wish.verb === 'refund') return this.#refund(payment, wish.amount);
    return this.#reverse(payment);
  }

  #pay({ from, to, amount, fee }: Extract<Wish, { verb: 'pay' }>): Heard {
    if (this.#free(from) < amount + fee) return 'insufficient_funds';
    this.#move(from, to, amount);
    this.posted.set(from, this.posted.get(from)! - fee);
    this.fees += fee;
    this.payments.push({ from, to, fee, held: 0n, ended: undefined, paid: amount, back: 0n });
    return 'done';
  }

  #hold({ from, to, amount }: Extract<Wish, { verb: 'hold' }>): Heard {
    if (this.#free(from) < amount) return 'insufficient_funds';
    this.payments.push({ from, to, fee: 0n, held: amount, ended: undefined, paid: 0n, back: 0n });
    return 'done';
  }

  #capture(payment: Payment, { amount, more, over }: Extract<Wish, { verb: 'capture' }>): Heard {
    if (payment.held === 0n) return payment.ended === 'released' ? 'hold_released' : 'hold_captured';
    const excess = amount > payment.held ? amount - payment.held : 0n;
    if (excess > 0n && !over) return 'capture_exceeds_hold';
    if (excess > this.#free(payment.from)) return 'insufficient_funds';
    const rest = payment.held - amount;
    payment.held = more && rest > 0n ? rest : 0n;
    if (payment.held === 0n) payment.ended = 'captured';
    payment.paid += amount;
    this.#move(payment.from, payment.to, amount);
    return 'done';
  }

  #release(payment: Payment): Heard {
    if (payment.held === 0n) return payment.ended === 'released' ? 'hold_released' : 'hold_captured';
    payment.held = 0n;
    payment.ended = 'released';
    return 'done';
  }

  #refund(payment: Payment, amount: bigint): Heard {
    if (payment.paid === 0n) return 'nothing_to_refund';
    if (amount > payment.paid - payment.back) return 'refund_exceeds_payment';
    if (this.#free(payment.to) < amount) return 'insufficient_funds';
    payment.back += amount;
    this.#move(payment.to, payment.from, amount);
    return 'done';
  }

  #reverse(payment: Payment): Heard {
    if (payment.paid === 0n) return 'nothing_to_refund';
    if (payment.back > 0n) return 'refund_exceeds_payment';
    if (this.#free(payment.to) < payment.paid) return 'insufficient_funds';
    payment.back = payment.paid;
    this.#move(payment.to, payment.from, payment.paid);
    this.posted.set(payment.from, this.posted.get(payment.from)! + payment.fee);
    this.fees -= payment.fee;
    payment.fee = 0n;
    return 'done';
  }
}
