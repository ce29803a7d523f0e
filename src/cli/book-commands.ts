/** `tallystick import` and `tallystick balances`: plain-text books in, trial balance out. */
import { existsSync } from 'node:fs';
import { type Balance, balances, balancesObject, describe, type Format, importBook } from '../books/index.ts';
import { open } from '../index.ts';
import { TallystickError } from '../model/index.ts';
import { colours } from './colours.ts';
import { loadNames, readIncluded, readSource, saveNames } from './files.ts';
import { plural, table } from './print.ts';
import { isAddress } from './target.ts';
import { progressBar } from './terminal.ts';

/** Returns the exit code: 1 when the ledger now holds something else than the book says. */
export async function importInto(path: string, folder: string, format: Format | undefined): Promise<number> {
  refuseAddress(folder);
  const source = readSource(path);
  const names = loadNames(folder);
  await using ledger = await open(folder);
  let bar: ReturnType<typeof progressBar> | undefined;
  const result = await importBook({
    ledger,
    ...source,
    format,
    read: readIncluded,
    names,
    save: (fresh) => saveNames(folder, fresh),
    onProgress({ stage, done, total }) {
      if (stage !== 'send') return;
      bar ??= progressBar('transactions', total);
      bar.update(done);
    },
  });
  bar?.stop();

  for (const problem of result.problems) {
    const colour = problem.severity === 'warning' ? colours.yellow : colours.dim;
    console.error(`${colour(problem.severity)} ${describe(problem)}`);
  }
  const line = (what: string, { created, existed }: { created: number; existed: number }): string =>
    `${plural(created, what)}${existed === 0 ? '' : ` (${existed} already there)`}`;
  console.log(
    `${path} (${result.format}): ${line('account', result.accounts)}, ${line('transaction', result.transactions)}, ` +
      `${line('transfer', result.transfers)} into ${folder}`,
  );
  for (const { account, commodity, book, ledger: held } of result.differences) {
    console.log(`${colours.yellow('differs')} ${account}: the book says ${book} ${commodity}, the ledger ${held}`);
  }
  return result.differences.length === 0 ? 0 : 1;
}

export async function printBalances(folder: string, json: boolean): Promise<number> {
  refuseAddress(folder);
  if (!existsSync(folder)) throw new TallystickError('not_found', `There is no ledger in ${folder}.`);
  const names = loadNames(folder);
  await using ledger = await open(folder);
  const rows = await balances({ ledger, names });
  if (json) console.log(JSON.stringify(balancesObject(rows), null, 2));
  else console.log(trialBalance(rows));
  return 0;
}

/** The names of a book's accounts lie in the ledger's folder. */
function refuseAddress(target: string): void {
  if (!isAddress(target) && target !== ':memory:') return;
  throw new TallystickError(
    'invalid_argument',
    `Books are kept in folders, and ${target} is none: import into a folder, then serve that.`,
  );
}

/** The trial balance for eyes: an account a row, its commodities one below the other. */
export function trialBalance(rows: readonly Balance[]): string {
  const byAccount = new Map<string, Balance[]>();
  for (const row of rows) byAccount.set(row.account, [...(byAccount.get(row.account) ?? []), row]);
  return table(
    [
      { title: 'account', align: 'left' },
      { title: 'balance', align: 'right' },
      { title: '', align: 'left' },
    ],
    [...byAccount].map(([account, held]) => [
      account,
      held.map(({ number }) => (number.startsWith('-') ? colours.red(number) : number)).join('\n'),
      held.map(({ commodity }) => colours.dim(commodity)).join('\n'),
    ]),
  );
}
