/** Sends wishes of the model as requests, and says what they heard. */
import { TallystickError } from 'tallystick';
import type { Payments, Receipt, Requests, Verb, Would } from '../src/index.ts';
import type { Heard, Model, Wish } from './model.ts';

export const cents = (units: bigint): string => `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;

/** `ids`: of the payments that were made, in their order. */
export function requestOf(wish: Wish, ids: readonly string[]): { readonly verb: Verb; readonly request: object } {
  const { verb } = wish;
  if (verb === 'pay' || verb === 'hold') {
    const { from, to, amount } = wish;
    const fee = verb === 'pay' && wish.fee > 0n ? { fee: cents(wish.fee) } : {};
    return { verb, request: { from, to, asset: 'EUR', amount: cents(amount), ...fee } };
  }
  const payment = ids[wish.on]!;
  if (verb === 'refund') return { verb, request: { payment, amount: cents(wish.amount) } };
  if (verb !== 'capture') return { verb, request: { payment } };
  const { amount, more, over } = wish;
  return { verb, request: { payment, amount: cents(amount), more, allow_over: over } };
}

export async function ask(payments: Payments, key: string, verb: Verb, request: object): Promise<Receipt | Would> {
  return payments.ask(verb, key, request as Requests[Verb]);
}

export function heardOf(receipt: Receipt | Would): Heard {
  if (receipt.outcome === 'would') return receipt.code ?? 'done';
  if (receipt.outcome === 'review') throw new TallystickError('model_invalid', 'nothing waits in the model');
  return receipt.outcome === 'done' ? 'done' : receipt.code;
}

/** A receipt without what differs between the first attempt and those after it. */
export function lasting(receipt: Receipt | Would): object {
  const { again: _, ...rest } = receipt as Receipt & { readonly again?: boolean };
  return rest;
}

/** Compares all balances and payments with the model's. Throws in a sentence. */
export async function compare(payments: Payments, model: Model, ids: readonly string[]): Promise<void> {
  for (const [name, posted] of model.posted) {
    const { balance, held } = await payments.account(name, 'EUR');
    same(`${name}'s balance`, balance, cents(posted));
    same(`held of ${name}`, held, cents(model.held(name)));
  }
  for (const [index, id] of ids.entries()) {
    const view = await payments.payment(id);
    const { paid, held, back } = model.payments[index]!;
    if (!('paid' in view)) throw new TallystickError('model_invalid', `${id} was made, and is refused`);
    same(`${id} paid`, view.paid, cents(paid));
    same(`${id} held`, view.held, cents(held));
    same(`${id} refunded`, view.refunded, cents(back));
  }
}

function same(what: string, found: string, expected: string): void {
  if (found !== expected) throw new TallystickError('model_invalid', `${what} is ${found}, and must be ${expected}`);
}
