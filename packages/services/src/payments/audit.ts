/** What must be true of payments, found from the ledger alone: a scan of its transfers and accounts, and no records. */
import { queriedAccountsOf, queriedTransfersOf } from 'tallystick/internal/helpers';
import { type Ledger, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { ControlBook } from '../base/assets.ts';
import { Code } from '../base/codes.ts';
import { baseOf, formatBase, legId } from '../base/ids.ts';
import { RailsAudit } from '../rails/audit.ts';
import { Bills } from './bills.ts';
import { Chains } from './chains.ts';

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
const BOOK_MASK = 0xfff;
const TENANT_SHIFT = 12;
const LEG_MASK = 0xffn;
const CONTROL_BOOKS = 4000;

/** What a scan has found. */
export interface Audit {
  readonly payments: number;
  readonly transfers: number;
  /** In sentences; empty: everything is as it must be. */
  readonly problems: readonly string[];
}

interface Sums {
  begun: bigint;
  held: bigint;
  captured: bigint;
  over: bigint;
  paid: bigint;
  back: bigint;
  fees: bigint;
  feesBack: bigint;
  /** A hold that waited for approval. */
  waited: bigint;
  /** Money that waited, and moved. */
  approved: bigint;
}

/**
 * Reads all of a ledger and proves of each payment that no more was captured than held, that no more went back than was
 * paid, and that whatever waited was approved; of each payout that it is in one file, and goes back once; of each chain
 * that it is whole, and was counted once; of limits and invoices that they agree with payments; and of each book that
 * debits and credits are the same.
 */
export async function audit(ledger: Ledger): Promise<Audit> {
  const sums = new Map<bigint, Sums>();
  const votes = new Map<bigint, Votes>();
  const chains = new Chains();
  const bills = new Bills();
  const rails = new RailsAudit();
  let transfers = 0;
  for await (const page of queriedTransfersOf(ledger, {})) {
    transfers += page.length;
    for (const transfer of page) {
      chains.see(transfer);
      bills.see(transfer);
      rails.see(transfer);
      if (isOfPayment(transfer)) count(sums, transfer);
      else if (transfer.code === Code.vote || transfer.code === Code.approved) countVote(votes, transfer);
    }
  }
  const problems = [...sums].flatMap(([payment, sum]) => problemsOf(payment, sum, votes.get(payment)));
  problems.push(...(await accountProblems(ledger, chains, bills, rails)), ...rails.problems());
  return { payments: sums.size, transfers, problems };
}

/** A ledger may have transfers that are none of a service's. */
function isOfPayment({ ledger, code, user_data_128: payment }: Transfer): boolean {
  if ((ledger & BOOK_MASK) >= CONTROL_BOOKS || payment === 0n || (payment & LEG_MASK) !== 0n) return false;
  return (code >= Code.pay && code < Code.pay + 100) || (code >= Code.reviewPay && code < Code.reviewPay + 100);
}

/** Approvals of a payment. */
interface Votes {
  given: bigint;
  taken: bigint;
}

function countVote(votes: Map<bigint, Votes>, { user_data_128: payment, code, amount }: Transfer): void {
  const vote = votes.get(payment) ?? { given: 0n, taken: 0n };
  votes.set(payment, vote);
  if (code === Code.vote) vote.given += amount;
  else vote.taken += amount;
}

function count(sums: Map<bigint, Sums>, { user_data_128: payment, code, flags, amount, id }: Transfer): void {
  const none = {
    waited: 0n,
    approved: 0n,
    begun: 0n,
    held: 0n,
    captured: 0n,
    over: 0n,
    paid: 0n,
    back: 0n,
    fees: 0n,
    feesBack: 0n,
  };
  const sum = sums.get(payment) ?? none;
  sums.set(payment, sum);
  if (id === payment + 1n) sum.begun = amount;
  if ((flags & void_pending_transfer) !== 0) return;
  if (code === Code.reviewHold) {
    sum.held = amount;
    sum.waited = amount;
  } else if ((code === Code.reviewPay || code === Code.reviewFee) && (flags & post_pending_transfer) !== 0) {
    sum.approved += amount;
    if (code === Code.reviewPay) sum.paid += amount;
    else sum.fees += amount;
  } else if (code === Code.hold && (flags & pending) !== 0) {
    if (id === payment + 1n) sum.held = amount;
  } else if (code === Code.hold && (flags & post_pending_transfer) !== 0) sum.captured += amount;
  else if (code === Code.over) sum.over += amount;
  else if (code === Code.pay || code === Code.fxSell) sum.paid += amount;
  else if (code === Code.refund || code === Code.reversal) sum.back += amount;
  else if (code === Code.fee) sum.fees += amount;
  else if (code === Code.feeReversal) sum.feesBack += amount;
}

function problemsOf(payment: bigint, sum: Sums, votes: Votes = { given: 0n, taken: 0n }): string[] {
  const name = formatBase('pay', payment);
  const problems: string[] = [];
  if (sum.captured > sum.held) problems.push(`${name}: ${sum.captured} was captured, and ${sum.held} was held`);
  const paid = sum.paid + sum.captured + sum.over;
  if (sum.back > paid) problems.push(`${name}: ${sum.back} went back, and ${paid} was paid`);
  if (sum.feesBack > sum.fees) problems.push(`${name}: more fees went back than were paid`);
  const moved = sum.approved > 0n || (sum.waited > 0n && sum.captured > 0n);
  if (moved && votes.taken === 0n) problems.push(`${name}: it waited for approval, and nobody has approved`);
  if (votes.taken > votes.given) problems.push(`${name}: ${votes.given} have approved, and ${votes.taken} were needed`);
  if (sum.begun === 0n) problems.push(`${name}: it has transfers, and never began`);
  return problems;
}

/** What the accounts say, beside what the transfers have said. */
async function accountProblems(ledger: Ledger, chains: Chains, bills: Bills, rails: RailsAudit): Promise<string[]> {
  const problems: string[] = [];
  const used = new Map<bigint, bigint>();
  const books = new Map<number, { posted: bigint; pending: bigint }>();
  for await (const page of queriedAccountsOf(ledger, {})) {
    for (const account of page) {
      problems.push(...chains.seeAccount(account));
      bills.seeAccount(account);
      problems.push(...rails.seeAccount(account));
      const { ledger: book, debits_posted, credits_posted, debits_pending, credits_pending } = account;
      if ((book & BOOK_MASK) === ControlBook.meters) used.set(account.id, credits_posted);
      const sum = books.get(book) ?? { posted: 0n, pending: 0n };
      books.set(book, sum);
      sum.posted += debits_posted - credits_posted;
      sum.pending += debits_pending - credits_pending;
    }
  }
  const usedOf = (book: number): bigint | undefined => used.get(usedIdOf(book >>> TENANT_SHIFT));
  problems.push(...chains.problems(usedOf), ...bills.problems(chains.used));
  const sums = [...books]
    .filter(([, sum]) => sum.posted !== 0n || sum.pending !== 0n)
    .map(([book, sum]) => `book ${book}: debits exceed credits by ${sum.posted}, held by ${sum.pending}`);
  return [...problems, ...sums];
}

const usedIdOf = (tenant: number): bigint => legId(baseOf('operator', tenant, 'used'), 1);
