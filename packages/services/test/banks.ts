/** Banks that payouts are tested with: the simulated one in process, and what the world does to its answers. */
import type { Ledger } from 'tallystick';
import { TallystickError } from 'tallystick';
import { SimulatedBank } from '../src/bank/bank.ts';
import { type Asset, Assets } from '../src/base/assets.ts';
import {
  MemoryRecords,
  type Payments,
  type PaymentsOptions,
  type PayoutRequest,
  Rails,
  type RailsOptions,
} from '../src/index.ts';
import type { Bank, BankFile, Rail } from '../src/rails/rail.ts';
import { town } from './ledgers.ts';

export const IBAN = 'NL41MOCK0000000001';
export const PAYEE_IBAN = 'DE89370400440532013000';
export const DAY = '2026-12-01';
const assets = new Assets();
export const EUR: Asset = assets.byCode('EUR');
export const sepa: Rail = {
  name: 'sepa',
  asset: EUR,
  format: 'iso20022',
  nostro: 'bank',
  own: { name: 'Acme GmbH', iban: IBAN, bic: 'MOCKNL2A' },
};

export const ach: Rail = {
  name: 'ach',
  asset: assets.byCode('USD'),
  format: 'nacha',
  nostro: 'us-bank',
  own: { name: 'Acme Inc', routing: '021000021', company: '1234567890', account: '123456789' },
};

export const simulated = (): SimulatedBank => new SimulatedBank({ iban: IBAN, asset: EUR }, 100_000_00n, DAY);

/** The bank as a rail sees it. `fate`: of each call; what is done may not be answered. */
export function reached(bank: SimulatedBank, fate: () => 'answered' | 'lost' | 'unanswered' = () => 'answered'): Bank {
  const call = async <T>(act: () => T | Promise<T>): Promise<T> => {
    const what = fate();
    if (what === 'lost') throw new TallystickError('connection_lost');
    const answer = await act();
    if (what === 'unanswered') throw new TallystickError('connection_lost');
    return answer;
  };
  return {
    send: (file: BankFile) => call(() => bank.receive(file.bytes)),
    messages: () => call(() => bank.messages()),
    confirm: (ids) => call(() => bank.confirm(ids)),
  };
}

export interface Street {
  readonly payments: Payments;
  readonly rails: Rails;
  readonly records: MemoryRecords;
}

/** The town, with a rail to a bank. */
export async function street(
  ledger: Ledger,
  bank: Bank,
  options: PaymentsOptions = {},
  railsOptions: Partial<RailsOptions> = {},
): Promise<Street> {
  const records = (options.records as MemoryRecords | undefined) ?? new MemoryRecords();
  const payments = await town(ledger, { records, rails: [sepa], ...options });
  return { payments, rails: new Rails(ledger, payments, { banks: { sepa: bank }, ...railsOptions }), records };
}

export const payout = (name: string, amount: string): PayoutRequest => ({
  from: 'alice',
  asset: 'EUR',
  amount,
  rail: 'sepa',
  to: { name, iban: PAYEE_IBAN },
  reference: `order of ${name}`,
});
