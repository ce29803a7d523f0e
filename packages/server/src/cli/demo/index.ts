/**
 * `tallystick demo [FILE]`: a book, a million transfers, a kill -9 in the middle, and what is left of it all.
 *
 *   this process   import ── close               open, check ── the rest ── trial balance
 *   another one                    open ── send ─✗
 */
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { balances, importBook } from 'tallystick/internal/books';
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { packageRoot } from 'tallystick/internal/platform';
import { diskBytes, Latencies } from '../../benchmark/index.ts';
import { trialBalance } from '../book-commands.ts';
import { BookFiles } from '../book-files.ts';
import { colours } from '../colours.ts';
import { loadNames, saveNames } from '../files.ts';
import { bytes, grouped, histogram, milliseconds, plural } from '../print.ts';
import { openLedger } from '../target.ts';
import { progressBar } from '../terminal.ts';
import { countIntact, createDemoAccounts, DEMO_BATCH, DEMO_TRANSFERS, demoLoad, sendDemoTransfers } from './load.ts';
import { showPayments } from './payments.ts';
import { ledgerTotals } from './totals.ts';

export const SAMPLE: string = join(packageRoot, 'examples', 'books', 'bakery.beancount');
/** The share of the transfers after which the other process is killed. */
const KILL_AFTER = 0.45;

const { bold, dim, green, red } = colours;
const heading = (text: string): void => console.log(`\n${bold(text)}`);
const say = (text: string): void => console.log(`  ${text}`);
const indent = (text: string): string => text.replace(/^/gm, '  ');

/** Returns the exit code: 1 when anything acknowledged is gone, or debits and credits differ. */
export async function demo(file: string = SAMPLE): Promise<number> {
  if (!existsSync(file)) throw new TallystickError('not_found', `There is no book ${file}.`);
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-demo-'));
  process.once('SIGINT', () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    return await show(file, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function show(file: string, folder: string): Promise<number> {
  heading('A real book goes in');
  await importTheBook(file, folder);

  heading('A million transfers, killed halfway');
  const acknowledged = await runAndKill(folder);

  heading('Open again');
  const opening = performance.now();
  await using ledger = await openLedger(folder);
  say(`recovered in ${bold(milliseconds(performance.now() - opening))}`);
  const load = demoLoad();
  const intact = await countIntact(ledger, load, acknowledged);
  const whole = intact === acknowledged;
  say(
    `${grouped(acknowledged)} acknowledged before the kill, ${bold(grouped(intact))} found again field by field: ` +
      (whole ? green('nothing is lost') : red(`${grouped(acknowledged - intact)} LOST`)),
  );

  heading('The rest of the million');
  await sendTheRest(ledger, acknowledged);

  heading('The book, out of the ledger');
  console.log(indent(trialBalance(await balances({ ledger, names: loadNames(folder) }))));

  heading('Debits and credits');
  const equal = await printTotals(ledger, folder);
  say(dim(`${bytes(diskBytes(folder))} on disk for it all`));

  heading('Payments on top of it');
  const paid = await showPayments(join(folder, 'shop'));
  return whole && equal && paid ? 0 : 1;
}

async function importTheBook(file: string, folder: string): Promise<void> {
  const start = performance.now();
  const { source, files } = BookFiles.open(file);
  await using ledger = await openLedger(folder);
  const { transactions, transfers, accounts, problems } = await importBook({
    ledger,
    ...source,
    read: files.include,
    names: loadNames(folder),
    save: (names) => saveNames(folder, names),
  });
  say(
    `${bold(relative(process.cwd(), file))}: ${plural(transactions.created, 'transaction')} became ` +
      `${plural(transfers.created, 'transfer')} between ${plural(accounts.created, 'account')}, ` +
      `in ${milliseconds(performance.now() - start)}`,
  );
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  if (warnings > 0) say(dim(`${plural(warnings, 'warning')} about the book; tallystick import would print them`));
}

/** Returns how many transfers the other process had heard to be durable when it died. */
function runAndKill(folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let acknowledged = 0;
    let start = 0;
    let killed = 0;
    const bar = progressBar('  transfers', DEMO_TRANSFERS);
    const child = fork(join(import.meta.dirname, 'child.js'), [folder]);
    child.on('message', (count: number) => {
      start ||= performance.now();
      acknowledged = count;
      bar.update(count);
      if (killed > 0 || count < DEMO_TRANSFERS * KILL_AFTER) return;
      child.kill('SIGKILL');
      killed = performance.now();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      bar.stop();
      if (signal !== 'SIGKILL') {
        reject(new Error(`The process to be killed ended by itself, with code ${code}.`));
        return;
      }
      say(`process ${child.pid} sends them; ${milliseconds(killed - start)} after its first reply: ${red('kill -9')}`);
      resolve(acknowledged);
    });
  });
}

async function sendTheRest(ledger: Ledger, acknowledged: number): Promise<void> {
  const load = demoLoad();
  const latencies = new Latencies();
  // What the crash let through without an answer is there already: sending it again moves nothing twice.
  await createDemoAccounts(ledger, load);
  const bar = progressBar('  transfers', DEMO_TRANSFERS);
  const range = { from: acknowledged, to: DEMO_TRANSFERS };
  const { created, existed, milliseconds: took } = await sendDemoTransfers(ledger, load, range, latencies, bar.update);
  bar.stop();
  const { p50, p99, p100 } = latencies.percentiles()!;
  say(
    `${grouped(created)} created; ${grouped(existed)} were durable before anyone heard of it, and just say ` +
      `${dim('exists')}`,
  );
  say(
    `${bold(grouped(((created + existed) * 1000) / took))} durable transfers a second, ` +
      `in ${grouped(latencies.count)} batches of ${grouped(DEMO_BATCH)}; from sending one to hearing that it ` +
      'is on disk:',
  );
  console.log(indent(histogram(latencies.bars())));
  say(`median ${bold(milliseconds(p50))}, p99 ${milliseconds(p99)}, worst ${milliseconds(p100)}`);
}

/** Sums all accounts of every ledger; are debits and credits equal everywhere? */
async function printTotals(ledger: Ledger, folder: string): Promise<boolean> {
  const names = new Map(loadNames(folder).commodities.map(({ name, ledger: number }) => [number, name]));
  const totals = await ledgerTotals(ledger);
  const wrong = totals.filter(({ debits, credits }) => debits !== credits);
  const accounts = totals.reduce((sum, total) => sum + total.accounts, 0);
  if (wrong.length === 0) {
    say(
      `${green('equal')} on each of ${plural(totals.length, 'ledger')}, over ${plural(accounts, 'account')}, ` +
        'to the last unit',
    );
  }
  for (const { number, debits, credits } of wrong) {
    say(`${red('DIFFERENT')} on ledger ${names.get(number) ?? number}: debits ${debits}, credits ${credits}`);
  }
  return wrong.length === 0;
}
