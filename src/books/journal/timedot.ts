/**
 * hledger's time logs in dots, a quarter of an hour each:
 *
 *   2024-01-10 a day
 *   client:alpha  .... ..
 *   client:beta   1.5h
 */
import { dateOf, type Problems, type Source } from '../book.ts';
import { type Decimal, decimal, multiply, quantize } from '../decimal.ts';
import { Line } from './line.ts';
import type { Settings } from './settings.ts';
import type { JournalPosting, JournalTransaction, Sink } from './syntax.ts';

/** In hours, as hledger has them. */
const UNITS: Readonly<Record<string, string>> = {
  s: '0.0002777777777777778',
  m: '0.016666666666666666',
  h: '1',
  d: '24',
  w: '168',
  mo: '5040',
  y: '61320',
};

export function parseTimedot(source: Source, { names, style, year }: Settings, problems: Problems, sink: Sink): void {
  problems.source(source);
  const transactions: JournalTransaction[] = [];
  let postings: JournalPosting[] | undefined;
  source.text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((text, index) => {
      const plain = text.replace(/^\*+\s+/, '');
      const place = { path: source.path, line: index + 1, column: 1 };
      const day = /^(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})(?=\s|$)(.*)$/.exec(plain);
      if (day !== null) {
        const date = dateOf(Number(day[1] ?? year), Number(day[2]), Number(day[3]));
        if (date === undefined) problems.tell('error', place, `expected a day of the calendar, found '${plain}'`);
        postings = [];
        const narration = day[4]!.replace(/;.*$/, '').trim();
        transactions.push({ date: date ?? 0, payee: '', narration, postings, place });
        return;
      }
      if (/^\s*([;#]|$)/.test(text) || (postings === undefined && /^\s*[*]/.test(text))) return;
      const line = new Line(source.path, index + 1, plain.trimStart());
      const account = line.take(/^(?:[^\s;]|[ ](?![ \t]|$|;))+/)?.[0];
      const hours = account === undefined ? undefined : hoursIn(line.rest.replace(/;.*$/, '').trim());
      if (postings === undefined || account === undefined || hours === undefined) {
        problems.tell('error', place, `expected an account and its hours below a date, found '${text.trim()}'`);
        return;
      }
      const amount = { number: hours, commodity: style.commodity };
      postings.push({
        account: names.complete(account),
        kind: 'virtual',
        amount,
        assertion: undefined,
        date: undefined,
        place,
      });
    });
  for (const transaction of transactions) sink.push(transaction);
}

/** `.... ..`, `1.5`, `90m`, or a letter for each quarter. */
function hoursIn(text: string): Decimal | undefined {
  if (text === '') return { mantissa: 0n, exponent: 0 };
  const number = /^(\d+(?:\.\d*)?|\.\d+)(s|mo|m|h|d|w|y)?$/.exec(text);
  if (number !== null) {
    const value = decimal(number[1]!);
    if (value === undefined || number[2] === undefined) return value;
    return quantize(multiply(value, decimal(UNITS[number[2]]!)!), -2);
  }
  if (!/^[.][. ]*$/.test(text) && !/^\p{L}[\p{L} ]*$/u.test(text)) return undefined;
  const quarters = text.replaceAll(' ', '').length;
  return { mantissa: BigInt(quarters * 25), exponent: -2 };
}
