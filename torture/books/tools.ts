/**
 * The programs whose books we read, asked what a book says: every posting, added up exactly by account and commodity.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BookTransaction, Problems } from '../../src/books/book.ts';
import { add, type Decimal, decimal, format, normalize, ZERO } from '../../src/books/decimal.ts';
import { type Format, readBook, type Source, tally } from '../../src/books/index.ts';
import { TABLE_MARK } from './tables.ts';

/** `account | commodity` with its number, without zeros; undefined: the book is refused. */
export type Answer = ReadonlyMap<string, string> | undefined;

export type Dialect = Exclude<Format, 'csv'>;

export const EXTENSIONS: { readonly [dialect in Dialect]: string } = {
  beancount: 'beancount',
  hledger: 'journal',
  ledger: 'ledger',
  rules: 'rules',
};

/** Beancount, asked about many files in one process: one line of JSON for each. */
const LOADER = `
import json, sys
from beancount import loader
for path in sys.argv[1:]:
    entries, errors, _ = loader.load_file(path)
    postings = [p for e in entries if hasattr(e, 'postings') for p in e.postings]
    rows = [[p.account, p.units.currency, str(p.units.number)] for p in postings]
    said = [type(error).__name__ + ': ' + error.message.split(chr(10))[0] for error in errors]
    print(json.dumps({'errors': said, 'rows': rows}))
`;

const programOf = (dialect: Dialect): string => (dialect === 'rules' ? 'hledger' : dialect);

/** The version that is on the PATH; undefined: it is not there. */
export function installed(dialect: Dialect): string | undefined {
  const [command, ...words] =
    dialect === 'beancount'
      ? ['python3', '-c', 'import beancount; print(beancount.__version__)']
      : [programOf(dialect), '--version'];
  const { status, stdout } = spawnSync(command!, words, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0]!.trim() : undefined;
}

/** Older ones read some books otherwise: hledger before 1.50 balanced by the precision of the whole journal. */
const NEEDED: { readonly [dialect in Dialect]: readonly [number, number] } = {
  beancount: [3, 0],
  hledger: [1, 50],
  ledger: [3, 4],
  rules: [1, 50],
};

/** Why a test that asks the program is skipped; false: it is not. */
export function installedFor(dialect: Dialect): { readonly skip: string | false } {
  const version = installed(dialect);
  const [major, minor] = NEEDED[dialect];
  const found = /(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number) ?? [0, 0];
  const known = found[0]! > major || (found[0] === major && found[1]! >= minor);
  const there = version ?? `${programOf(dialect)} is not on the PATH`;
  return { skip: known ? false : `${there}: ${dialect} ${major}.${minor} or later is needed` };
}

/** The program's answer to each of these books. */
export function ask(dialect: Dialect, books: readonly string[], folder: string): Answer[] {
  if (dialect === 'rules') {
    return books.map((text, index) => {
      const [rules, table] = splitTable(text);
      const path = join(folder, `${index}.csv`);
      writeFileSync(path, table);
      writeFileSync(`${path}.rules`, rules);
      return askHledger(path, ({ tdate, tdescription }) => `${tdate} ${tdescription.replace(/ *[|] */, ' | ')} `);
    });
  }
  const paths = books.map((text, index) => {
    const path = join(folder, `${index}.${EXTENSIONS[dialect]}`);
    writeFileSync(path, text);
    return path;
  });
  if (dialect === 'beancount') return askBeancount(paths);
  return paths.map((path) => (dialect === 'ledger' ? askLedger(path) : askHledger(path, () => '')));
}

/** Rules, and the table that they are for. */
function splitTable(text: string): [string, string] {
  const at = text.indexOf(TABLE_MARK);
  return [text.slice(0, at), text.slice(at + TABLE_MARK.length)];
}

function askLedger(path: string): Answer {
  // Without --empty, a posting that would be shown as zero is not printed, though it counts.
  const words = ['--args-only', '--base', '--empty', '-f', path, 'reg', '--format'];
  const { status, stdout } = spawnSync(
    'ledger',
    [...words, '%(account)\t%(commodity(amount))\t%(quantity(amount))\n'],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) return undefined;
  return sum(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [account, commodity, number] = line.split('\t');
        return [
          account!.replace(/^[([<](.*)[)\]>]$/, '$1'),
          commodity!.replace(/^"(.*)"$/, '$1'),
          decimal(number!.replace(/ .*$/, '').replace(',', '.'))!,
        ];
      }),
  );
}

