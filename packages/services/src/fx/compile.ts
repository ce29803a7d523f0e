/** From an exchange to the legs of its chain, and of what goes back of it. */

import { queriedTransfersOf } from 'tallystick/internal/helpers';
import type { Ledger, Transfer } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { legId } from '../base/ids.ts';
import type { Leg } from '../base/plan.ts';
import { marginOf, positionOf, type Quote, type Quotes } from './quotes.ts';
import { partOf } from './rates.ts';

/** Sold to the operator, bought from it, the margin out of what it would have paid. */
export function exchangeLegs(books: Books, quotes: Quotes, quote: Quote, from: string, to: string): Leg[] {
  const { sell, buy, sold, net, margin } = quote;
  const position = positionOf(books, buy);
  const ledger = books.ledgerOf(buy);
  const legs: Leg[] = [
    {
      control: 'money',
      debit: books.accountId(from, sell),
      credit: positionOf(books, sell),
      amount: sold,
      ledger: books.ledgerOf(sell),
      code: Code.fxSell,
    },
    { control: 'money', debit: position, credit: books.accountId(to, buy), amount: net, ledger, code: Code.fxBuy },
  ];
  if (margin > 0n) {
    const credit = marginOf(books, buy);
    legs.push({ control: 'money', debit: position, credit, amount: margin, ledger, code: Code.fxMargin });
  }
  legs.push(quotes.useLeg(quote));
  return legs;
}

/** What was bought with a payment, and its margin: legs 2 and 3. */
export interface Bought {
  readonly buy: Transfer;
  readonly margin: Transfer | undefined;
  /** Of each, what went back already. */
  readonly buyBack: bigint;
  readonly marginBack: bigint;
}

export async function readBought(ledger: Ledger, payment: bigint): Promise<Bought> {
  const legs = await ledger.lookupTransfers([2, 3].map((leg) => legId(payment, leg)));
  const buy = legs.find(({ code }) => code === Code.fxBuy)!;
  const margin = legs.find(({ code }) => code === Code.fxMargin);
  let [buyBack, marginBack] = [0n, 0n];
  for await (const page of queriedTransfersOf(ledger, { user_data_128: payment, ledger: buy.ledger })) {
    for (const { code, amount } of page) {
      if (code === Code.fxBack) buyBack += amount;
      else if (code === Code.fxMarginBack) marginBack += amount;
    }
  }
  return { buy, margin, buyBack, marginBack };
}

/**
 * What goes back with a refund, at the rate of the payment: so much of what was bought, and of the margin, that all
 * refunds together are the whole. `back`: of what was sold, with this refund; `sold`: all of it.
 */
export function backLegs({ buy, margin, buyBack, marginBack }: Bought, back: bigint, sold: bigint): Leg[] {
  const { debit_account_id: position, credit_account_id: payee, ledger } = buy;
  const amount = partOf(buy.amount, back, sold, buyBack);
  const legs: Leg[] = [{ control: 'money', debit: payee, credit: position, amount, ledger, code: Code.fxBack }];
  const earned = margin === undefined ? 0n : partOf(margin.amount, back, sold, marginBack);
  if (earned > 0n) {
    const { debit_account_id: credit, credit_account_id: debit } = margin!;
    legs.push({ control: 'money', debit, credit, amount: earned, ledger, code: Code.fxMarginBack });
  }
  return legs;
}
