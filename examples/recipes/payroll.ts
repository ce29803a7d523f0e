/**
 * Payroll of 50,000: 150,000 transfers in requests of 8,189, safe to run twice and after a crash in the middle.
 *
 * A payslip is a chain of three transfers: net pay, tax, insurance. `attemptTransfers` cuts the list into requests and
 * never cuts a payslip. Every id is made of the month and the employee, so a second run pays nobody twice: it finds
 * what was done and does the rest. One payslip that is refused does not stop the others; the run ends with a list of
 * those.
 */
import assert from 'node:assert/strict';
import { open, TransferFlags } from 'tallystick';
import {
  attemptTransfers,
  balanceOf,
  chain,
  formatMoney,
  idOf,
  sendAccounts,
  sendTransfers,
  split,
} from 'tallystick/helpers';

const EUR = 978;
const Code = { account: 1, net: 10, tax: 11, insurance: 12, closing: 13 } as const;
const ledger = await open(':memory:');

const [company, tax, insurance] = [idOf('company'), idOf('tax office'), idOf('insurance')];
const employees = Array.from({ length: 50_000 }, (_, index) => ({
  number: index + 1,
  account: idOf('employee', index + 1),
  gross: 2_500_00n + BigInt(index % 1_000) * 3_01n,
}));
const ids = [company, tax, insurance, ...employees.map(({ account }) => account)];
await sendAccounts(
  ledger,
  ids.map((id) => ({ id, ledger: EUR, code: Code.account })),
);

/** 60 % net, 22 % tax, 18 % insurance, and no cent lost. */
function payslip(month: string, { number, account, gross }: (typeof employees)[number]) {
  const [toEmployee, toTax, toInsurance] = split(gross, [60n, 22n, 18n]) as [bigint, bigint, bigint];
  const common = { debit_account_id: company, ledger: EUR, user_data_64: BigInt(number) };
  const idFor = (what: string) => idOf('payroll', month, number, what);
  return chain([
    { ...common, id: idFor('net'), credit_account_id: account, amount: toEmployee, code: Code.net },
    { ...common, id: idFor('tax'), credit_account_id: tax, amount: toTax, code: Code.tax },
    { ...common, id: idFor('insurance'), credit_account_id: insurance, amount: toInsurance, code: Code.insurance },
  ]);
}

// Employee 4711 has left, and the account is closed.
await sendTransfers(ledger, [
  {
    id: idOf('employee', 4711, 'closing'),
    debit_account_id: company,
    credit_account_id: idOf('employee', 4711),
    amount: 0n,
    ledger: EUR,
    code: Code.closing,
    flags: TransferFlags.pending | TransferFlags.closing_credit,
  },
]);

async function pay(month: string, some: typeof employees): Promise<string> {
  const payslips = { created: 0, existed: 0, refused: [] as string[] };
  const transfers = some.flatMap((employee) => payslip(month, employee));
  for (const each of await attemptTransfers(ledger, transfers)) {
    if (each.outcome !== 'refused') payslips[each.outcome] += 1;
    else payslips.refused.push(`${transfers[each.index]?.user_data_64} ${each.refusal.statusName}`);
  }
  return `${payslips.created} now, ${payslips.existed} before, refused: ${payslips.refused}`;
}

// The process dies after 20,000 payslips; the next one begins at the beginning.
const first = employees.slice(0, 20_000);
console.log(await pay('2026-01', first)); // 19999 now, 0 before, refused: 4711 credit_account_already_closed
console.log(await pay('2026-01', employees)); // 30000 now, 19999 before, refused: 4711 id_already_failed

const [account] = await ledger.lookupAccounts([company]);
const paid = balanceOf(account, 'debit').posted;
const wanted = employees.filter(({ number }) => number !== 4711).reduce((sum, { gross }) => sum + gross, 0n);
assert.equal(paid, wanted);
console.log('paid', formatMoney(paid, 2)); // paid 200170112.90
await ledger.close();
