/**
 * The demo's second act: payments with a limit and two people behind the large ones, a kill -9 in the middle, and every
 * key with the outcome that it had. It needs `@tallystick/services`, and says so where that is not installed.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { colours } from '../colours.ts';
import { grouped, milliseconds, plural } from '../print.ts';
import { loadServices, type PaymentsPackage } from '../services.ts';
import { openLedger } from '../target.ts';

/** Payments that were told when the other process is killed, and those that it would make. */
const KILL_AFTER = 1500;
export const SHOP_PAYMENTS = 1_000_000;

export const SHOP_CONTROLS = {
  limits: [{ kind: 'customer', asset: 'EUR', per: 'day', amount: '500.00' }],
  review: [{ asset: 'EUR', kind: 'customer', from: '300.00', approvals: 2 }],
} as const;
/** The wish of each payment that the other process makes. */
export const TEA = { from: 'bank', to: 'shop', asset: 'EUR', amount: '2.50' } as const;

const { bold, dim, green, red } = colours;
const say = (text: string): void => console.log(`  ${text}`);

/** Whether everything was as it must be; also where the package is not there. */
export async function showPayments(folder: string): Promise<boolean> {
  const services = await loadServices().catch((error: unknown) => {
    if (error instanceof TallystickError && error.code === 'package_missing') return undefined;
    throw error;
  });
  if (services === undefined) {
    say(dim('npm install @tallystick/services shows it'));
    return true;
  }
  await tellTheStory(services, folder);
  const told = await payAndKill(folder);
  return lookAgain(services, folder, told);
}

async function tellTheStory({ Payments }: PaymentsPackage, folder: string): Promise<void> {
  await using ledger = await openLedger(folder);
  const payments = new Payments(ledger, { controls: SHOP_CONTROLS });
  const [maria, jan, kim] = [payments.as('maria'), payments.as('jan'), payments.as('kim')];
  for (const [name, kind] of [
    ['bank', 'bank'],
    ['guest', 'customer'],
    ['shop', 'merchant'],
  ] as const) {
    await payments.openAccount({ name, asset: 'EUR', kind });
  }
  await payments.pay('pay-in', { from: 'bank', to: 'guest', asset: 'EUR', amount: '1000.00' });
  const pay = (key: string, amount: string) => maria.pay(key, { from: 'guest', to: 'shop', asset: 'EUR', amount });
  const first = await pay('order-1', '120.00');
  const again = await pay('order-1', '120.00');
  say(`the guest pays 120.00 EUR: ${green(first.outcome)}; again under the same key: ${again.outcome}`);
  const over = await pay('order-2', '450.00');
  say(`450.00 more is above the 500.00 of a day: ${over.outcome}, ${bold(over.code ?? '')}`);
  const large = await pay('order-3', '350.00');
  say(`350.00 takes two people: ${large.outcome}, and the money is held`);
  const own = await maria.approve(large.payment).catch((error: unknown) => error as TallystickError);
  say(`maria asked for it, so she does not approve: ${own instanceof Error ? own.code : own.state}`);
  const [one, two] = [await jan.approve(large.payment), await kim.approve(large.payment)];
  say(`jan and kim do: ${one.state}, ${green(two.state)}`);
  const back = await maria.refund('order-1-back', { payment: first.payment, amount: '20.00' });
  say(`20.00 go back: ${back.outcome}; the guest has ${bold((await payments.account('guest', 'EUR')).balance)} EUR`);
}

/** Returns how many payments the other process had heard to be made when it died. */
function payAndKill(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let told = 0;
    const began = performance.now();
    const child = fork(join(import.meta.dirname, 'payments-child.js'), [folder]);
    child.on('message', (count: number) => {
      told = count;
      if (count >= KILL_AFTER) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') {
        reject(new Error(`The process to be killed ended by itself, with code ${code}.`));
        return;
      }
      const after = milliseconds(performance.now() - began);
      say(`process ${child.pid} sells tea; ${after} later, after ${grouped(told)} payments: ${red('kill -9')}`);
      resolve(told);
    });
  });
}

async function lookAgain({ Payments, audit }: PaymentsPackage, folder: string, told: number): Promise<boolean> {
  await using ledger = await openLedger(folder);
  const payments = new Payments(ledger, { controls: SHOP_CONTROLS });
  const keys = Array.from({ length: told }, (_, n) => ({ key: `tea-${n}`, ...TEA }));
  let found = 0;
  for (let from = 0; from < told; from += 1000) {
    const receipts = await payments.bulk({ mode: 'independent', payments: keys.slice(from, from + 1000) });
    found += receipts.filter((receipt) => receipt.outcome === 'done' && receipt.again === true).length;
  }
  const whole = found === told;
  const lost = whole ? green('nothing is lost, nothing is paid twice') : red(`${grouped(told - found)} LOST`);
  say(`asked again, ${bold(grouped(found))} keys say that they were done before: ${lost}`);
  const { problems, payments: count } = await audit(ledger);
  for (const problem of problems) say(red(problem));
  if (problems.length === 0) say(`${green('right')}: ${plural(count, 'payment')} were proved from the ledger alone`);
  return whole && problems.length === 0;
}
