/** How a journal's account names are completed: a parent applied to all, then aliases, the latest first. */

import { pattern } from '../pattern.ts';

type Alias = (account: string) => string;

/** An alias can make a name longer each time that it applies: longer ones are refused. */
export const NAME_MAX = 1000;
const ALIASES_MAX = 1000;

export class AccountNames {
  readonly #parents: string[];
  #aliases: readonly Alias[];
  /** By what was written; names that people use are few, and each is one string. */
  #completed: Map<string, string> = new Map();

  constructor(parents: readonly string[] = [], aliases: readonly Alias[] = []) {
    this.#parents = [...parents];
    this.#aliases = aliases;
  }

  copy(): AccountNames {
    return new AccountNames(this.#parents, this.#aliases);
  }

  apply(parent: string): void {
    this.#completed = new Map();
    this.#parents.push(parent);
  }

  /** The parent applied last, no longer; undefined when there is none. */
  end(): string | undefined {
    this.#completed = new Map();
    return this.#parents.pop();
  }

  get full(): boolean {
    return this.#aliases.length >= ALIASES_MAX;
  }

  /** `OLD = NEW`, where OLD is an account or its beginning, or a pattern between slashes. False: it is neither. */
  alias(text: string): boolean {
    const wide = /^\/((?:[^/\\]|\\.)+)\/\s*=\s*(.*)$/.exec(text);
    if (wide !== null) {
      const found = pattern(wide[1]!.replaceAll('\\/', '/'));
      if (found === undefined) return false;
      this.#first((account) => found.replace(account, wide[2]!.trim()));
      return true;
    }
    const plain = /^([^=]+)=(.*)$/.exec(text);
    if (plain === null) return false;
    const [old, replacement] = [plain[1]!.trim(), plain[2]!.trim()];
    const below = `${old}:`;
    this.#first((account) =>
      account === old || account.startsWith(below) ? replacement + account.slice(old.length) : account,
    );
    return true;
  }

  #first(alias: Alias): void {
    this.#completed = new Map();
    this.#aliases = [alias, ...this.#aliases];
  }

  endAliases(): void {
    this.#completed = new Map();
    this.#aliases = [];
  }

  complete(name: string): string {
    const known = this.#completed.get(name);
    if (known !== undefined) return known;
    const whole = [...this.#parents, name].join(':');
    const complete = this.#aliases.reduce(
      (account, alias) => (account.length > NAME_MAX ? account : alias(account)),
      whole,
    );
    this.#completed.set(name, complete);
    return complete;
  }
}
