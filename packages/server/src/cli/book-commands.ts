/** `tallystick import` and `tallystick balances`: plain-text books in, trial balance out. */
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import {
  type Balance,
  BookStopped,
  balancesObject,
  describe,
  type Format,
  type Progress as ImportProgress,
  type ImportResult,
  importBook,
  NO_NAMES,
  type PreviewOptions,
  type Problem,
  previewBook,
  type Total,
  trial,
} from 'tallystick/internal/books';
import { type Pin, TallystickError } from 'tallystick/internal/model';
import { BookFiles } from './book-files.ts';
import { printPreview } from './book-preview.ts';
import { colours } from './colours.ts';
import { explain } from './explain.ts';
import { loadNames, saveNames } from './files.ts';
import { plural, table } from './print.ts';
import { printable, printableJson, printableLine } from './printable.ts';
import { isAddress, openLedger, refusePin } from './target.ts';
import { type Progress, patientBar, progressBar } from './terminal.ts';

export interface ImportCommand {
  readonly format?: Format | undefined;
  readonly assertions?: boolean | undefined;
  readonly partial?: boolean | undefined;
  readonly includeOutside?: boolean | undefined;
  readonly decimalMark?: '.' | ',' | undefined;
  readonly dateOrder?: 'dmy' | 'mdy' | 'ymd' | undefined;
  readonly pin?: Pin | undefined;
  readonly rules?: string | undefined;
  readonly csvColumns?: readonly string[] | undefined;
  readonly csvAccount?: string | undefined;
  readonly csvCommodity?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/**
 * Returns the exit code: 1 when the ledger holds something else than the book says, be it that nothing was imported.
 */
export async function importInto(path: string, folder: string | undefined, command: ImportCommand): Promise<number> {
  try {
    return await importBookInto(path, folder, command);
  } catch (error) {
    if (!(error instanceof BookStopped)) throw error;
    tell(error.problems);
    if (error.waiver !== 'partial') throw error;
    console.error(explain(error, false));
    return 1;
  }
}

async function importBookInto(path: string, folder: string | undefined, command: ImportCommand): Promise<number> {
  if (folder !== undefined) {
    refuseAddress(folder);
    refusePin(folder, command.pin);
  }
  // Most of what reading allocates is garbage at once: collected sooner, a large book takes a third less memory.
  setFlagsFromString('--heap-growing-percent=40');
  const book = openBook(path, command);
  const names = folder === undefined ? NO_NAMES : loadNames(folder);
  if (command.dryRun !== true && folder === undefined)
    throw new TallystickError('invalid_argument', 'Where to? Say --into <folder>, or --dry-run to look only.');
  const bars = new ImportBars();
  let ledger: Awaited<ReturnType<typeof openLedger>> | undefined;
  try {
    if (command.dryRun === true || folder === undefined) {
      const preview = await previewBook({ ...book, names, onProgress: bars.show });
      bars.stop();
      tell(preview.problems);
      printPreview(path, preview);
      return 0;
    }
    const result = await importBook({
      ...book,
      ledger: async () => {
        bars.stop();
        ledger = await openLedger(folder);
        return ledger;
      },
      names,
      save: (fresh) => saveNames(folder, fresh),
      onProgress: bars.show,
    });
    bars.stop();
    return report(path, folder, result);
  } finally {
    bars.stop();
    await ledger?.close();
  }
}

/** One bar while the book is read, which small ones are at once, and another while its transactions are sent. */
class ImportBars {
  #bar: Progress | undefined;

