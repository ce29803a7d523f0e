/**
 * A tenant that is suspended makes no new payments, because the ledger has closed the account that counts them. Each
 * suspension is a pending transfer that closes, and its end is the void of that: which number it is follows from those
 * before, so of two who suspend at a time one is heard.
 */
import { CreateTransferStatus, type Ledger, TallystickError, TransferFlags } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';
import { baseOf, legId } from '../base/ids.ts';
import { isClosed, openMeter } from '../controls/meter.ts';

const { closing_credit, pending, void_pending_transfer } = TransferFlags;
/** Suspensions that are looked for at once. */
const TOGETHER = 64;

export async function isSuspended(ledger: Ledger, books: Books): Promise<boolean> {
  const [used] = await ledger.lookupAccounts([books.usedId]);
  return isClosed(used);
}

/** Suspends, or finds it suspended. */
export async function suspend(ledger: Ledger, books: Books): Promise<void> {
  await openMeter(ledger, books);
  if (await isSuspended(ledger, books)) return;
  const [id] = await nextOf(ledger, books);
  await send(ledger, books, {
    id,
    debit_account_id: books.postpaidId,
    credit_account_id: books.usedId,
    flags: closing_credit | pending,
    code: Code.suspension,
  });
}

/** Lets the tenant pay again. */
export async function resume(ledger: Ledger, books: Books): Promise<void> {
  if (!(await isSuspended(ledger, books))) return;
  const [, , last] = await nextOf(ledger, books);
  if (last === undefined) throw new TallystickError('engine_failed', 'a meter is closed, and nobody has suspended it');
  await send(ledger, books, {
    id: last + 1n,
    debit_account_id: 0n,
    credit_account_id: 0n,
    pending_id: last,
    flags: void_pending_transfer,
    code: 0,
  });
}

/** Ids of the next suspension and its end, and that of the last suspension. */
async function nextOf(ledger: Ledger, { tenant }: Books): Promise<[bigint, bigint, bigint | undefined]> {
  const idOf = (n: number): bigint => legId(baseOf('suspension', tenant, String(n)), 1);
  for (let first = 0; ; first += TOGETHER) {
    const ids = Array.from({ length: TOGETHER }, (_, index) => idOf(first + index));
    const count = (await ledger.lookupTransfers(ids)).length;
    if (count === TOGETHER) continue;
    const next = first + count;
    return [idOf(next), idOf(next) + 1n, next === 0 ? undefined : idOf(next - 1)];
  }
}

interface Step {
  readonly id: bigint;
  readonly debit_account_id: bigint;
  readonly credit_account_id: bigint;
  readonly pending_id?: bigint;
  readonly flags: number;
  readonly code: number;
}

async function send(ledger: Ledger, books: Books, step: Step): Promise<void> {
  const [result] = await ledger.createTransfers([{ ...step, amount: 0n, ledger: books.metersLedger }]);
  const name = CreateTransferStatus[result!.status]!;
  // Somebody else has done the same.
  const isDone = /^(created|exists|pending_transfer_already_voided|credit_account_already_closed)$/.test(name);
  if (!isDone) throw new TallystickError('engine_failed', `a tenant cannot be suspended or let go on: ${name}`);
}
