/**
 * What every format becomes: dated transactions whose postings all have an account, a commodity and a number.
 * Positive debits the account, negative credits it. Costs and prices have done their work by then.
 */
import type { Decimal } from './decimal.ts';

/** Where in the text; lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Something to tell the reader. `error`: the book cannot be imported. `warning`: the book says something untrue, as a failed
 * balance assertion, and is imported as it stands. `notice`: something in the book has no effect here, as a plugin.
 */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'notice';
  readonly place: Place;
  readonly message: string;
  /** The line as it stands in the file. */
  readonly source: string;
}

export interface BookPosting {
  readonly account: string;
  readonly commodity: string;
  readonly number: Decimal;
}

export interface BookTransaction {
  /** yyyymmdd. */
  readonly date: number;
  readonly payee: string;
  readonly narration: string;
  /** `pad`: made by the importer from a pad and its balance. */
  readonly kind: 'transaction' | 'pad';
  readonly postings: readonly BookPosting[];
  readonly place: Place;
}

export interface Book {
  /** In the order of their dates. */
  readonly transactions: readonly BookTransaction[];
  readonly problems: readonly Problem[];
}

/** One file of a book. `path` is what messages show and what a relative include starts from. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export type Format = 'beancount' | 'hledger' | 'ledger' | 'csv';

/** Collects problems, and knows the lines they quote. */
export class Problems {
  readonly list: Problem[] = [];
  readonly #lines: Map<string, readonly string[]> = new Map();

  /** Must be called before a problem in this file is told. */
  source(source: Source): void {
    this.#lines.set(source.path, source.text.split(/\r?\n/));
  }

  tell(severity: Problem['severity'], place: Place, message: string): void {
    const source = this.#lines.get(place.path)?.[place.line - 1] ?? '';
    this.list.push({ severity, place, message, source });
  }

  get errors(): readonly Problem[] {
    return this.list.filter((problem) => problem.severity === 'error');
  }
}

/** `path:line:column: message`, the line, and a caret under the column. */
export function describe(problem: Problem): string {
  const { path, line, column } = problem.place;
  const caret = `${problem.source.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`;
  return `${path}:${line}:${column}: ${problem.message}\n    ${problem.source}\n    ${caret}`;
}

/** yyyymmdd of a day that exists, else undefined. */
export function dateOf(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (days === undefined || day < 1 || day > days || year < 1 || year > 9999) return undefined;
  return year * 10000 + month * 100 + day;
}

/** 20210131 as 2021-01-31. */
export function formatDate(date: number): string {
  const text = String(date).padStart(8, '0');
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}
