/** Everything that a Ledger book has said so far, files included: Ledger reads once, from top to bottom. */
import type { Place, Problems } from '../book.ts';
import { add, type Decimal, format, isZero, negate, subtract, ZERO } from '../decimal.ts';
import type { Pattern } from '../pattern.ts';
import { Transactions } from '../transactions.ts';
import { Accounts } from './accounts.ts';
import type { Amount, ReadingOptions } from './amount.ts';
import { type Automated, extend } from './automated.ts';
import { Commodities, type Commodity } from './commodities.ts';
import { DateReader } from './dates.ts';
import { BalanceProblem, finalize, isZeroAmount, small } from './finalize.ts';
import type { LedgerPosting, LedgerTransaction } from './syntax.ts';

/** By the name of the commodity, lots aside. */
type Held = Map<string, { readonly commodity: Commodity | undefined; number: Decimal }>;

function hold(held: Map<string, Held>, account: string, number: Decimal, commodity: Commodity | undefined): void {
  let sums = held.get(account);
  if (sums === undefined) {
    sums = new Map();
    held.set(account, sums);
  }
  const sum = sums.get(commodity?.name ?? '');
  if (sum === undefined) sums.set(commodity?.name ?? '', { commodity, number });
  else sum.number = add(sum.number, number);
}

export class Session {
  readonly commodities: Commodities = new Commodities();
  readonly accounts: Accounts = new Accounts();
  readonly dates: DateReader;
  /** How amounts of postings are read. */
  readonly reading: ReadingOptions;
  /** Accounts that had a posting. */
  readonly names: Map<string, string> = new Map();
  readonly automated: Automated[] = [];
  readonly payeeNames: { readonly pattern: Pattern; readonly payee: string }[] = [];
  readonly payeesByUuid: Map<string, string> = new Map();
  readonly booked: Transactions = new Transactions();
  readonly problems: Problems;
  bucket: string | undefined;
  /** That a year was guessed is told once. */
  guessTold = false;
  /** By account: all postings, and those that are not virtual. */
  readonly #all: Map<string, Held> = new Map();
  readonly #real: Map<string, Held> = new Map();
  readonly #uuids: Map<string, { readonly text: string; readonly deferred: LedgerPosting[] }> = new Map();

  constructor(problems: Problems, today: number | undefined) {
    this.problems = problems;
    const dates = new DateReader(today);
    this.dates = dates;
    this.reading = { commodities: this.commodities, learns: true, lots: true, date: (text) => dates.read(text) };
  }

  payeeOf(description: string): string {
    return this.payeeNames.find(({ pattern }) => pattern.finds(description))?.payee ?? description;
  }

  /** Completes a transaction and adds it to what accounts hold. What is wrong with it is told. */
  add(transaction: LedgerTransaction): void {
    const { postings, place } = transaction;
    let made: LedgerPosting[] = [];
    try {
      finalize(postings, this.bucket);
      if (postings.every(({ amount }) => amount === undefined)) return;
      if (this.automated.length > 0) made = this.automated.flatMap((automated) => extend(automated, transaction, this));
    } catch (error) {
      if (!(error instanceof BalanceProblem)) throw error;
      this.problems.tell('error', error.posting?.place ?? place, error.message);
      return;
    }
    if (this.#isRepeated(transaction)) return;
    for (const posting of postings) {
      if (!posting.deferred || made.includes(posting)) this.#hold(posting, transaction.timelog && !posting.generated);
    }
    this.booked.push({
      date: transaction.date,
      payee: transaction.payee,
      narration: transaction.narration,
      kind: 'transaction',
      place,
      postings: postings.map(({ account, amount }) => {
        const { number, commodity } = small(amount!);
        return { account, number, commodity: commodity?.name ?? '' };
      }),
    });
  }

  /** A UUID that was seen before names the same transaction: it counts once. */
  #isRepeated({ uuid, postings, place }: LedgerTransaction): boolean {
    if (uuid === undefined) return false;
    const text = JSON.stringify(
      postings.map(({ account, amount }) => [account, format(amount!.number), amount!.commodity?.name]).sort(),
    );
    const before = this.#uuids.get(uuid);
    if (before === undefined) {
      this.#uuids.set(uuid, { text, deferred: postings.filter(({ deferred, generated }) => deferred && !generated) });
      return false;
    }
    // Now accounts hold what the first one had deferred.
    for (const posting of before.deferred.splice(0)) this.#hold(posting, false);
    if (before.text !== text)
      this.problems.tell('error', place, `the transaction with the UUID ${uuid} had other postings before`);
    return true;
  }

  #hold({ account, kind, amount }: LedgerPosting, timelog: boolean): void {
    const { number, commodity } = small(amount!);
    hold(this.#all, account, number, commodity);
    if (kind === 'real' || timelog) hold(this.#real, account, number, commodity);
  }

  /** What an account lacks to hold `wanted` after the postings so far: all commodities where it is a bare number. */
  lacks(wanted: Amount, posting: LedgerPosting, before: readonly LedgerPosting[]): Amount[] {
    const { account, kind } = posting;
    const virtual = kind !== 'real';
    const lacking: Held = new Map();
    const take = ({ number, commodity }: Amount): void => {
      const name = commodity?.name ?? '';
      lacking.set(name, { commodity, number: subtract(lacking.get(name)?.number ?? ZERO, number) });
    };
    take({ ...wanted, number: negate(wanted.number) });
    for (const amount of (virtual ? this.#all : this.#real).get(account)?.values() ?? []) take(amount);
    for (const other of before) {
      if (other.account !== account || (other.kind !== 'real') !== virtual) continue;
      if (other.amount === undefined)
        throw new BalanceProblem(`an amount of ${account} is still to be filled in`, other);
      take(small(other.amount));
    }
    const { commodity } = wanted;
    if (commodity === undefined) return [...lacking.values()].filter((amount) => !isZero(amount.number));
    return [lacking.get(commodity.name) ?? { commodity, number: ZERO }];
  }

  /** The posting's amount is what it assigns, or what it asserts is looked at. */
  assign(posting: LedgerPosting, wanted: Amount, before: readonly LedgerPosting[], place: Place): void {
    const lacking = this.lacks(wanted, posting, before);
    const open = lacking.filter((amount) => !isZeroAmount(amount));
    if (posting.amount === undefined) {
      if (open.length > 1)
        throw new BalanceProblem(`one posting cannot move ${open.length} commodities at once`, posting);
      posting.amount = open[0] ?? { commodity: wanted.commodity, number: ZERO };
      return;
    }
    const written = small(posting.amount);
    const rest = lacking.map((amount) =>
      amount.commodity === written.commodity ? { ...amount, number: subtract(amount.number, written.number) } : amount,
    );
    if (!rest.some(({ commodity }) => commodity === written.commodity))
      rest.push({ ...written, number: negate(written.number) });
    const off = rest.filter((amount) => !isZeroAmount(amount));
    if (off.length === 0) return;
    const text = off
      .map(({ number, commodity }) => `${format(negate(number))} ${commodity?.name ?? ''}`.trim())
      .join(', ');
    this.problems.assertion(place, `the balance of ${posting.account} is off by ${text}`);
  }
}
