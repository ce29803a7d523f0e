/**
 * Beancount's grammar, by descent. What has no effect on balances (notes, prices, events, metadata, …) is read for its
 * syntax and dropped. A directive that cannot be read is told as an error and the next one is looked for.
 */
import type { Place, Problems, Source } from '../book.ts';
import type { Decimal } from '../decimal.ts';
import { costSpec, currency, incompleteAmount, numberExpression, price } from './amounts.ts';
import { Cursor, SyntaxProblem } from './cursor.ts';
import { lex } from './lexer.ts';
import { type Directive, missing, type Parsed, type Posting } from './syntax.ts';

const ROOTS = ['Assets', 'Liabilities', 'Equity', 'Income', 'Expenses'];
const ROOT_OPTIONS = ['name_assets', 'name_liabilities', 'name_equity', 'name_income', 'name_expenses'];

export function parse(source: Source, problems: Problems): Parsed {
  problems.source(source);
  return new Parser(source, problems).parse();
}

class Parser {
  readonly #cursor: Cursor;
  readonly #problems: Problems;
  readonly #roots: string[] = [...ROOTS];
  readonly #directives: Directive[] = [];
  readonly #options: { name: string; value: string }[] = [];
  readonly #includes: { path: string; place: Place }[] = [];
  readonly #plugins: { name: string; place: Place }[] = [];

