import { afterEach } from 'node:test';
import type { Ledger } from 'tallystick';
import {
  type ControlRules,
  MemoryRecords,
  Payments,
  type PaymentsOptions,
  type Receipt,
  type Would,
} from '../../packages/services/src/index.ts';
import { type Place, town } from '../../packages/services/test/ledgers.ts';

export const EUR = { asset: 'EUR' } as const;
export const fromAlice: { readonly from: string; readonly to: string; readonly asset: 'EUR' } = {
  from: 'alice',
  to: 'shop',
  asset: 'EUR',
};
export const codeOf = (receipt: Receipt | Would): string => ('code' in receipt ? receipt.code! : receipt.outcome);
export const MS = 1_000_000n;
/** 2026-03-31T23:30:00Z: an hour, a day and a month end within half an hour. */
export const EVE: bigint = BigInt(Date.UTC(2026, 2, 31, 23, 30)) * MS;
export const HOUR: bigint = 3_600_000n * MS;

let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  ends = [];
});

export interface Opened {
  readonly ledger: Ledger;
  readonly payments: Payments;
  readonly clock: { now: bigint };
  /** The same ledger with other controls, as another process has them. */
  again(options: PaymentsOptions): Payments;
}

export async function opened(place: Place, controls: ControlRules, more: PaymentsOptions = {}): Promise<Opened> {
  const ledger = await place.open();
  ends.push(
    () => place.end(),
    () => ledger.close(),
  );
  const clock = { now: EVE };
  const all = { records: new MemoryRecords(), now: () => clock.now, ...more };
  await town(ledger, { records: all.records, now: all.now });
  const again = (options: PaymentsOptions): Payments => new Payments(ledger, { ...all, ...options });
  return { ledger, payments: again({ controls }), clock, again };
}

export const paying = (payments: Payments, key: string, amount: string): Promise<Receipt | Would> =>
  payments.pay(key, { ...fromAlice, amount });
