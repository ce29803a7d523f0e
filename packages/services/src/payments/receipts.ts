/** What whoever asked is told: facts of the request's own transfers, so that a second attempt is told the same. */
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { type Assets, tenantOf, textOf } from '../base/assets.ts';
import { Code, isReview } from '../base/codes.ts';
import { type DoneLeg, type Executed, recall } from '../base/execute.ts';
import { formatBase, legId, refusalId } from '../base/ids.ts';
import { type RefusalCode, refusals } from '../base/outcomes.ts';
import type { Verb } from './shapes.ts';

/** The words that ids of requests begin with. */
export const ID_WORDS: { readonly [verb in Verb]: string } = {
  pay: 'pay',
  hold: 'pay',
  split: 'pay',
  exchange: 'pay',
  capture: 'cap',
  release: 'rel',
  refund: 'ref',
  reverse: 'rev',
  payout: 'out',
};

interface Told {
  /** The id of this request. */
  readonly id: string;
  /** The payment that it belongs to. */
  readonly payment: string;
}

/** It is done, and durable. */
export interface Done extends Told {
  readonly outcome: 'done';
  readonly asset: string;
  /** What moved or is held, as text; a release and a reversal concern all that there is. */
  readonly amount?: string;
  /** Of an exchange: what whoever is paid has got. */
  readonly bought?: string;
  readonly bought_asset?: string;
  /** What stays held, after a capture that more shall follow. */
  readonly held?: string;
  /** When, in nanoseconds since the epoch. */
  readonly at: string;
  /** It was done before, under the same key. */
  readonly again: boolean;
}

/** The money is held until others approve: look at the payment to see what became of it. */
export interface InReview extends Omit<Done, 'outcome' | 'held' | 'bought' | 'bought_asset'> {
  readonly outcome: 'review';
  readonly about: string;
}

/** The ledger said no; under this key the answer is the same for ever. */
export interface Refused extends Told {
  readonly outcome: 'refused';
  readonly code: RefusalCode;
  readonly about: string;
  readonly next: string;
  readonly retry: 'new_key' | 'never';
}

/** What a dry run found: nothing was done. */
export interface Would {
  readonly outcome: 'would';
  readonly would: 'done' | 'review' | 'refused';
  readonly code?: RefusalCode;
  readonly about?: string;
}

/** What became of a request. */
export type Receipt = Done | InReview | Refused;

export function refusedOf(verb: Verb, base: bigint, payment: bigint, code: RefusalCode): Refused {
  const { about, next, retry } = refusals[code];
  const id = formatBase(ID_WORDS[verb], base);
  return { outcome: 'refused', id, payment: formatBase('pay', payment), code, about, next, retry };
}

const WAITS = 'The money is held, and moves when others have approved.';

export function wouldOf(code: RefusalCode | undefined, waits = false): Would {
  if (code === undefined && waits) return { outcome: 'would', would: 'review', about: WAITS };
  if (code === undefined) return { outcome: 'would', would: 'done' };
  return { outcome: 'would', would: 'refused', code, about: refusals[code].about };
}

/** `amount`: what was asked for, where a request says it in one number. */
export function receiptOf(
  verb: Verb,
  base: bigint,
  payment: bigint,
  executed: Exclude<Executed, { readonly outcome: 'raced' }>,
  assets: Assets,
  amount: bigint | undefined,
): Receipt {
  if (executed.outcome === 'refused') return refusedOf(verb, base, payment, executed.code);
  const { legs, at, again } = executed;
  const asset = assets.byLedger(legs[0]!.ledger)!;
  const units = amount ?? unitsIn(verb, legs);
  const more = legs[1];
  const waits = isReview(legs[0]!.code!);
  const id = formatBase(ID_WORDS[verb], base);
  const whose = base === payment && ID_WORDS[verb] === 'pay' ? id : formatBase('pay', payment);
  // Field by field: a bulk has a thousand of them.
  const told: Draft = waits
    ? { outcome: 'review', about: WAITS, id, payment: whose, asset: asset.code }
    : { outcome: 'done', id, payment: whose, asset: asset.code };
  if (units !== undefined) told.amount = textOf(units, asset);
  if (verb === 'capture') told.held = textOf(more?.code === Code.hold ? more.amount! : 0n, asset);
  if (verb === 'exchange') Object.assign(told, boughtIn(legs, assets));
  told.at = String(at);
  told.again = again;
  return told as Receipt;
}

/** A receipt in the making. */
type Draft = { -readonly [field in keyof (Done & { readonly about: string })]?: unknown };

function unitsIn(verb: Verb, [first, second]: readonly DoneLeg[]): bigint | undefined {
  if (verb === 'refund') return first!.amount;
  if (verb !== 'capture') return undefined;
  return first!.amount! + (second?.code === Code.over ? second.amount! : 0n);
}

/** What the ledger has under a base, without the request: for somebody who asks by the id. */
export async function refusalUnder(ledger: Ledger, tenant: number, base: bigint): Promise<RefusalCode | undefined> {
  const [leg] = await ledger.lookupTransfers([legId(base, 1), refusalId(base)]);
  // What is another tenant's is as if it did not exist.
  const isOurs = leg !== undefined && tenantOf(leg.ledger) === tenant;
  const known = isOurs ? await recall(ledger, { base, fingerprint: undefined }) : undefined;
  if (known === undefined) throw new TallystickError('not_found', `there is no payment ${formatBase('pay', base)}`);
  return known.outcome === 'refused' ? known.code : undefined;
}

function boughtIn(legs: readonly DoneLeg[], assets: Assets): Pick<Done, 'bought' | 'bought_asset'> {
  const leg = legs.find(({ code }) => code === Code.fxBuy);
  const asset = leg && assets.byLedger(leg.ledger);
  return asset === undefined ? {} : { bought: textOf(leg!.amount!, asset), bought_asset: asset.code };
}
