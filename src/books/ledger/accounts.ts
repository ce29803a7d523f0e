/**
 * How Ledger names accounts: aliases first, one step and by the whole name or its first part; then the parent applied.
 */
import { type Pattern, pattern } from '../pattern.ts';

export class Accounts {
  readonly #aliases: Map<string, string> = new Map();
  readonly #payees: { readonly pattern: Pattern; readonly account: string }[] = [];

  alias(name: string, account: string): boolean {
    if (name === account) return false;
    this.#aliases.set(name, account);
    return true;
  }

  /** `account X` with `payee PATTERN` below it: postings to an account named Unknown go to X. False: no pattern. */
  payee(text: string, account: string): boolean {
    const found = pattern(text);
    if (found === undefined) return false;
    this.#payees.push({ pattern: found, account });
    return true;
  }

  complete(name: string, parent: string, payee: string | undefined): string {
    const account = this.#expand(name) ?? under(parent, name);
    if (payee === undefined || !/(^|:)Unknown$/.test(account)) return account;
    return this.#payees.find((mapping) => mapping.pattern.finds(payee))?.account ?? account;
  }

  #expand(name: string): string | undefined {
    const colon = name.indexOf(':');
    const key = this.#aliases.has(name) || colon < 0 ? name : name.slice(0, colon);
    const target = this.#aliases.get(key);
    return target === undefined ? undefined : target + name.slice(key.length);
  }
}

export const under = (parent: string, name: string): string => (parent === '' ? name : `${parent}:${name}`);
