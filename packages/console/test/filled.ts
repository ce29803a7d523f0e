/** A ledger with something of everything: limits, history, holds in every state, a chain, references. */
import type { ConsoleServer } from './browser.ts';

export const EUR = 978;
export const ACCOUNTS = 60;
const TRANSFERS = 400;
/** A hold that is open, one that was posted in part, one that was voided. */
export const HOLD = '900001';
export const POSTED = '900002';
export const VOIDED = '900003';
/** The middle of a chain of three, and what all three refer to. */
export const LINKED = '910002';
export const REFERENCE = '424242';

interface Result {
  readonly status: string;
}

export async function fill(server: ConsoleServer): Promise<void> {
  const accounts = Array.from({ length: ACCOUNTS }, (_, i) => ({
    id: String(i + 1),
    ledger: i < ACCOUNTS / 2 ? EUR : 840,
    code: 100 + (i % 4),
    flags: i === 1 ? ['debits_must_not_exceed_credits', 'history'] : ['history'],
  }));
  await created(server, 'accounts', accounts);
  const transfers = Array.from({ length: TRANSFERS }, (_, i) => {
    const half = i % 3 === 0 ? ACCOUNTS / 2 : 0;
    const debit = (i % (ACCOUNTS / 2)) + 1 + half;
    const credit = ((i + 7) % (ACCOUNTS / 2)) + 1 + half;
    const amount = String(1000n + ((BigInt(i) * 7_919n) % 100_000n));
    return of(String(10_000 + i), debit === 2 ? 3 : debit, credit === debit ? 2 : credit, amount, half > 0 ? 840 : EUR);
  });
  await created(server, 'transfers', transfers);
  const hold = (id: string, amount: string) => ({ ...of(id, 1, 2, amount, EUR), flags: ['pending'] });
  await created(server, 'transfers', [hold(HOLD, '5000'), hold(POSTED, '6000'), hold(VOIDED, '7000')]);
  await created(server, 'transfers', [
    { id: '900012', pending_id: POSTED, amount: '4500', flags: ['post_pending_transfer'] },
    { id: '900013', pending_id: VOIDED, flags: ['void_pending_transfer'] },
  ]);
  const leg = (id: string, flags: string[]) => ({ ...of(id, 1, 3, '250', EUR), user_data_128: REFERENCE, flags });
  await created(server, 'transfers', [leg('910001', ['linked']), leg(LINKED, ['linked']), leg('910003', [])]);
}

function of(id: string, debit: number, credit: number, amount: string, ledger: number) {
  return { id, debit_account_id: String(debit), credit_account_id: String(credit), amount, ledger, code: 10 };
}

async function created(server: ConsoleServer, collection: string, events: readonly object[]): Promise<void> {
  const results = await server.post<Result[]>(collection, events);
  const refused = results.find(({ status }) => status !== 'created');
  if (refused !== undefined) throw new Error(`${collection}: ${refused.status}`);
}
