/** `tallystick import --dry-run`: the first transactions of a book as they are understood, and nothing else happens. */
import { type BookTransaction, formatNumber, type Preview } from 'tallystick/internal/books';
import { colours } from './colours.ts';
import { plural } from './print.ts';
import { printable, printableLine } from './printable.ts';

const SHOWN = 10;

/** As a journal that people can compare with what their bank says. */
export function printPreview(path: string, { format, transactions, accounts }: Preview): void {
  const shown = transactions.slice(0, SHOWN);
  for (const transaction of shown) console.log(`${transactionText(transaction)}\n`);
  const more = transactions.length - shown.length;
  if (more > 0) console.log(colours.dim(`and ${plural(more, 'more transaction')}\n`));
  console.log(
    `${printable(path)} (${format}): ${plural(accounts, 'account')}, ${plural(transactions.length, 'transaction')}; ` +
      'nothing was imported (--dry-run)',
  );
}

function transactionText({ date, payee, narration, postings }: BookTransaction): string {
  const day = String(date).padStart(8, '0');
  const said = [payee, narration].filter((text) => text !== '').join(' | ');
  const rows = postings.map(({ account, number, commodity }) => ({
    account: printableLine(account),
    number: formatNumber(number),
    commodity: printableLine(commodity),
  }));
  const [names, numbers] = [
    Math.max(0, ...rows.map(({ account }) => account.length)),
    Math.max(0, ...rows.map(({ number }) => number.length)),
  ];
  const head = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)} ${printableLine(said)}`.trimEnd();
  const lines = rows.map(({ account, number, commodity }) =>
    `    ${account.padEnd(names)}  ${number.padStart(numbers)} ${commodity}`.trimEnd(),
  );
  return [head, ...lines].join('\n');
}
