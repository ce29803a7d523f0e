/** Random small books, in the manner of people: most of them balance, and each uses a few of its dialect's ways. */
import type { Random } from '../../testing/model/random.ts';
import { randomTable } from './tables.ts';
import type { Dialect } from './tools.ts';

const ACCOUNTS = [
  'Assets:Bank',
  'Assets:Cash',
  'Expenses:Food',
  'Expenses:Rent:Flat',
  'Income:Salary',
  'Equity:Opening',
];
const COMMODITIES = ['EUR', 'CHF', '$', 'ACME'];

export function randomBook(dialect: Dialect, random: Random): string {
  return dialect === 'rules' ? randomTable(random) : new Author(dialect, random).book();
}

class Author {
  readonly #dialect: Dialect;
  readonly #random: Random;
  /** How numbers of a commodity are mostly written. */
  readonly #comma: boolean;
  #day = 1;

  constructor(dialect: Dialect, random: Random) {
    this.#dialect = dialect;
    this.#random = random;
    this.#comma = dialect !== 'beancount' && this.#one(5);
  }

  /** Once in so many times. */
  #one(times: number): boolean {
    return this.#random.below(times) === 0;
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!;
  }

  book(): string {
    let text = this.#dialect === 'beancount' ? this.#opens() : this.#directives();
    const count = 1 + this.#random.below(5);
    for (let i = 0; i < count; i++) {
      this.#day = Math.min(28, Math.max(1, this.#day + this.#random.below(4) - (this.#one(5) ? 3 : 0)));
      text += this.#transaction();
      if (this.#dialect !== 'beancount' && this.#one(6)) text += this.#directives();
      if (this.#dialect === 'ledger' && this.#one(15)) text += this.#timelog();
      if (this.#dialect === 'beancount' && this.#one(5)) text += this.#claim();
    }
    return text;
  }

  #opens(): string {
    const methods = ['', '', '', ' "FIFO"', ' "LIFO"', ' "NONE"', ' "STRICT"'];
    const opened = ACCOUNTS.map(
      (account) =>
        '2023-01-01 open ' +
        `${account}${this.#one(3) ? this.#of(methods).replace('"', ' "').trim().replace(/^/, ' ') : ''}\n`,
    );
    const options = this.#one(4)
      ? this.#of([
          'option "inferred_tolerance_default" "*:0.01"\n',
          'option "infer_tolerance_from_cost" "TRUE"\n',
          'option "booking_method" "FIFO"\n',
        ])
      : '';
    return options + opened.join('');
  }

  #claim(): string {
    const date = `2024-01-${String(Math.min(28, this.#day + 1)).padStart(2, '0')}`;
    if (this.#one(2)) return `2024-01-01 pad ${this.#of(ACCOUNTS)} Equity:Opening\n`;
    return `${date} balance ${this.#of(ACCOUNTS)}  ${this.#number(2)} EUR\n`;
  }

  #directives(): string {
    const { hledger, both, ledger } = DIRECTIVES;
    const list = this.#dialect === 'hledger' ? [...both, ...hledger] : [...both, ...ledger];
    return this.#one(2) ? '' : `${this.#of(list)}\n`;
  }

  #timelog(): string {
    const from = String(8 + this.#random.below(4)).padStart(2, '0');
    return (
      `i 2024-01-10 ${from}:00:00 Client:Alpha\no 2024-01-10 ` +
      `${13 + this.#random.below(5)}:${10 + this.#random.below(40)}:00\n\n`
    );
  }

  #header(): string {
    const day = String(this.#day).padStart(2, '0');
    if (this.#dialect === 'beancount') return `2024-01-${day} * "a payee" "b"\n`;
    const separator = this.#of(['-', '-', '/', '.']);
    return (
      `2024${separator}01${separator}${day}${this.#of(['', ' *', ' !', ' (12)'])} a ` +
      `payee${this.#of(['', '', ' | note', '  ; note'])}\n`
    );
  }

  #transaction(): string {
    const kind = this.#random.below(10);
    const lines: string[] = [];
    const commodity = this.#of(COMMODITIES);
    if (kind < 5) lines.push(...this.#simple(commodity));
    else if (kind < 7) lines.push(...this.#trade());
    else if (kind < 8 && this.#dialect !== 'beancount') lines.push(...this.#assigned());
    else lines.push(...this.#exchange());
    // Ledger 3.4 throws real and [balanced] postings together, and its next version keeps them apart, as we do.
    const virtual = this.#dialect === 'hledger' || (this.#dialect === 'ledger' && kind < 5);
    if (virtual && this.#one(6)) lines.push(...this.#virtual());
    return `${this.#header()}${lines.map((line) => `    ${line}\n`).join('')}\n`;
  }

  /** A few amounts in one commodity, the last elided, or what balances the others, or nearly. */
  #simple(commodity: string): string[] {
    const lines: string[] = [];
    let cents = 0;
    const count = 1 + this.#random.below(3);
    for (let i = 0; i < count; i++) {
      const value = this.#random.below(20_000) - 5000;
      cents += value;
      lines.push(`${this.#account()}  ${this.#amount(value, commodity)}${this.#assertion(commodity)}`);
    }
    if (this.#one(2)) lines.push(this.#account());
    else lines.push(`${this.#account()}  ${this.#amount(-cents + (this.#one(40) ? 1 : 0), commodity)}`);
    return lines;
  }

  #trade(): string[] {
    const units = (this.#one(4) ? -1 : 1) * (1 + this.#random.below(20));
    const price = `${this.#number(this.#random.below(4))} EUR`;
    const beancount = this.#dialect === 'beancount';
    const dated = `[2024-01-0${1 + this.#random.below(3)}]`;
    const lots = beancount
      ? [` {${price}}`, ' {}', ` {{${price}}}`, ` {${price}} @ ${price}`]
      : [
          ...[` {${price}}`, ` {${price}} @ ${price}`, ` {{${price}}}`],
          ...(this.#dialect === 'ledger'
            ? [` {${price}} ${dated}`, ` {=${price}}`, ` {${price}} (a note) @ ${price}`]
            : []),
        ];
    const cost = this.#of([` @ ${price}`, ` @ ${price}`, ` @@ ${price}`, ...(this.#one(2) ? lots : [])]);
    const cash = !this.#one(5) ? '' : `  ${this.#amount(-units * 250, 'EUR')}`;
    return [`Assets:Bank  ${units} ACME${cost}`, `${this.#account()}${cash}`];
  }

  #exchange(): string[] {
    const lines = [
      `${this.#account()}  ${this.#amount(1 + this.#random.below(9999), 'EUR')}`,
      `${this.#account()}  ${this.#amount(-1 - this.#random.below(9999), 'CHF')}`,
    ];
    if (this.#dialect === 'beancount') return [`${lines[0]} @@ 5 CHF`, this.#account()];
    if (this.#one(3))
      lines.push(`${this.#account()}  ${this.#amount(this.#random.below(500), this.#of(['EUR', 'CHF', '$']))}`);
    return lines;
  }

  #assigned(): string[] {
    const sign = this.#dialect === 'hledger' ? this.#of(['=', '=', '==']) : '=';
    const amount = this.#one(4) ? '0' : this.#amount(this.#random.below(9999), this.#of(['EUR', 'CHF']));
    const other = this.#one(3) ? [`${this.#account()}  ${this.#amount(500, 'EUR')}`] : [];
    const dated =
      this.#dialect === 'hledger' && other.length > 0 && this.#one(2)
        ? `  ; date:2024-01-${10 + this.#random.below(15)}`
        : '';
    return [...other.map((line) => line + dated), `${this.#of(ACCOUNTS)}  ${sign} ${amount}`, this.#account()];
  }

  #virtual(): string[] {
    if (this.#one(2)) return [`(Budget:Food)  ${this.#amount(this.#random.below(999), 'EUR')}`];
    const value = this.#random.below(999);
    return [
      `[Envelope:A]  ${this.#amount(value, 'EUR')}`,
      this.#dialect === 'hledger' && this.#one(2) ? '[Envelope:B]' : `[Envelope:B]  ${this.#amount(-value, 'EUR')}`,
    ];
  }

  #assertion(commodity: string): string {
    if (this.#dialect === 'beancount' || !this.#one(80)) return '';
    return ` = ${this.#amount(this.#random.below(9999), commodity)}`;
  }

  #account(): string {
    const account = this.#of(ACCOUNTS);
    if (this.#dialect === 'beancount') return account;
    if (this.#dialect === 'ledger' && this.#one(25)) return `<${account}>`;
    return this.#one(15) ? this.#of(['till', 'Assets', '#petty', 'a b', 'Expenses:Unknown']) : account;
  }

  /** Cents, written with more or fewer decimals, and in brackets where a dialect calculates. */
  #amount(cents: number, commodity: string): string {
    const text = this.#written(cents);
    if (this.#dialect === 'beancount') {
      const code = commodity === '$' ? 'USD' : commodity;
      return this.#one(10) ? `(${text} * 2 / 2) ${code}` : `${text} ${code}`;
    }
    const amount =
      commodity === '$'
        ? this.#of([`$${text}`, `$ ${text}`, text.startsWith('-') ? `-$${text.slice(1)}` : `$${text}`])
        : `${text} ${commodity}`;
    if (this.#dialect === 'ledger' && this.#one(12))
      return this.#of([
        ...[`(${amount} - 1 ${commodity === '$' ? 'EUR' : commodity} + ${amount})`, `(${amount} * 1.5 - ${amount})`],
        ...[`((${amount} + ${amount}) / 2)`, `(${amount} * (2 - 1))`],
        `(${amount} / 4)`,
        `(${amount} * 3)`,
        `(2 * (${amount} + ${amount}))`,
        `(-(${amount}))`,
      ]);
    return amount;
  }

  #written(cents: number): string {
    const negative = cents < 0 ? '-' : '';
    const whole = String(Math.floor(Math.abs(cents) / 100));
    const fraction = String(Math.abs(cents) % 100).padStart(2, '0');
    const comma = this.#comma ? !this.#one(8) : this.#dialect !== 'beancount' && this.#one(40);
    const [point, group] = comma ? [',', '.'] : ['.', ','];
    const grouped = this.#one(8) ? `1${group}${whole.padStart(3, '0').slice(-3)}` : whole;
    if (fraction === '00' && this.#one(2)) return negative + grouped;
    return `${negative}${grouped}${point}${fraction}${this.#one(10) ? '0' : ''}`;
  }

  #number(places: number): string {
    const digits = String(this.#random.below(10 ** (places + 2)) + 1).padStart(places + 1, '0');
    return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  }
}

const DIRECTIVES = {
  both: [
    '; a comment',
    'comment\n1 x\nend comment',
    'account Assets:Bank',
    'payee a payee',
    'P 2024-01-01 ACME 3.5 EUR',
    'Y2024',
    'tag x',
  ].concat([
    'alias till = Assets:Till',
    'apply account Shop',
    'D $1,000.00',
    '# also a comment',
    '* a heading',
    'N EUR',
  ]),
  hledger: [
    'decimal-mark .',
    'decimal-mark ,',
    'commodity 1.000,00 EUR',
    'commodity EUR\n  format 1000.000 EUR',
    'end aliases',
  ].concat([
    'alias /^Assets/ = Aktiva',
    'end apply account',
    '~ monthly\n    A  1\n    B',
    'account equity:fx  ; type:V',
  ]),
  ledger: [
    'bucket Assets:Cash',
    'commodity EUR\n    format 1.000,00 EUR',
    'commodity EUR\n    alias Euro',
    'end apply',
    'apply tag x',
  ].concat(
    [
      '= /Salary/\n    (Liabilities:Tax)  0.25',
      '= Food\n    [Envelope:A]  1\n    [Envelope:B]  -1',
      'C 1 kACME = 1000 ACME',
      'alias Assets = Aktiva',
    ],
    [
      'account Expenses:Tram\n    payee payee',
      'account Assets:Bank\n    alias bank',
      'apply year 2023',
      'D 1.000,00 CHF',
    ],
    [
      '= /Cash/ and /Bank/\n    (Budget:Cash)  1 EUR',
      '= /^Expenses/\n    [Budget:Spent]  1\n    [Budget:Left]  -1',
      '~ monthly\n    Expenses:Rent:Flat  500 EUR\n    Assets:Bank',
      'apply account Firm:Two',
      'alias Expenses:Food = Costs:Food',
      'alias a b = A:B',
      'commodity ACME\n    nomarket\n    format 1,000.000 ACME',
      'end apply account',
      'N $',
      'tag y\n    check value =~ /x/',
    ],
    [
      '~ monthly\n    Expenses:Rent:Flat  500,00 CHF\n    Assets:Bank',
      'C 1 mACME = 0,001 ACME',
      'alias Client = Customer',
    ],
    ['= /Rent/\n    (Budget:Rent)  (-amount * 0.5)', '= Salary and not Bank\n    (A)  5 EUR', 'apply fixed ACME 2 EUR'],
  ),
} as const;
