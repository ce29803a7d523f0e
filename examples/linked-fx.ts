/**
 * An exchange of currencies: two transfers on two ledgers, linked, so that both happen or neither. A dealer stands in
 * the middle with an account on each ledger; the customer sells 100.00 EUR for 108.20 USD.
 */
import { AccountFlags, CreateTransferStatus, id, open, TransferFlags } from 'tallystick';

const EUR = 978;
const USD = 840;
const ledger = await open(':memory:');

const customer = { eur: id(), usd: id() };
const dealer = { eur: id(), usd: id() };
const opening = id();
// Customers' money is the bank's debt: their accounts have credit balances, and may not be overdrawn.
const flags = AccountFlags.debits_must_not_exceed_credits;
await ledger.createAccounts([
  { id: customer.eur, ledger: EUR, code: 1, flags },
  { id: customer.usd, ledger: USD, code: 1, flags },
  { id: dealer.eur, ledger: EUR, code: 2, flags },
  { id: dealer.usd, ledger: USD, code: 2, flags },
  { id: opening, ledger: EUR, code: 9 },
]);
await ledger.createTransfers([
  { id: id(), debit_account_id: opening, credit_account_id: customer.eur, amount: 150_00n, ledger: EUR, code: 1 },
]);

/** `linked` ties a transfer to the next one; the first one without it ends the chain. */
async function exchange(eur: bigint, usd: bigint): Promise<string[]> {
  const results = await ledger.createTransfers([
    {
      id: id(),
      debit_account_id: customer.eur,
      credit_account_id: dealer.eur,
      amount: eur,
      ledger: EUR,
      code: 20,
      flags: TransferFlags.linked,
    },
    { id: id(), debit_account_id: dealer.usd, credit_account_id: customer.usd, amount: usd, ledger: USD, code: 20 },
  ]);
  return results.map(({ status }) => CreateTransferStatus[status]!);
}

// The dealer has no dollars yet, so the euros stay where they are.
console.log('without dollars:', await exchange(100_00n, 108_20n));

const float = id();
await ledger.createAccounts([{ id: float, ledger: USD, code: 9 }]);
await ledger.createTransfers([
  { id: id(), debit_account_id: float, credit_account_id: dealer.usd, amount: 5_000_00n, ledger: USD, code: 1 },
]);
console.log('with dollars:', await exchange(100_00n, 108_20n));

const [eur, usd] = await ledger.lookupAccounts([customer.eur, customer.usd]);
console.log('customer:', eur!.credits_posted - eur!.debits_posted, 'euro cents,', usd!.credits_posted, 'dollar cents');

await ledger.close();
