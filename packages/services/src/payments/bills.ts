/** Whether invoices are those of what was used: found from the ledger alone. */
import type { Account, Transfer } from 'tallystick/internal/model';
import { Code, RECEIVABLE } from '../base/codes.ts';
import { baseOf } from '../base/ids.ts';
import type { Used } from './chains.ts';

interface Bill {
  units: bigint;
  owed: bigint;
  settled: bigint;
}

export class Bills {
  /** By the invoice's account. */
  readonly #bills = new Map<bigint, Bill>();
  readonly #accounts: Account[] = [];

  see({ code, amount, user_data_64: units, debit_account_id: debit, credit_account_id: credit }: Transfer): void {
    if (code === Code.invoiced || code === Code.invoicedTax) {
      const bill = this.#of(debit);
      bill.owed += amount;
      if (code === Code.invoiced) bill.units += units;
    } else if (code === Code.invoicePaid || code === Code.invoiceCredited) this.#of(credit).settled += amount;
  }

  #of(account: bigint): Bill {
    const bill = this.#bills.get(account) ?? { units: 0n, owed: 0n, settled: 0n };
    this.#bills.set(account, bill);
    return bill;
  }

  seeAccount(account: Account): void {
    if (account.code === RECEIVABLE) this.#accounts.push(account);
  }

  *problems(used: Used): Generator<string, void> {
    const tenants = new Map(
      [...used.keys()].map((key) => [baseOf('tenant', 0, key.split('/')[0]!), key.split('/')[0]!]),
    );
    for (const { id, user_data_128: owner, user_data_32: period } of this.#accounts) {
      const bill = this.#bills.get(id);
      if (bill === undefined) continue;
      const month = `${Math.floor(period / 100)}-${String(period % 100).padStart(2, '0')}`;
      const tenant = tenants.get(owner);
      const units = tenant === undefined ? 0n : (used.get(`${tenant}/${month}`) ?? 0n);
      const name = `the invoice of ${month}${tenant === undefined ? '' : ` of tenant ${tenant}`}`;
      if (bill.units !== units) yield `${name} is for ${bill.units} payments, and ${units} were counted`;
      if (bill.settled > bill.owed) yield `${name}: ${bill.settled} was settled, and ${bill.owed} is owed`;
    }
  }
}
