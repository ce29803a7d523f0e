/**
 * Payroll of 50,000: 150,000 transfers in requests of 8,189, safe to run twice and after a crash in the middle.
 *
 * A payslip is a chain of three transfers: net pay, tax, insurance. `requestsOf` cuts the list into requests and never
 * cuts a payslip. Every id is made of the month and the employee, so a second run pays nobody twice: it finds what was
 * done and does the rest. One payslip that is refused does not stop the others; the run ends with a list of those.
 */
import assert from 'node:assert/strict';
import { open, TransferFlags } from 'tallystick';
import {
  balanceOf,
  chain,
  formatMoney,
  idOf,
  requestsOf,
  sendAccounts,
  sendTransfers,
  split,
  transferOutcomes,
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

/** What became of the payslips. Stops after `requestsMax` requests, as a crash would. */
async function pay(month: string, requestsMax = Infinity): Promise<string> {
  const payslips = { created: 0, existed: 0, refused: [] as string[] };
  const all = employees.flatMap((employee) => payslip(month, employee));
  for (const transfers of requestsOf(all).slice(0, requestsMax)) {
    for (const each of transferOutcomes(transfers, await ledger.createTransfers(transfers))) {
      if (each.outcome !== 'refused') payslips[each.outcome] += 1;
      else payslips.refused.push(`${transfers[each.refusal.index]?.user_data_64} ${each.refusal.statusName}`);
    }
  }
  return `${payslips.created} now, ${payslips.existed} before, refused: ${payslips.refused}`;
}

console.log(await pay('2026-01', 7)); // 19102 now, 0 before, refused: 4711 credit_account_already_closed
console.log(await pay('2026-01')); // 30897 now, 19102 before, refused: 4711 id_already_failed

const [account] = await ledger.lookupAccounts([company]);
const paid = balanceOf(account, 'debit').posted;
const wanted = employees.filter(({ number }) => number !== 4711).reduce((sum, { gross }) => sum + gross, 0n);
assert.equal(paid, wanted);
console.log('paid', formatMoney(paid, 2)); // paid 200170112.90
await ledger.close();
