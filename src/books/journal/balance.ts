/**
 * Fills in what a journal leaves out: an elided amount is what balances its transaction, an amount with only an assertion is
 * what makes that true. Nothing is rounded; a transaction may end as far from zero as half of the last digit written.
 */
import type { BookPosting, BookTransaction, Format, Problems } from '../book.ts';
import { abs, add, type Decimal, digits, format, isZero, negate, subtract, ZERO } from '../decimal.ts';
import type { Amount } from './amount.ts';
import type { Assertion, JournalPosting, JournalTransaction } from './syntax.ts';

/** A sum by commodity. */
type Sums = Map<string, Decimal>;

const addTo = (sums: Sums, { commodity, number }: Amount): void => {
  sums.set(commodity, add(sums.get(commodity) ?? ZERO, number));
};

export function balanceJournal(
  transactions: readonly JournalTransaction[],
  dialect: Format,
  problems: Problems,
): BookTransaction[] {
  // hledger asserts by date, Ledger by line.
  const byDate = [...transactions].sort((a, b) => a.date - b.date);
  const balancer = new Balancer(dialect, writtenDigits(transactions), problems);
  const done = (dialect === 'hledger' ? byDate : transactions).map((transaction) => balancer.balance(transaction));
  return done.filter((transaction) => transaction !== undefined).sort((a, b) => a.date - b.date);
}

/** The most decimals that each commodity is written with. */
function writtenDigits(transactions: readonly { readonly postings: readonly JournalPosting[] }[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const { amount } of transactions.flatMap(({ postings }) => postings)) {
    if (amount !== undefined)
      most.set(amount.commodity, Math.max(most.get(amount.commodity) ?? 0, digits(amount.number)));
  }
  return most;
}

class Balancer {
  readonly #dialect: Format;
  readonly #journalDigits: ReadonlyMap<string, number>;
  readonly #problems: Problems;
  readonly #held: Map<string, Sums> = new Map();

  constructor(dialect: Format, journalDigits: ReadonlyMap<string, number>, problems: Problems) {
    this.#dialect = dialect;
    this.#journalDigits = journalDigits;
    this.#problems = problems;
  }

  balance(transaction: JournalTransaction): BookTransaction | undefined {
    const { date, payee, narration, place } = transaction;
    const postings = transaction.postings.map((posting) => this.#assign(posting));
    const filled = new Map<JournalPosting, readonly Amount[]>();
    for (const kind of ['real', 'balanced'] as const) {
      if (
        !this.#fill(
          transaction,
          postings.filter((posting) => posting.kind === kind),
          filled,
        )
      )
        return undefined;
    }
    const booked: BookPosting[] = postings.flatMap((posting) => {
      const amounts = posting.amount === undefined ? (filled.get(posting) ?? []) : [posting.amount];
      return amounts.map(({ number, commodity }) => ({ account: posting.account, number, commodity }));
    });
    return { date, payee, narration, kind: 'transaction', postings: booked, place };
  }

  /** The posting with its amount, if an assertion says what it must be; and the assertion checked, if it has one. */
  #assign(posting: JournalPosting): JournalPosting {
    const { account, amount, assertion } = posting;
    if (amount !== undefined) this.#add(account, amount);
    if (assertion === undefined) return posting;
    const held = this.#heldBy(account, assertion);
    if (amount === undefined) {
      const difference = { number: subtract(assertion.number, held), commodity: assertion.commodity };
      this.#add(account, difference);
      return { ...posting, amount: difference };
    }
    const others = [...(this.#held.get(account) ?? [])].filter(
      ([name, sum]) => name !== assertion.commodity && !isZero(sum),
    );
    const difference = subtract(held, assertion.number);
    if (!isZero(difference)) {
      const text = `the balance of ${account} is ${format(held)} ${assertion.commodity}, not ${format(assertion.number)}: `;
      const side = difference.mantissa > 0n ? 'too much' : 'too little';
      this.#problems.tell('warning', assertion.place, `${text}${format(abs(difference))} ${side}`);
    } else if (assertion.sole && others.length > 0) {
      const text = others.map(([name, sum]) => `${format(sum)} ${name}`).join(', ');
      this.#problems.tell('warning', assertion.place, `${account} also holds ${text}`);
    }
    return posting;
  }

  #add(account: string, amount: Amount): void {
    let sums = this.#held.get(account);
    if (sums === undefined) {
      sums = new Map();
      this.#held.set(account, sums);
    }
    addTo(sums, amount);
  }

  #heldBy(account: string, { commodity, inclusive }: Assertion): Decimal {
    if (!inclusive) return this.#held.get(account)?.get(commodity) ?? ZERO;
    let held = ZERO;
    for (const [name, sums] of this.#held) {
      if (name === account || name.startsWith(`${account}:`)) held = add(held, sums.get(commodity) ?? ZERO);
    }
    return held;
  }

  /** False: it cannot be balanced, and that has been told. */
  #fill(
    transaction: JournalTransaction,
    postings: readonly JournalPosting[],
    filled: Map<JournalPosting, readonly Amount[]>,
  ): boolean {
    const elided = postings.filter(({ amount }) => amount === undefined);
    const sums: Sums = new Map();
    for (const posting of postings) {
      const weight = this.#weight(posting);
      if (weight !== undefined) addTo(sums, weight);
    }
    const [first, second] = elided;
    if (second !== undefined) {
      this.#problems.tell('error', second.place, 'at most one posting may be left without an amount');
      return false;
    }
    if (first !== undefined) {
      const amounts = [...sums]
        .filter(([, sum]) => !isZero(sum))
        .map(([commodity, sum]) => ({ commodity, number: negate(sum) }));
      for (const amount of amounts) this.#add(first.account, amount);
      filled.set(first, amounts);
      return true;
    }
    const local = writtenDigits([{ postings }]);
    const left = [...sums].filter(([commodity, sum]) => !this.#isSmall(sum, commodity, local));
    if (left.length === 0 || isExchange(left, postings)) return true;
    const rest = left.map(([commodity, sum]) => `${format(sum)} ${commodity}`.trim()).join(', ');
    this.#problems.tell('error', transaction.place, `the transaction does not balance: ${rest} is left over`);
    return false;
  }

  #weight({ amount, price, lot }: JournalPosting): Amount | undefined {
    // hledger passes over lots; Ledger balances what is sold from a lot by what the lot had cost.
    return this.#dialect === 'ledger' && price !== undefined ? (lot ?? price) : (price ?? amount);
  }

  #isSmall(sum: Decimal, commodity: string, local: ReadonlyMap<string, number>): boolean {
    const places = local.get(commodity) ?? this.#journalDigits.get(commodity) ?? 0;
    const twice = add(abs(sum), abs(sum));
    return subtract(twice, { mantissa: 1n, exponent: -places }).mantissa <= 0n;
  }
}

/** Two commodities, one given for the other, and no price: that exchange is the price. */
function isExchange(left: readonly (readonly [string, Decimal])[], postings: readonly JournalPosting[]): boolean {
  if (left.length !== 2 || postings.some(({ price }) => price !== undefined)) return false;
  return left[0]![1].mantissa < 0n !== left[1]![1].mantissa < 0n;
}
