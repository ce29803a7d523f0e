/** From a request to the legs of its chain: pure functions of the request and of the payment's life. */
import { invalidField, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { type Asset, unitsOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import type { RefusalCode } from '../base/outcomes.ts';
import type { Leg } from '../base/plan.ts';
import type { Wish } from '../controls/controls.ts';
import type { Spending } from '../controls/windows.ts';
import { type Life, sum } from './life.ts';
import type { CaptureRequest, HoldRequest, PayRequest, RefundRequest, SplitRequest, Verb } from './shapes.ts';
import { type Share, sharesOf } from './split.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
const SECOND = 1_000_000_000n;

/** Each of them is looked up. */
const PARTIES_MAX = 16;

export type Legs = readonly [Leg, ...Leg[]];

/** The legs of a request; with a `code` they are refused without being sent. */
export interface Compiled {
  readonly legs: Legs;
  readonly code?: RefusalCode;
}

/** A request that needs no look at the ledger, compiled: who pays what to whom. */
export type Ready = Pick<Wish, 'payers' | 'payees' | 'asset'> & {
  readonly legs: Legs;
  /** Nothing is done after this moment, nanoseconds since the epoch; undefined: it is, whenever. */
  readonly expiresAt?: bigint;
};

/** Each is looked for in lists. Throws `invalid_argument`. */
export function checkParties(parties: readonly string[] = []): void {
  if (parties.length > PARTIES_MAX) throw invalidField('parties', `has more than ${PARTIES_MAX} names`);
}

/** Throws `invalid_argument`. */
export function compileNew(books: Books, verb: Verb, request: PayRequest | HoldRequest | SplitRequest): Ready {
  const asset = books.assets.byCode(request.asset);
  checkParties(request.parties);
  if (verb === 'split') {
    const shares = sharesOf(request as SplitRequest, asset);
    const [payers, payees] = [partsOf(shares, 'from'), partsOf(shares, 'to')];
    return { asset, payers, payees, legs: splitLegs(books, asset, shares) };
  }
  const { from, to } = request as PayRequest;
  const legs =
    verb === 'pay' ? payLegs(books, asset, request as PayRequest) : holdLegs(books, asset, request as HoldRequest);
  const units = legs[0].amount!;
  return { asset, payers: [{ payer: from, units }], payees: [{ payer: to, units }], legs };
}

/** What a request moves. */
export const allUnits = ({ payers }: Ready): bigint => payers.reduce((all, { units }) => all + units, 0n);

/** What each account has in a split. */
function partsOf(shares: readonly Share[], side: 'from' | 'to'): Spending[] {
  const parts = new Map<string, bigint>();
  for (const share of shares) parts.set(share[side], (parts.get(share[side]) ?? 0n) + share.units);
  return [...parts].map(([payer, units]) => ({ payer, units }));
}

export function payLegs(books: Books, asset: Asset, request: PayRequest): Legs {
  const { debit, credit, ledger, amount } = between(books, asset, request);
  const pay: Leg = { control: 'money', debit, credit, amount, ledger, code: Code.pay };
  if (request.fee === undefined) return [pay];
  const fee = unitsOf(request.fee, asset, 'fee');
  return [pay, { control: 'money', debit, credit: books.feesId(asset), amount: fee, ledger, code: Code.fee }];
}

export function holdLegs(books: Books, asset: Asset, request: HoldRequest): Legs {
  const { debit, credit, ledger, amount } = between(books, asset, request);
  const timeout = request.expires_in ?? 0;
  return [{ control: 'hold', debit, credit, amount, ledger, code: Code.hold, flags: pending, timeout }];
}

function between(
  books: Books,
  asset: Asset,
  { from, to, amount }: Pick<PayRequest, 'from' | 'to' | 'amount'>,
): Pick<Leg, 'debit' | 'credit' | 'ledger'> & { readonly amount: bigint } {
  if (from === to) throw invalidField('to', 'is the account that pays');
  const [debit, credit] = [books.accountId(from, asset), books.accountId(to, asset)];
  return { debit, credit, ledger: books.ledgerOf(asset), amount: unitsOf(amount, asset, 'amount') };
}

export function splitLegs(books: Books, asset: Asset, shares: readonly Share[]): Legs {
  const ledger = books.ledgerOf(asset);
  const legs = shares.map(({ from, to, units }): Leg => {
    const [debit, credit] = [books.accountId(from, asset), books.accountId(to, asset)];
    return { control: 'money', debit, credit, amount: units, ledger, code: Code.pay };
  });
  return legs as unknown as Legs;
}

/** `now`: nanoseconds since the epoch. */
export function captureLegs(life: Life, request: CaptureRequest, now: bigint): Compiled {
  const { open, asset } = life;
  if (open === undefined) return { legs: [endOf(life, post_pending_transfer)], code: endedCode(life) };
  const wanted = request.amount === undefined ? open.amount : unitsOf(request.amount, asset, 'amount');
  const post = { ...endOf(life, post_pending_transfer), amount: wanted < open.amount ? wanted : open.amount };
  const { debit, credit, ledger } = post;
  const more = { control: 'hold' as const, debit, credit, ledger };
  if (wanted > open.amount) {
    if (request.allow_over !== true) return { legs: [post], code: 'capture_exceeds_hold' };
    return { legs: [post, { ...more, control: 'money', amount: wanted - open.amount, code: Code.over }] };
  }
  if (request.more !== true || wanted === open.amount) return { legs: [post] };
  return { legs: [post, restOf(open, wanted, now)] };
}

/** The hold of what a capture leaves, for as long as the hold before it would have lasted. */
export function restOf(hold: Transfer, captured: bigint, now: bigint): Leg {
  const life = hold.timestamp + BigInt(hold.timeout) * SECOND - now;
  const seconds = life <= 0n ? 1 : Number((life + SECOND - 1n) / SECOND);
  return {
    control: 'hold',
    debit: hold.debit_account_id,
    credit: hold.credit_account_id,
    amount: hold.amount - captured,
    ledger: hold.ledger,
    code: Code.hold,
    flags: pending,
    timeout: hold.timeout === 0 ? 0 : seconds,
  };
}

export function releaseLegs(life: Life): Compiled {
  const legs: Legs = [endOf(life, void_pending_transfer)];
  return life.open === undefined ? { legs, code: endedCode(life) } : { legs };
}

/** The end of the open hold; where none is open it is refused, and says whose it would have been. */
function endOf({ open, first, ledger }: Life, flags: number): Leg {
  const hold = open ?? first;
  const { debit_account_id: debit, credit_account_id: credit } = hold;
  return { control: 'hold', debit, credit, ledger, flags, pending: hold.id };
}

function endedCode({ ended, waiting, isRejected }: Life): RefusalCode {
  if (waiting.length > 0) return 'in_review';
  if (isRejected) return 'review_rejected';
  return ended === 'released' ? 'hold_released' : 'hold_captured';
}

/** `left`: what can still be given back. */
export function refundLegs(books: Books, life: Life, request: RefundRequest, left: bigint): Compiled {
  const { asset, ledger, first, paid } = life;
  const { debit_account_id: payer, credit_account_id: payee } = first;
  if (paid.some((one) => one.debit_account_id !== payer || one.credit_account_id !== payee)) {
    throw invalidField('payment', 'has several payers or payees: it can be reversed, and not refunded');
  }
  const amount = request.amount === undefined ? left : unitsOf(request.amount, asset, 'amount');
  const money: Leg = { control: 'money', debit: payee, credit: payer, amount, ledger, code: Code.refund };
  if (paid.length === 0) return { legs: [money], code: 'nothing_to_refund' };
  if (amount > left || amount === 0n) return { legs: [money], code: 'refund_exceeds_payment' };
  return { legs: [money, takenFrom(books, life, amount)] };
}

/** All of it, once: `left` is what can still be given back. */
export function reverseLegs(books: Books, life: Life, left: bigint): Compiled {
  const { ledger, paid, fees, first } = life;
  const back = ({ debit_account_id: credit, credit_account_id: debit, amount }: Transfer, code: number): Leg => {
    return { control: 'money', debit, credit, amount, ledger, code };
  };
  if (paid.length === 0) return { legs: [back(first, Code.reversal)], code: 'nothing_to_refund' };
  const all = [...paid.map((one) => back(one, Code.reversal)), ...fees.map((one) => back(one, Code.feeReversal))];
  const legs = [...all, takenFrom(books, life, sum(paid))] as unknown as Legs;
  return left < sum(paid) ? { legs, code: 'refund_exceeds_payment' } : { legs };
}

/** What goes back is taken from what can go back: the ledger refuses the chain that takes too much. */
function takenFrom(books: Books, { payment }: Life, amount: bigint): Leg {
  return {
    control: 'allowance',
    debit: books.refundableId(payment),
    credit: books.allowancesId,
    amount,
    ledger: books.limitsLedger,
    code: Code.refunded,
  };
}
