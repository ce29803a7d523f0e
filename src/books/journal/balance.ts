/**
 * Fills in what a journal leaves out, in hledger's order: first the transactions that need nothing but themselves; then
 * all postings by their dates, where an amount with only an assertion becomes what makes that true. Nothing is rounded;
 * a transaction may end as far from zero as half of the last digit that it shows.
 */
import type { BookPosting, Problems } from '../book.ts';
import { abs, add, format, isZero, subtract, ZERO } from '../decimal.ts';
import { Transactions } from '../transactions.ts';
import { redundantCosts } from './conversion.ts';
import { costless, looksZero, Mixed, opposite, type Priced, precisionOf, weightOf } from './mixed.ts';
import { plainPostings } from './plain-postings.ts';
import type { Assertion, JournalPosting, JournalTransaction } from './syntax.ts';

/** A posting with what is known of its amounts; undefined: nothing yet. */
interface Open {
  readonly posting: JournalPosting;
  readonly date: number;
  amounts: readonly Priced[] | undefined;
}

/** What is done in the order of dates, and in that of the file where they are the same. */
interface Item {
  readonly date: number;
  readonly slot: number;
  readonly run: () => void;
}

/** A transaction that waits for what the whole journal says of its accounts. */
interface Waiting {
  readonly transaction: JournalTransaction;
  readonly open: readonly Open[];
  readonly slot: number;
}

export function balanceJournal(
  transactions: readonly JournalTransaction[],
  conversions: ReadonlyMap<string, boolean>,
  problems: Problems,
): Transactions {
  const balancer = new Balancer(conversions, problems);
  for (const transaction of transactions) balancer.push(transaction);
  return balancer.finish();
}

/** Takes transactions as they are read: most need nothing but themselves, and what was read of them can go at once. */
export class Balancer {
  readonly #booked: Transactions = new Transactions();
  readonly #items: Item[] = [];
  readonly #waiting: Waiting[] = [];
  /** Places of transactions whose postings count for assertions on their day, and say no more. */
  readonly #plain: number[] = [];
  #asserted = false;
  readonly #conversions: ReadonlyMap<string, boolean>;
  readonly #problems: Problems;
  readonly #held: Map<string, Mixed> = new Map();

  /** `conversions` may still be filled until {@link Balancer.finish}. */
  constructor(conversions: ReadonlyMap<string, boolean>, problems: Problems) {
    this.#conversions = conversions;
    this.#problems = problems;
  }

  push(transaction: JournalTransaction): void {
    const slot = this.#booked.reserve();
    if (this.#bookPlain(transaction, slot)) return;
    const { postings, date } = transaction;
    const open = postings.map((posting): Open => {
      const amounts = posting.amount === undefined ? undefined : [posting.amount];
      return { posting, amounts, date: posting.date ?? date };
    });
    this.#asserted ||= postings.some(({ assertion }) => assertion !== undefined);
    if (open.some(isAssigned)) this.#items.push({ date, slot, run: () => this.#assignAll(transaction, open, slot) });
    else if (postings.some(({ amount }) => amount?.cost !== undefined)) this.#waiting.push({ transaction, open, slot });
    else this.#begin({ transaction, open, slot });
  }

  /** False: the transaction is not as plain as most. */
  #bookPlain({ date, payee, narration, place, postings }: JournalTransaction, slot: number): boolean {
    const balanced = plainPostings(postings);
    if (balanced === undefined) return false;
    this.#booked.fill(slot, { date, payee, narration, kind: 'transaction', postings: balanced, place });
    this.#plain.push(slot);
    return true;
  }

