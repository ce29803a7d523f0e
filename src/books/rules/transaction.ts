/** One row of a table, made a transaction by the rules, as hledger makes it. */
import type { Mark } from '../csv-cells.ts';
import { isZero } from '../decimal.ts';
import { postingDate } from '../journal/comment.ts';
import { LineProblem } from '../journal/line.ts';
import type { Priced } from '../journal/mixed.ts';
import type { JournalPosting, JournalTransaction } from '../journal/syntax.ts';
import { AmountReader, negated, otherSide } from './amounts.ts';
import type { DateReader } from './dates.ts';
import type { RowValues, Value } from './evaluate.ts';

export const POSTINGS_MAX = 99;
const UNKNOWN_EXPENSE = 'expenses:unknown';
const UNKNOWN_INCOME = 'income:unknown';

/** `=`, `==`, `=*`, `==*`. */
export type BalanceType = string;

export interface TransactionRules {
  readonly date: DateReader;
  readonly dateFormat: string | undefined;
  readonly balanceType: BalanceType;
  readonly mark: Mark | undefined;
  /** Numbers of the postings that some rule speaks of, in order. */
  readonly postings: readonly number[];
}

export class TransactionMaker {
  readonly amounts: AmountReader;
  readonly #rules: TransactionRules;

  constructor(rules: TransactionRules) {
    this.#rules = rules;
    this.amounts = new AmountReader(rules.mark);
  }

  /** @throws LineProblem */
  make(values: RowValues): JournalTransaction {
    const { place } = values.row;
    const date = this.#date(values, 'date') ?? fail(values, values.value('date'), 'a date');
    if (values.value('date2') !== undefined) this.#date(values, 'date2');
    const status = values.value('status');
    if (status !== undefined && !/^\s*[*!]?\s*$/.test(status.text)) fail(values, status, "'*', '!' or nothing");
    const description = (values.value('description')?.text ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' ');
    const bar = description.indexOf('|');
    const payee = bar < 0 ? '' : description.slice(0, bar).trim();
    const narration = bar < 0 ? description : description.slice(bar + 1).trim();
    const first = values.value('account1')?.text.trim() ?? '';
    const alone = /^\(.*\)$/.test(first);
    const postings = this.#rules.postings.flatMap((number) => this.#posting(values, number, alone));
    return { date, payee, narration, postings, place };
  }

  #date(values: RowValues, field: string): number | undefined {
    const value = values.value(field);
    const date = value === undefined ? undefined : this.#rules.date(value.text);
    const { dateFormat } = this.#rules;
    const expected = dateFormat === undefined ? 'a date such as 2024-12-31' : `a date in the format ${dateFormat}`;
    return value === undefined ? undefined : (date ?? fail(values, value, `${expected}, found '${value.text.trim()}'`));
  }

  #posting(values: RowValues, number: number, alone: boolean): JournalPosting[] {
    const currency = values.value(`currency${number}`) ?? values.value('currency');
    const amount = this.#amount(values, number, currency?.text ?? '', alone);
    const { place } = values.row;
    const balance = this.#balance(values, number, currency?.text ?? '');
    const given = values.value(`account${number}`);
    if (given === undefined ? amount === undefined && balance === undefined : given.text.trim() === '') return [];
    const written = given?.text.trim();
    if (written !== undefined && /[ \t]{2}|\t|\n/.test(written))
      fail(values, given, 'one account and nothing behind it');
    const unknown = amount !== undefined && amount.number.mantissa < 0n ? UNKNOWN_INCOME : UNKNOWN_EXPENSE;
    const [, virtual, balanced] = /^\((.*)\)$|^\[(.*)\]$/.exec(written ?? '') ?? [];
    const comment = values.value(`comment${number}`)?.text.replaceAll('\\n', '\n');
    // A date without its year counts for nothing here.
    const date = comment === undefined ? undefined : postingDate(comment, 0);
    const type = this.#rules.balanceType;
    const assertion =
      balance === undefined || amount !== undefined
        ? undefined
        : { ...balance, sole: type.startsWith('=='), inclusive: type.endsWith('*'), place };
    return [
      {
        account: (virtual ?? balanced ?? written ?? unknown).trim(),
        kind: virtual !== undefined ? 'virtual' : balanced !== undefined ? 'balanced' : 'real',
        amount,
        // hledger checks no balance of a table; where a row has no amount, its balance tells it.
        assertion,
        date: typeof date === 'number' ? date : undefined,
        place,
      },
    ];
  }

  /** Fields without a number are of the first posting, and the other way round of the second. */
  #amount(values: RowValues, number: number, currency: string, alone: boolean): Priced | undefined {
    const plain = ['amount', 'amount-in', 'amount-out'];
    const numbered = [`amount${number}`, `amount${number}-in`, `amount${number}-out`];
    const read = (field: string): { readonly value: Value; readonly amount: Priced }[] => {
      const value = values.value(field);
      if (value === undefined || value.text.trim() === '') return [];
      return [{ value, amount: this.amounts.read(value, currency, values) }];
    };
    const own = numbered.flatMap(read);
    const shared = number === 1 || (number === 2 && !alone) ? plain.flatMap(read) : [];
    const all =
      own.length > 0
        ? own
        : shared.map(({ value, amount }) => ({ value, amount: number === 2 ? otherSide(amount) : amount }));
    const moving = all.filter(({ amount }) => !isZero(amount.number));
    const [one, more] = moving.length > 0 ? moving : all.slice(0, 1);
    if (more !== undefined) fail(values, more.value, `one amount, beside that of ${one!.value.rule.field}`);
    if (one === undefined) return undefined;
    return one.value.rule.field.endsWith('-out') ? negated(one.amount) : one.amount;
  }

  #balance(values: RowValues, number: number, currency: string): Priced | undefined {
    const value = values.value(`balance${number}`) ?? (number === 1 ? values.value('balance') : undefined);
    if (value === undefined || value.text.trim() === '') return undefined;
    return this.amounts.read(value, currency, values);
  }
}

/** @throws LineProblem */
function fail(values: RowValues, value: Value | undefined, expected: string): never {
  const rule =
    value === undefined
      ? ''
      : ` by the rule for ${value.rule.field} at ${value.rule.place.path}:${value.rule.place.line}`;
  throw new LineProblem(values.row.place, `expected ${expected}${rule}`);
}
