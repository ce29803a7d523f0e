/**
 * Foreign exchange: a customer sells euros for yen, at a rate, with a fee, both sides in one step.
 *
 * Accounts of two currencies cannot trade with each other. A dealer (you, or your bank) has an account in each, and an
 * exchange is a chain: euros to the dealer, the fee, yen from the dealer. The rate and the rounding are decided in your
 * program, exactly and in text; the ledger keeps the amounts. `user_data_64` keeps the rate for the auditor.
 */
import assert from 'node:assert/strict';
import { AccountFlags, open } from 'tallystick';
import {
  balanceOf,
  chain,
  exchange,
  formatMoney,
  idOf,
  parseMoney,
  sendAccounts,
  sendTransfers,
  times,
} from 'tallystick/helpers';

// How many digits stand behind the point is your program's to know: the ledger counts units.
const EUR = { ledger: 978, scale: 2 } as const;
const JPY = { ledger: 392, scale: 0 } as const;
const RATE_SCALE = 6;
const Code = { opening: 1, exchange: 2, fee: 3 } as const;
const ledger = await open(':memory:');

const accountOf = (owner: string, { ledger: currency }: { ledger: number }): bigint => idOf(owner, currency);
for (const currency of [EUR, JPY]) {
  await sendAccounts(ledger, [
    { id: accountOf('world', currency), ledger: currency.ledger, code: 9 },
    ...['customer', 'dealer', 'fees'].map((owner) => ({
      id: accountOf(owner, currency),
      ledger: currency.ledger,
      code: 1,
      flags: AccountFlags.debits_must_not_exceed_credits,
    })),
  ]);
}

type Currency = typeof EUR | typeof JPY;
async function fund(owner: string, currency: Currency, text: string): Promise<void> {
  const transfers = [
    {
      id: idOf('opening', owner, currency.ledger),
      debit_account_id: accountOf('world', currency),
      credit_account_id: accountOf(owner, currency),
      amount: parseMoney(text, currency.scale),
      ledger: currency.ledger,
      code: Code.opening,
    },
  ];
  await sendTransfers(ledger, transfers);
}

/** Sells `euros`, of which 0.5 % are the fee; the customer gets what the rest is worth, rounded down. */
async function sell(order: string, euros: bigint, rate: string): Promise<bigint> {
  const fee = times(euros, '0.005', 'up');
  const yen = exchange(euros - fee, { rate, from: EUR.scale, to: JPY.scale, rounding: 'down' });
  const common = { user_data_128: idOf(order), user_data_64: parseMoney(rate, RATE_SCALE) };
  const euro = { ...common, debit_account_id: accountOf('customer', EUR), ledger: EUR.ledger };
  const legs = chain([
    {
      ...euro,
      id: idOf(order, 'sold'),
      credit_account_id: accountOf('dealer', EUR),
      amount: euros - fee,
      code: Code.exchange,
    },
    { ...euro, id: idOf(order, 'fee'), credit_account_id: accountOf('fees', EUR), amount: fee, code: Code.fee },
    {
      ...common,
      id: idOf(order, 'bought'),
      debit_account_id: accountOf('dealer', JPY),
      credit_account_id: accountOf('customer', JPY),
      amount: yen,
      ledger: JPY.ledger,
      code: Code.exchange,
    },
  ]);
  await sendTransfers(ledger, legs);
  return yen;
}

await fund('customer', EUR, '250.00');
await fund('dealer', JPY, '20000');
console.log('yen:', await sell('fx 1', 100_00n, '162.35')); // yen: 16153n
// The dealer has no yen for this, so the customer keeps the euros.
await assert.rejects(sell('fx 2', 100_00n, '162.35'), { statusName: 'exceeds_credits' });

const ids = [accountOf('customer', EUR), accountOf('fees', EUR), accountOf('customer', JPY)];
const balances = (await ledger.lookupAccounts(ids)).map((account) => balanceOf(account).posted);
const texts = balances.map((amount, index) => formatMoney(amount, index < 2 ? EUR.scale : JPY.scale));
console.log(texts); // [ '150.00', '0.50', '16153' ]
await ledger.close();
