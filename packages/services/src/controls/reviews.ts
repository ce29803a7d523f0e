/**
 * Approval by others, counted by the ledger. A payment that waits is a chain of pending transfers; each approval is a
 * unit on an account of its case, and the chain that posts the money takes the units it needs.
 *
 *   case      an account that may not go below zero; `user_data_32` has how many approvals it takes
 *   maker     votes with amount 0 when the case is opened: a second vote under the same id is another one, and refused
 *   approver  votes with amount 1, under an id of the case and the approver: nobody counts twice
 */
import { AccountFlags, CreateTransferStatus, type Ledger, TallystickError } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { baseOf, formatBase, legId } from '../base/ids.ts';
import type { Leg } from '../base/plan.ts';

/** How a case stands. */
export interface Votes {
  readonly given: number;
  readonly needed: number;
}

/** Opens the case of a payment. Done before its money is held, so that no money waits without one. */
export async function openCase(
  ledger: Ledger,
  books: Books,
  payment: bigint,
  maker: string | undefined,
  approvals: number,
): Promise<void> {
  await books.openControl(ledger, {
    id: caseId(books, payment),
    ledger: books.votesLedger,
    flags: AccountFlags.debits_must_not_exceed_credits,
    user_data_128: payment,
    user_data_32: approvals,
  });
  if (maker !== undefined) await vote(ledger, books, payment, maker, 0n);
}

/** How many have approved. Rejects with `not_found` where nobody was asked to. */
export async function votesOf(ledger: Ledger, books: Books, payment: bigint): Promise<Votes> {
  const [found] = await ledger.lookupAccounts([caseId(books, payment)]);
  if (found === undefined) {
    throw new TallystickError('not_found', `${formatBase('pay', payment)} waits for nobody's approval`);
  }
  return { given: Number(found.credits_posted), needed: found.user_data_32 };
}

/** Counts an approval, once for each approver. Rejects with `forbidden` for whoever made the payment. */
export async function approveAs(ledger: Ledger, books: Books, payment: bigint, approver: string): Promise<void> {
  const status = await vote(ledger, books, payment, approver, 1n);
  if (status === CreateTransferStatus.created || status === CreateTransferStatus.exists) return;
  throw new TallystickError('forbidden', 'whoever asked for a payment does not approve it; somebody else has to');
}

async function vote(ledger: Ledger, books: Books, payment: bigint, who: string, amount: bigint) {
  const [result] = await ledger.createTransfers([
    {
      id: legId(baseOf('vote', books.tenant, `${payment.toString(16)}/${who}`), 1),
      debit_account_id: books.votersId,
      credit_account_id: caseId(books, payment),
      amount,
      user_data_128: payment,
      ledger: books.votesLedger,
      code: Code.vote,
    },
  ]);
  const { status } = result!;
  const name = CreateTransferStatus[status]!;
  if (name === 'created' || name.startsWith('exists')) return status;
  throw new TallystickError('engine_failed', `an approval cannot be counted: ${name}`);
}

/** The leg that takes the approvals which a payment needs: the chain that moves its money begins with it. */
export function votesLeg(books: Books, payment: bigint, { needed }: Votes): Leg {
  const { votersId: credit, votesLedger: ledger } = books;
  return {
    control: 'votes',
    debit: caseId(books, payment),
    credit,
    amount: BigInt(needed),
    ledger,
    code: Code.approved,
  };
}

export function caseId({ tenant }: Books, payment: bigint): bigint {
  return legId(baseOf('case', tenant, payment.toString(16)), 1);
}