  /** In the order of their dates. */
  finish(): Transactions {
    for (const waiting of this.#waiting) this.#begin(waiting);
    // Where nothing is asserted, nobody asks what accounts hold.
    if (this.#asserted) {
      for (const slot of this.#plain) this.#items.push(this.#plainItem(slot));
      for (const { run } of this.#items.sort((a, b) => a.date - b.date || a.slot - b.slot)) run();
    }
    return this.#booked.sorted();
  }

  #plainItem(slot: number): Item {
    const run = (): void => {
      for (const posting of this.#booked.postings(slot)) this.#of(posting.account).add(posting);
    };
    return { date: this.#booked.date(slot), slot, run };
  }

  #begin({ transaction, open, slot }: Waiting): void {
    if (this.#balance(transaction, open) === undefined) return;
    this.#book(transaction, open, slot);
    const plain = open.every(
      ({ posting }) =>
        posting.date === undefined && posting.assertion === undefined && posting.amount?.cost === undefined,
    );
    if (plain) {
      this.#plain.push(slot);
      return;
    }
    for (const { posting, amounts, date } of open)
      this.#items.push({ date, slot, run: () => this.#hold(posting, (amounts ?? []).map(costless)) });
  }

  #assignAll(transaction: JournalTransaction, open: readonly Open[], slot: number): void {
    for (const one of [...open].sort((a, b) => a.date - b.date)) {
      const { posting } = one;
      if (isAssigned(one)) {
        if (posting.date !== undefined) {
          const message = 'an amount with only an assertion cannot have a date of its own, in hledger neither';
          this.#problems.tell('error', posting.place, message);
          return;
        }
        if (!this.#assign(one, posting.assertion!)) return;
        this.#check(posting);
      } else if (one.amounts !== undefined) this.#hold(posting, one.amounts);
    }
    const inferred = this.#balance(transaction, open);
    if (inferred === undefined) return;
    for (const { posting, amounts } of inferred)
      for (const amount of amounts ?? []) this.#of(posting.account).add(amount);
    this.#book(transaction, open, slot);
  }

  /** False: it cannot be told what would be moved, and that has been said. */
  #assign(open: Open, assertion: Assertion): boolean {
    const { account } = open.posting;
    const own = this.#of(account);
    const { commodity, sole, inclusive } = assertion;
    const target = Mixed.of(assertion);
    const others = own.amounts.filter((amount) => amount.commodity !== commodity);
    if (!sole) for (const amount of others) target.add(amount);
    const held = inclusive ? this.#under(account) : own;
    if (inclusive && !sole && this.#under(account, false).amounts.some((amount) => amount.commodity !== commodity)) {
      const moved = `hledger 1.52 moves other commodities than ${commodity} here too`;
      const message = `${moved}, against its manual: write the amount`;
      this.#problems.tell('error', assertion.place, message);
      return false;
    }
    open.amounts = target.minus(held).amounts;
    for (const amount of open.amounts) own.add(amount);
    return true;
  }

  #hold(posting: JournalPosting, amounts: readonly Priced[]): void {
    const held = this.#of(posting.account);
    for (const amount of amounts) held.add(amount);
    if (amounts.length > 0 || posting.amount !== undefined) this.#check(posting);
  }

  #of(account: string): Mixed {
    let held = this.#held.get(account);
    if (held === undefined) {
      held = new Mixed();
      this.#held.set(account, held);
    }
    return held;
  }

  /** With all accounts below it. */
  #under(account: string, itself: boolean = true): Mixed {
    const sum = new Mixed();
    for (const [name, held] of this.#held) {
      this.#problems.tick();
      const counts = name === account ? itself : name.startsWith(`${account}:`);
      if (counts) for (const amount of held.amounts) sum.add(amount);
    }
    return sum;
  }

  #check({ account, assertion }: JournalPosting): void {
    if (assertion === undefined) return;
    const sums = new Map([[assertion.commodity, ZERO]]);
    const held = assertion.inclusive ? this.#under(account) : this.#of(account);
    for (const { commodity, number } of held.amounts) sums.set(commodity, add(sums.get(commodity) ?? ZERO, number));
    const there = sums.get(assertion.commodity)!;
    const difference = subtract(there, assertion.number);
    if (!isZero(difference)) {
      const wanted = format(assertion.number);
      const text = `the balance of ${account} is ${format(there)} ${assertion.commodity}, not ${wanted}: `;
      const side = difference.mantissa > 0n ? 'too much' : 'too little';
      this.#problems.assertion(assertion.place, `${text}${format(abs(difference))} ${side}`);
      return;
    }
    // As in hledger, commodities that only sub-accounts hold are not asked for.
    const own = new Set(this.#of(account).commodities);
    const others = [...sums].filter(([name, sum]) => name !== assertion.commodity && own.has(name) && !isZero(sum));
    if (!assertion.sole || others.length === 0) return;
    const text = others.map(([name, sum]) => `${format(sum)} ${name}`).join(', ');
    this.#problems.assertion(assertion.place, `${account} also holds ${text}`);
  }

