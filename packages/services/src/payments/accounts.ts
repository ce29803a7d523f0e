/** Accounts as their owners see them. */
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { type Asset, textOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import { kindOfCode, kinds } from '../base/codes.ts';

/** Balances of an account. Amounts are text. */
export interface AccountView {
  readonly name: string;
  readonly asset: string;
  readonly kind: string;
  /** What is there, held or not. */
  readonly balance: string;
  /** What is held for others. */
  readonly held: string;
  /** What can be paid. */
  readonly available: string;
}

/** Rejects with `not_found` for an account that is not open in the asset. */
export async function accountView(ledger: Ledger, books: Books, name: string, asset: Asset): Promise<AccountView> {
  const found = await books.find(ledger, name, asset);
  if (found === undefined) throw new TallystickError('not_found', `${name} has no account in ${asset.code}`);
  const isAsset = found.code === kinds.bank.code;
  const balance = found.credits_posted - found.debits_posted;
  return {
    name,
    asset: asset.code,
    kind: kindOfCode(found.code) ?? 'other',
    balance: textOf(isAsset ? -balance : balance, asset),
    held: textOf(found.debits_pending, asset),
    available: textOf(isAsset ? -balance : balance - found.debits_pending, asset),
  };
}
