/** A ledger in memory with scores in its way, and payments on it. */
import type { Transfer, TransferInput } from 'tallystick';
import type { Clock } from 'tallystick/internal';
import { ModelState } from '../src/fraud/control.ts';
import { MemoryModels } from '../src/fraud/model-store.ts';
import { type OpenScoredOptions, openScored, type ScoredLedger } from '../src/fraud/open-scored.ts';
import type { LedgerPolicy } from '../src/fraud/policy.ts';
import { type SmallModel, stepModel } from './small-models.ts';

export const LEDGER = 840;
/** Accounts of payers and payees, and those of control. */
export const ACCOUNTS = 40;
export const CONTROL: readonly [bigint, bigint] = [900n, 901n];
export const POLICY: LedgerPolicy = { fail: 'review', control: CONTROL, controlCode: 77 };

/** Stands still until it is moved. */
export class TestClock implements Clock {
  nanoseconds = 1_700_000_000_000_000_000n;

  wall(): bigint {
    return this.nanoseconds;
  }

  monotonic(): bigint {
    return this.nanoseconds;
  }

  move(seconds: number): void {
    this.nanoseconds += BigInt(seconds) * 1_000_000_000n;
  }
}

/** Amounts of which the usual model thinks nothing, wants a review, and denies. */
export const SMALL: bigint = 100n;
export const LARGE: bigint = 2n ** 12n;
export const HUGE: bigint = 2n ** 18n;
export const BY_AMOUNT: SmallModel = stepModel('log_amount', 10, 16);
export const BY_COUNT: SmallModel = stepModel('count_10m', 2, 4);

export interface Scored extends ScoredLedger {
  readonly clock: TestClock;
  readonly models: MemoryModels;
}

export async function openHere(path = ':memory:', options: Partial<OpenScoredOptions> = {}): Promise<Scored> {
  const clock = new TestClock();
  const models = new MemoryModels();
  const opened = await openScored(path, { clock, mode: 'inline', policies: { [LEDGER]: POLICY }, models, ...options });
  return { ...opened, clock, models };
}

export async function makeAccounts({ ledger }: ScoredLedger): Promise<void> {
  const ids = [...Array.from({ length: ACCOUNTS }, (_, index) => BigInt(index + 1)), ...CONTROL];
  await ledger.createAccounts(ids.map((id) => ({ id, ledger: LEDGER, code: 1 })));
}

/** The same with its accounts, and the model at work as number 1. */
export async function openWith(model: SmallModel, options: Partial<OpenScoredOptions> = {}): Promise<Scored> {
  const scored = await openHere(':memory:', options);
  await makeAccounts(scored);
  await activate(scored, model, 1, 7001n);
  return scored;
}

export async function activate(scored: Scored, model: SmallModel, number: number, id: bigint): Promise<string> {
  const { sha256 } = scored.models.add(model.bytes, model.manifest);
  await scored.scorer.switchModel(LEDGER, id, { sha256, number, state: ModelState.active });
  return sha256;
}

export function payment(id: bigint, amount: bigint, more: Partial<Transfer> = {}): TransferInput {
  return { id, debit_account_id: 1n, credit_account_id: 2n, amount, ledger: LEDGER, code: 1, flags: 0, ...more };
}