  constructor(source: Source, problems: Problems) {
    this.#cursor = new Cursor(
      source.path,
      lex(source, (characters) => problems.read(characters)),
    );
    this.#problems = problems;
  }

  parse(): Parsed {
    const cursor = this.#cursor;
    while (!cursor.is('end')) {
      try {
        if (cursor.is('eol')) cursor.next();
        else if (cursor.is('indent') && cursor.following.kind === 'eol') cursor.next();
        else this.#directive();
      } catch (error) {
        if (!(error instanceof SyntaxProblem)) throw error;
        this.#problems.tell('error', error.place, error.message);
        cursor.recover();
      }
    }
    return {
      directives: this.#directives,
      options: this.#options,
      includes: this.#includes,
      plugins: this.#plugins,
    };
  }

  #directive(): void {
    const cursor = this.#cursor;
    const place = cursor.place;
    if (!cursor.is('date')) {
      const word = cursor.expect('word', 'a date or a directive at the start of the line').text;
      this.#undated(word, place);
      return;
    }
    const date = cursor.date('a date');
    const directive = this.#dated(date, place);
    if (directive !== undefined) this.#directives.push(directive);
  }

  #undated(word: string, place: Place): void {
    const cursor = this.#cursor;
    switch (word) {
      case 'option': {
        const name = cursor.expect('string', 'the name of the option in quotes').text;
        const value = cursor.expect('string', 'the value of the option in quotes').text;
        this.#options.push({ name, value });
        const root = ROOT_OPTIONS.indexOf(name);
        if (root >= 0) this.#roots[root] = value;
        break;
      }
      case 'include':
        this.#includes.push({ path: cursor.expect('string', 'a file in quotes').text, place });
        break;
      case 'plugin':
        this.#plugins.push({ name: cursor.expect('string', 'the name of the plugin in quotes').text, place });
        cursor.take('string');
        break;
      case 'pushtag':
      case 'poptag':
        cursor.expect('tag', 'a #tag');
        break;
      case 'pushmeta':
      case 'popmeta':
        cursor.expect('key', 'a key');
        cursor.expect('mark', "':'", ':');
        cursor.restOfLine();
        return;
      default:
        throw new SyntaxProblem(place, `expected a date or a directive at the start of the line, found '${word}'`);
    }
    this.#endOfLine();
  }

  #dated(date: number, place: Place): Directive | undefined {
    const cursor = this.#cursor;
    if (!cursor.is('word') && !cursor.is('key')) return this.#transaction(date, place);
    const word = cursor.token.text;
    if (word === 'txn') return this.#transaction(date, place);
    cursor.next();
    switch (word) {
      case 'open': {
        const account = this.#account();
        const currencies: string[] = [];
        if (cursor.is('currency')) {
          do currencies.push(currency(cursor));
          while (cursor.take('mark', ','));
        }
        const booking = cursor.take('string')?.text;
        this.#endOfDirective();
        return { kind: 'open', date, place, account, currencies, booking };
      }
      case 'close': {
        const account = this.#account();
        this.#endOfDirective();
        return { kind: 'close', date, place, account };
      }
      case 'pad': {
        const account = this.#account();
        const source = this.#account();
        this.#endOfDirective();
        return { kind: 'pad', date, place, account, source };
      }
      case 'balance': {
        const account = this.#account();
        const number = numberExpression(cursor, 'the amount that the account must have');
        let tolerance: Decimal | undefined;
        if (cursor.take('mark', '~')) tolerance = numberExpression(cursor, 'a tolerance');
        const code = currency(cursor);
        this.#endOfDirective();
        return { kind: 'balance', date, place, account, number, currency: code, tolerance };
      }
      case 'commodity':
        currency(cursor);
        break;
      case 'price':
        currency(cursor);
        numberExpression(cursor, 'a price');
        currency(cursor);
        break;
      case 'note':
      case 'document':
        this.#account();
        cursor.expect('string', 'a text in quotes');
        this.#tagsAndLinks();
        break;
      case 'event':
      case 'query':
        cursor.expect('string', 'a name in quotes');
        cursor.expect('string', 'a text in quotes');
        break;
      case 'custom':
        cursor.expect('string', 'a type in quotes');
        cursor.restOfLine();
        this.#metadata();
        return undefined;
      default:
        throw new SyntaxProblem(place, `expected a directive or a flag behind the date, found '${word}'`);
    }
    this.#endOfDirective();
    return undefined;
  }

  #transaction(date: number, place: Place): Directive {
    const cursor = this.#cursor;
    const flagged =
      cursor.take('word', 'txn') ??
      cursor.take('flag') ??
      cursor.take('mark', '*') ??
      cursor.take('mark', '#') ??
      (cursor.is('currency') && cursor.token.text.length === 1 ? cursor.next() : undefined);
    if (flagged === undefined) cursor.fail('a directive or a flag behind the date');
    const strings: string[] = [];
    for (;;) {
      if (cursor.is('string')) {
        if (strings.length === 2) cursor.fail('a payee and a narration at most');
        strings.push(cursor.next().text);
      } else if (!cursor.take('mark', '|')) {
        break;
      }
    }
    this.#tagsAndLinks();
    this.#endOfLine();
    const postings: Posting[] = [];
    while (cursor.is('indent')) {
      cursor.next();
      if (cursor.take('eol')) continue;
      if (cursor.is('key')) {
        this.#keyValue();
      } else if (cursor.is('tag') || cursor.is('link')) {
        this.#tagsAndLinks();
        this.#endOfLine();
      } else {
        postings.push(this.#posting());
      }
    }
    const narration = strings.at(-1) ?? '';
    const payee = strings.length === 2 ? strings[0]! : '';
    return { kind: 'transaction', date, place, payee, narration, postings };
  }

  #posting(): Posting {
    const cursor = this.#cursor;
    const place = cursor.place;
    if (cursor.is('flag') || cursor.is('mark', '*') || cursor.is('mark', '#') || cursor.token.text.length === 1) {
      cursor.next();
    }
    const account = this.#account();
    if (cursor.take('eol')) return { account, units: missing, cost: undefined, price: undefined, place };
    const units = incompleteAmount(cursor);
    const cost = costSpec(cursor);
    const unitPrice = price(cursor, units);
    if (!cursor.is('eol')) {
      cursor.fail(
        units.number === missing ? 'an amount or the end of the line' : 'a cost, a price or the end of the line',
      );
    }
    cursor.next();
    if (
      cost !== undefined &&
      unitPrice !== undefined &&
      cost.currency !== missing &&
      unitPrice.currency !== missing &&
      cost.currency !== unitPrice.currency
    ) {
      throw new SyntaxProblem(
        place,
        `expected cost and price in one currency, found ${cost.currency} and ${unitPrice.currency}`,
      );
    }
    return { account, units, cost, price: unitPrice, place };
  }

  #account(): string {
    const place = this.#cursor.place;
    const { text } = this.#cursor.expect('account', 'an account');
    const root = text.slice(0, text.indexOf(':'));
    if (!this.#roots.includes(root)) {
      throw new SyntaxProblem(place, `expected an account of ${this.#roots.join(', ')}, found '${text}'`);
    }
    return text;
  }

  #tagsAndLinks(): void {
    while (this.#cursor.is('tag') || this.#cursor.is('link')) this.#cursor.next();
  }

  #endOfLine(): void {
    this.#cursor.expect('eol', 'the end of the line');
  }

  #endOfDirective(): void {
    this.#endOfLine();
    this.#metadata();
  }

  /** The indented `key: value` lines under a directive. */
  #metadata(): void {
    while (this.#cursor.is('indent')) {
      this.#cursor.next();
      if (!this.#cursor.take('eol')) this.#keyValue();
    }
  }

  #keyValue(): void {
    this.#cursor.expect('key', 'a key');
    this.#cursor.expect('mark', "':'", ':');
    this.#cursor.restOfLine();
  }
}
