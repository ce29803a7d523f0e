/** A request that was checked, and what it becomes: a plan, and what is told of it. */
import { CreateTransferStatus, TallystickError } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import type { Moment } from '../base/calendar.ts';
import type { Executed } from '../base/execute.ts';
import type { Plan } from '../base/plan.ts';
import type { Legs } from './compile.ts';
import { type Receipt, receiptOf } from './receipts.ts';
import type { Requests, Verb } from './shapes.ts';

/** A request, checked. */
export interface Asked {
  readonly verb: Verb;
  readonly key: string;
  readonly request: Requests[Verb];
  readonly base: bigint;
  readonly fingerprint: bigint;
}

export function planOf(
  { tenant }: Books,
  { base, fingerprint }: Asked,
  aggregate: bigint,
  legs: Legs,
  { date }: Moment,
): Plan {
  return { tenant, base, fingerprint, aggregate, day: date, legs };
}

/** `units`: what was asked for, where a request says it in one number. */
export function told(
  { assets }: Books,
  { verb, base }: Asked,
  payment: bigint,
  executed: Executed,
  units: bigint | undefined,
): Receipt {
  if (executed.outcome === 'raced') throw disagreement(CreateTransferStatus.linked_event_failed);
  return receiptOf(verb, base, payment, executed, assets, units);
}

export function disagreement(status: CreateTransferStatus): TallystickError {
  const name = CreateTransferStatus[status];
  return new TallystickError('engine_failed', `a payment and its ledger disagree about what can be: ${name}`);
}
