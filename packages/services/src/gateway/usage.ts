/** What a tenant has used, counted from the ledger each time: no counter is kept that could differ from it. */
import { queriedTransfersOf } from 'tallystick/internal/helpers';
import { invalidField, type Ledger } from 'tallystick/internal/model';
import type { Books } from '../base/books.ts';
import { Code } from '../base/codes.ts';

const MS = 1_000_000n;

/** A month in UTC. Moments are nanoseconds since the epoch. */
export interface Period {
  /** `2026-11` */
  readonly name: string;
  /** 202611 */
  readonly number: number;
  readonly from: bigint;
  /** The first moment of the next one. */
  readonly until: bigint;
}

/** Throws `invalid_argument` for a text that is no month. */
export function periodOf(text: unknown): Period {
  const [, year, month] = (typeof text === 'string' ? /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text) : null) ?? [];
  if (year === undefined || month === undefined) throw invalidField('period', 'must be a month such as 2026-11');
  const at = (months: number): bigint => BigInt(Date.UTC(Number(year), Number(month) - 1 + months)) * MS;
  return { name: `${year}-${month}`, number: Number(year + month), from: at(0), until: at(1) };
}

/** Payments that a tenant made in a period: those whose chain moved money. */
export async function usedIn(ledger: Ledger, books: Books, { from, until }: Period): Promise<bigint> {
  const filter = { ledger: books.metersLedger, code: Code.metered, timestamp_min: from, timestamp_max: until - 1n };
  let units = 0n;
  for await (const page of queriedTransfersOf(ledger, filter)) {
    for (const { amount } of page) units += amount;
  }
  return units;
}