  readonly show = ({ stage, done, total }: ImportProgress): void => {
    this.#bar ??= stage === 'read' ? patientBar('reading, bytes', total) : progressBar('transactions', total);
    this.#bar.update(done, total);
  };

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function report(path: string, folder: string, result: ImportResult): number {
  tell(result.problems);
  const line = (what: string, { created, existed }: { created: number; existed: number }): string =>
    `${plural(created, what)}${existed === 0 ? '' : ` (${existed} already there)`}`;
  console.log(
    `${printable(path)} (${result.format}): ${line('account', result.accounts)}, ` +
      `${line('transaction', result.transactions)}, ` +
      `${line('transfer', result.transfers)} into ${folder}`,
  );
  for (const { account, commodity, book, ledger: held } of result.differences) {
    const what = printableLine(`${account}: the book says ${book} ${commodity}, the ledger ${held}`);
    console.log(`${colours.yellow('differs')} ${what}`);
  }
  return result.differences.length === 0 ? 0 : 1;
}

/** The book, with what the command says about it; a table with rules beside it is read by these, as hledger does. */
function openBook(path: string, command: ImportCommand): Omit<PreviewOptions, 'names'> {
  const beside = `${path}.rules`;
  const plain = command.format !== undefined || command.csvColumns !== undefined || !/\.[cst]sv$/i.test(path);
  const rules = command.rules ?? (!plain && existsSync(beside) ? beside : undefined);
  const { source, files } = BookFiles.open(rules ?? path, { outside: command.includeOutside === true });
  const { csvColumns: columns, csvAccount: account, csvCommodity: commodity, decimalMark, dateOrder } = command;
  const own = account === undefined && columns === undefined && commodity === undefined ? command.format : 'csv';
  return {
    ...source,
    format: rules === undefined ? own : 'rules',
    assertions: command.assertions,
    partial: command.partial,
    reading: {
      today: localDay(Date.now()),
      ...{ decimalMark, dateOrder, columns, account, commodity, localDay },
      table: rules === undefined ? undefined : path,
    },
    read: (pattern, from, encoding) =>
      rules !== undefined && pattern === path && encoding !== undefined
        ? [files.named(path, encoding)]
        : files.include(pattern, from, encoding),
  };
}

function localDay(milliseconds: number): number {
  const date = new Date(milliseconds);
  return date.getFullYear() * 10000 + (date.getMonth() + 1) * 100 + date.getDate();
}

function tell(problems: readonly Problem[]): void {
  for (const problem of problems) {
    const colour = problem.severity === 'warning' ? colours.yellow : colours.dim;
    console.error(`${colour(problem.severity)} ${printable(describe(problem))}`);
  }
}

export async function printBalances(folder: string, json: boolean): Promise<number> {
  refuseAddress(folder);
  if (!existsSync(folder)) throw new TallystickError('not_found', `There is no ledger in ${folder}.`);
  const names = loadNames(folder);
  await using ledger = await openLedger(folder);
  const { rows, totals } = await trial({ ledger, names });
  if (names.accounts.length === 0) {
    console.error(
      `No book was imported into ${folder}, so no account has a name: \`tallystick export ${folder} ` +
        '--accounts` shows all.',
    );
  }
  if (json) console.log(printableJson(JSON.stringify(balancesObject(rows), null, 2)));
  else if (rows.length > 0) console.log(trialBalance(rows, totals));
  return names.accounts.length === 0 ? 1 : 0;
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
export function trialBalance(rows: readonly Balance[], totals: readonly Total[] = []): string {
  const byAccount = new Map<string, Balance[]>();
  for (const row of rows) byAccount.set(row.account, [...(byAccount.get(row.account) ?? []), row]);
  return table(
    [
      { title: 'account', align: 'left' },
      { title: 'balance', align: 'right' },
      { title: '', align: 'left' },
    ],
    [
      ...[...byAccount].map(([account, held]) => [
        printableLine(account),
        held.map(({ number }) => (number.startsWith('-') ? colours.red(number) : number)).join('\n'),
        held.map(({ commodity }) => colours.dim(printableLine(commodity))).join('\n'),
      ]),
      ...(['debits', 'credits'] as const)
        .filter(() => totals.length > 0)
        .map((side) => [
          colours.bold(`total ${side}`),
          totals.map((total) => colours.bold(total[side])).join('\n'),
          totals.map(({ commodity }) => colours.dim(printableLine(commodity))).join('\n'),
        ]),
    ],
  );
}