  /** The postings that were filled in; undefined: it cannot be balanced, and that has been told. */
  #balance(transaction: JournalTransaction, open: readonly Open[]): readonly Open[] | undefined {
    const redundant = redundantCosts(
      open.map(({ posting, amounts }) => ({ account: posting.account, amounts: amounts ?? [] })),
      this.#conversions,
    );
    if (redundant === undefined) {
      this.#problems.tell('error', transaction.place, 'conversion postings have one amount each, without a cost');
      return undefined;
    }
    const inferred: Open[] = [];
    const unpriced = new Set([...redundant].map((index) => open[index]!));
    for (const kind of ['real', 'balanced', 'virtual'] as const) {
      const part = open.filter(({ posting }) => posting.kind === kind);
      const elided = part.filter(({ amounts }) => amounts === undefined);
      if (kind !== 'virtual' && elided.length > 1) {
        this.#problems.tell('error', elided[1]!.posting.place, 'at most one posting may be left without an amount');
        return undefined;
      }
      if (elided.length > 0) {
        const sum = new Mixed();
        for (const { amounts } of part) for (const amount of amounts ?? []) sum.add(weightOf(amount));
        for (const one of elided) one.amounts = kind === 'virtual' ? [] : sum.amounts.map(opposite);
        inferred.push(...elided);
      }
    }
    const balanced = (['real', 'balanced'] as const).every((kind) => {
      const part = open.filter(({ posting }) => posting.kind === kind);
      return isExchange(part) || this.#isZero(transaction, part, open, unpriced);
    });
    return balanced ? inferred : undefined;
  }

  #isZero(
    transaction: JournalTransaction,
    part: readonly Open[],
    open: readonly Open[],
    unpriced: ReadonlySet<Open>,
  ): boolean {
    const sum = new Mixed();
    for (const one of part) {
      for (const amount of one.amounts ?? []) sum.add(unpriced.has(one) ? costless(amount) : weightOf(amount));
    }
    const shown = new Map<string, number>();
    for (const amount of open.flatMap(({ amounts }) => amounts ?? [])) {
      shown.set(amount.commodity, Math.max(shown.get(amount.commodity) ?? 0, precisionOf(amount)));
    }
    const left = sum.amounts.filter(
      (amount) => !looksZero(amount.number, shown.get(amount.commodity) ?? precisionOf(amount)),
    );
    if (left.length === 0) return true;
    const rest = left.map(({ commodity, number }) => `${format(number)} ${commodity}`.trim()).join(', ');
    this.#problems.tell('error', transaction.place, `the transaction does not balance: ${rest} is left over`);
    return false;
  }

  /** A posting's own date orders assertions and nothing else: in the ledger a transaction has one date. */
  #book({ date, payee, narration, place }: JournalTransaction, open: readonly Open[], slot: number): void {
    const postings: BookPosting[] = open.flatMap(({ posting, amounts }) =>
      (amounts ?? []).map(({ number, commodity }) => ({ account: posting.account, number, commodity })),
    );
    this.#booked.fill(slot, { date, payee, narration, kind: 'transaction', postings, place });
  }
}

const isAssigned = ({ posting }: Open): boolean => posting.amount === undefined && posting.assertion !== undefined;

/** Two commodities, one given for the other, and no costs: that exchange is the cost. */
function isExchange(part: readonly Open[]): boolean {
  const sum = new Mixed();
  for (const { amounts } of part) for (const amount of amounts ?? []) sum.add(amount);
  const [one, other, ...more] = sum.amounts;
  if (one === undefined || other === undefined || more.length > 0) return false;
  if (one.cost !== undefined || other.cost !== undefined) return false;
  const from = part
    .flatMap(({ amounts }) => amounts ?? [])
    .find(({ commodity }) => [one, other].some((x) => x.commodity === commodity));
  const single = part.every(
    ({ amounts }) => amounts?.length === 1 || !amounts?.some(({ commodity }) => commodity === from?.commodity),
  );
  return single && one.number.mantissa < 0n !== other.number.mantissa < 0n;
}
