/** A Beancount book, from its files to transactions: load, sort, book, pad, check; the order is Beancount's own. */
import type { Book, BookTransaction, Place, Problems, Source } from '../book.ts';
import { format } from '../decimal.ts';
import { Transactions } from '../transactions.ts';
import { BookingProblem, categorize } from './categorize.ts';
import { Checks } from './check.ts';
import type { BookedTransaction, Entry } from './entry.ts';
import { interpolate, residual } from './interpolate.ts';
import { type Booked, Inventory } from './inventory.ts';
import { matchLots } from './lots.ts';
import { type Booking, isBooking, type Options, readOptions } from './options.ts';
import { pad } from './pad.ts';
import { parse } from './parser.ts';
import { bookPlain } from './plain.ts';
import { compareDirectives, type Directive, type Posting, type Transaction } from './syntax.ts';
import { exceeds, inferTolerances } from './tolerance.ts';

/** Finds the files that an include names; a pattern may name several. Undefined or none: there is no such file. */
export type Include = (pattern: string, from: Source) => Promise<readonly Source[]>;

export async function readBeancount(source: Source, include: Include, problems: Problems): Promise<Book> {
  const { directives, options, plugins } = await load(source, include, problems);
  directives.sort(compareDirectives);
  const checks = new Checks(options, plugins, problems);
  const transactions = new Transactions();
  for (const entry of entriesOf(directives, options, problems)) {
    checks.see(entry);
    if (entry.kind === 'booked') transactions.push(toBookTransaction(entry));
  }
  return { transactions: transactions.sorted(), problems: problems.list };
}

/** The items one after another, each gone from the array when it is there: a large book need not be held twice. */
function* taken<T extends object>(items: T[]): Generator<T, void> {
  items.reverse();
  for (let item = items.pop(); item !== undefined; item = items.pop()) yield item;
}

function toBookTransaction({ date, payee, narration, padding, postings, place }: BookedTransaction): BookTransaction {
  return {
    date,
    payee,
    narration,
    kind: padding ? 'pad' : 'transaction',
    place,
    postings: postings.map(({ account, units }) => ({ account, commodity: units.currency, number: units.number })),
  };
}

interface Loaded {
  readonly directives: Directive[];
  /** Of the first file alone, as in Beancount. */
  readonly options: Options;
  readonly plugins: ReadonlySet<string>;
}

async function load(first: Source, include: Include, problems: Problems): Promise<Loaded> {
  const directives: Directive[] = [];
  const plugins = new Set<string>();
  const seen = new Set<string>([first.path]);
  const waiting: Source[] = [first];
  let options: Options | undefined;
  for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
    const parsed = parse(source, problems);
    options ??= readOptions(parsed, source, problems);
    for (const directive of parsed.directives) directives.push(directive);
    for (const { name, place } of parsed.plugins) {
      plugins.add(name);
      problems.tell('notice', place, `the plugin "${name}" is not run`);
    }
    for (const { path, place } of parsed.includes) {
      const found = await include(path, source);
      if (found.length === 0) problems.tell('error', place, `no file is named "${path}"`);
      for (const file of found) {
        if (seen.has(file.path)) problems.tell('warning', place, `${file.path} is included already`);
        else waiting.push(file);
        seen.add(file.path);
      }
    }
  }
  return { directives, options: options!, plugins };
}

/** A pad looks at what comes behind it, and so at the whole book; without one, no two entries are held at a time. */
function entriesOf(directives: Directive[], options: Options, problems: Problems): Iterable<Entry> {
  const padded = options.pads && directives.some(({ kind }) => kind === 'pad');
  const booked = book(directives, options, problems);
  return padded ? taken(pad([...booked], options, problems)) : booked;
}

/** Takes the directives out of their array. */
function* book(directives: Directive[], options: Options, problems: Problems): Generator<Entry, void> {
  const methods = new Map<string, Booking>();
  for (const directive of directives) {
    if (directive.kind !== 'open' || directive.booking === undefined) continue;
    if (isBooking(directive.booking)) methods.set(directive.account, directive.booking);
    else problems.tell('warning', directive.place, `there is no booking method "${directive.booking}"`);
  }
  const methodOf = (account: string): Booking => methods.get(account) ?? options.booking;
  const balances = new Map<string, Inventory>();
  for (const directive of taken(directives)) {
    if (directive.kind !== 'transaction') {
      yield directive;
      continue;
    }
    let postings: Booked[];
    try {
      postings = bookTransaction(directive, balances, methodOf, options);
    } catch (error) {
      if (!(error instanceof BookingProblem)) throw error;
      problems.tell('error', placeOf(directive, error.index), error.message);
      continue;
    }
    yield { ...directive, kind: 'booked', padding: false, postings };
  }
}

const placeOf = (
  { postings, place }: { postings: readonly Posting[]; place: Place },
  index: number | undefined,
): Place => (index === undefined ? place : (postings[index]?.place ?? place));

function bookTransaction(
  transaction: Transaction,
  balances: Map<string, Inventory>,
  methodOf: (account: string) => Booking,
  options: Options,
): Booked[] {
  const booked = bookPlain(transaction.postings, options) ?? bookAny(transaction, balances, methodOf, options);
  for (const { account, units, cost } of booked) {
    let balance = balances.get(account);
    if (balance === undefined) {
      balance = new Inventory();
      balances.set(account, balance);
    }
    balance.add(units, cost);
  }
  return booked;
}

function bookAny(
  transaction: Transaction,
  balances: ReadonlyMap<string, Inventory>,
  methodOf: (account: string) => Booking,
  options: Options,
): Booked[] {
  const tolerances = inferTolerances(transaction.postings, options, options.preciseInterpolation ? 'min' : 'max');
  const booked = categorize(transaction, balances).flatMap(({ currency, postings }) =>
    interpolate(matchLots(postings, transaction.date, balances, methodOf), currency, tolerances),
  );
  const allowed = inferTolerances(booked, options, 'max');
  const over = [...residual(booked).lots].filter(({ units }) => exceeds(units.number, allowed.of(units.currency)));
  if (over.length > 0) {
    const rest = over.map(({ units }) => `${format(units.number)} ${units.currency}`).join(', ');
    throw new BookingProblem(`the transaction does not balance: ${rest} is left over`);
  }
  return booked;
}
