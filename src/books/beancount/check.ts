/**
 * What a book claims about itself: that balances are as asserted, that accounts are open when they are used and hold
 * only what they may. What is untrue is a warning; the book is imported as it stands, as Beancount keeps it.
 */
import type { Place, Problems } from '../book.ts';
import { add, type Decimal, format, subtract, ZERO } from '../decimal.ts';
import { type Entry, isUnder } from './entry.ts';
import type { Options } from './options.ts';
import { balanceTolerance } from './pad.ts';
import type { Balance } from './syntax.ts';
import { exceeds } from './tolerance.ts';

type Balances = Map<string, Map<string, Decimal>>;

export function check(
  entries: readonly Entry[],
  options: Options,
  plugins: ReadonlySet<string>,
  problems: Problems,
): void {
  const lifetimes = new Lifetimes(
    problems,
    [...plugins].some((plugin) => /(^|[.])auto(_accounts)?$/.test(plugin)),
  );
  const balances: Balances = new Map();
  for (const entry of entries) {
    lifetimes.see(entry);
    if (entry.kind === 'balance') checkBalance(entry, balances, options, problems);
    if (entry.kind !== 'booked') continue;
    for (const { account, units } of entry.postings) {
      let held = balances.get(account);
      if (held === undefined) {
        held = new Map();
        balances.set(account, held);
      }
      held.set(units.currency, add(held.get(units.currency) ?? ZERO, units.number));
    }
  }
}

function checkBalance(entry: Balance, balances: Balances, options: Options, problems: Problems): void {
  const { account, number, currency } = entry;
  let held = ZERO;
  for (const [name, units] of balances) {
    problems.tick();
    if (isUnder(name, account)) held = add(held, units.get(currency) ?? ZERO);
  }
  const difference = subtract(held, number);
  if (!exceeds(difference, balanceTolerance(entry, options))) return;
  const many =
    difference.mantissa > 0n ? `${format(difference)} too much` : `${format(difference).slice(1)} too little`;
  const message = `the balance of ${account} is ${format(held)} ${currency}, not ${format(number)}: ${many}`;
  problems.tell('warning', entry.place, message);
}

/** Which accounts are open; each account is complained about once. */
class Lifetimes {
  readonly #problems: Problems;
  readonly #openedByPlugin: boolean;
  readonly #open: Map<string, readonly string[]> = new Map();
  readonly #closed: Set<string> = new Set();
  readonly #told: Set<string> = new Set();

  constructor(problems: Problems, openedByPlugin: boolean) {
    this.#problems = problems;
    this.#openedByPlugin = openedByPlugin;
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'open':
        if (this.#open.has(entry.account) || this.#closed.has(entry.account)) {
          this.#problems.tell('warning', entry.place, `${entry.account} is opened twice`);
        }
        this.#open.set(entry.account, entry.currencies);
        break;
      case 'close':
        if (!this.#open.delete(entry.account)) this.#tell(entry.account, entry.place);
        this.#closed.add(entry.account);
        break;
      case 'pad':
        this.#use(entry.account, undefined, entry.place);
        this.#use(entry.source, undefined, entry.place);
        break;
      case 'balance':
        this.#use(entry.account, entry.currency, entry.place);
        break;
      case 'booked':
        for (const { account, units } of entry.postings) this.#use(account, units.currency, entry.place);
    }
  }

  #use(account: string, currency: string | undefined, place: Place): void {
    const currencies = this.#open.get(account);
    if (currencies === undefined) {
      this.#tell(account, place);
    } else if (currency !== undefined && currencies.length > 0 && !currencies.includes(currency)) {
      this.#once(
        `${account} ${currency}`,
        place,
        `${account} was opened for ${currencies.join(', ')}, not for ${currency}`,
      );
    }
  }

  #tell(account: string, place: Place): void {
    if (this.#openedByPlugin) return;
    const closed = this.#closed.has(account);
    this.#once(account, place, closed ? `${account} is closed by then` : `${account} is not open`);
  }

  #once(key: string, place: Place, message: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#problems.tell('warning', place, message);
  }
}