interface HledgerPosting {
  readonly paccount: string;
  readonly pamount: readonly {
    readonly acommodity: string;
    readonly aquantity: { readonly decimalMantissa: number; readonly decimalPlaces: number };
  }[];
}

interface HledgerTransaction {
  readonly tdate: string;
  readonly tdescription: string;
  readonly tpostings: readonly HledgerPosting[];
}

function askHledger(path: string, label: (transaction: HledgerTransaction) => string): Answer {
  const { status, stdout } = spawnSync('hledger', ['-f', path, 'print', '-x', '-O', 'json', '--round=none'], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const transactions = JSON.parse(stdout) as readonly HledgerTransaction[];
  return sum(
    transactions.flatMap((transaction) =>
      transaction.tpostings.flatMap(({ paccount, pamount }) =>
        pamount.map(({ acommodity, aquantity: { decimalMantissa, decimalPlaces } }) => [
          label(transaction) + paccount,
          acommodity,
          { mantissa: BigInt(decimalMantissa), exponent: -decimalPlaces },
        ]),
      ),
    ),
  );
}

function askBeancount(paths: readonly string[]): Answer[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', LOADER, ...paths], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length !== paths.length) throw new Error(`Beancount stopped: ${stderr}`);
  return lines.map((line) => {
    const { errors, rows } = JSON.parse(line) as { errors: string[]; rows: [string, string, string][] };
    // A balance that is not as asserted, or an account that is not open, is told, and the book stands.
    const fatal = errors.filter(
      (said) => !/^(BalanceError|PadError|ValidationError)/.test(said) || /does not balance/.test(said),
    );
    if (fatal.length > 0) return undefined;
    return sum(rows.map(([account, currency, number]) => [account, currency, fromPython(number)]));
  });
}

/** `1E-24` is how Python writes small numbers. */
function fromPython(text: string): Decimal {
  const [digits, power] = text.split('E');
  const { mantissa, exponent } = decimal(digits!)!;
  return { mantissa, exponent: exponent + Number(power ?? 0) };
}

function sum(rows: readonly (readonly [string, string, Decimal])[]): Answer {
  const sums = new Map<string, Decimal>();
  for (const [account, commodity, number] of rows) {
    const key = `${account} | ${commodity}`;
    sums.set(key, add(sums.get(key) ?? ZERO, number));
  }
  return plain(sums);
}

const plain = (sums: ReadonlyMap<string, Decimal>): Answer =>
  new Map(
    [...sums]
      .filter(([, number]) => number.mantissa !== 0n)
      .map(([key, number]) => [key, format(normalize(number))] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Today as 20241231, as the programs' own clocks have it. */
function today(): number {
  const now = new Date();
  return now.getFullYear() * 10_000 + (now.getMonth() + 1) * 100 + now.getDate();
}

/** Our reader's answer to the same book, and its reason to refuse it. */
export async function ours(
  dialect: Dialect,
  text: string,
): Promise<{ readonly answer: Answer; readonly told: string[] }> {
  const problems = new Problems();
  const [first, table] = dialect === 'rules' ? splitTable(text) : [text, ''];
  const files = (): Source[] => (dialect === 'rules' ? [{ path: 'table.csv', text: table }] : []);
  const options = { today: today(), table: 'table.csv' };
  const book = await readBook({ path: 'book', text: first }, dialect, files, problems, options);
  const told = problems.list.map(({ severity, place, message }) => `${severity} ${place.line}: ${message}`);
  const stops = problems.list.some(({ severity, assertion, partial }) => severity === 'error' || assertion || partial);
  if (stops) return { answer: undefined, told };
  const sums = new Map<string, Decimal>();
  for (const [account, held] of tally(dialect === 'rules' ? labelled(book.transactions) : book.transactions)) {
    for (const [commodity, number] of held) sums.set(`${account} | ${commodity}`, number);
  }
  return { answer: plain(sums), told };
}

/** Labels the transactions of a table, so that each is compared by itself. */
const labelled = (transactions: Iterable<BookTransaction>): BookTransaction[] =>
  [...transactions].map(({ postings, ...rest }) => {
    const day = String(rest.date).replace(/(\d\d)(\d\d)$/, '-$1-$2');
    const said = rest.payee === '' ? rest.narration : `${rest.payee} | ${rest.narration}`;
    return { ...rest, postings: postings.map((one) => ({ ...one, account: `${day} ${said} ${one.account}` })) };
  });

export const same = (a: Answer, b: Answer): boolean => show(a) === show(b);

export const show = (answer: Answer): string =>
  answer === undefined ? 'refused' : [...answer].map(([key, number]) => `${key} ${number}`).join('\n');
