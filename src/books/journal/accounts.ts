/** How a journal's account names are completed: a parent applied to all, then aliases, the latest first. */

interface Alias {
  readonly pattern: RegExp;
  readonly replacement: string;
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export class AccountNames {
  readonly #parents: string[];
  #aliases: readonly Alias[];

  constructor(parents: readonly string[] = [], aliases: readonly Alias[] = []) {
    this.#parents = [...parents];
    this.#aliases = aliases;
  }

  copy(): AccountNames {
    return new AccountNames(this.#parents, this.#aliases);
  }

  apply(parent: string): void {
    this.#parents.push(parent);
  }

  /** The parent applied last, no longer; undefined when there is none. */
  end(): string | undefined {
    return this.#parents.pop();
  }

  /** `OLD = NEW`, where OLD is an account or its beginning, or a pattern between slashes. False: it is neither. */
  alias(text: string): boolean {
    const pattern = /^\/((?:[^/\\]|\\.)+)\/\s*=\s*(.*)$/.exec(text);
    if (pattern !== null) {
      try {
        // Back-references are written \1, and a $ means nothing.
        const replacement = pattern[2]!
          .trim()
          .replaceAll('$', '$$$$')
          .replace(/\\(\d)/g, '$$$1');
        this.#first({ pattern: new RegExp(pattern[1]!.replaceAll('\\/', '/'), 'giu'), replacement });
        return true;
      } catch {
        return false;
      }
    }
    const plain = /^([^=]+)=(.*)$/.exec(text);
    if (plain === null) return false;
    this.also(plain[1]!.trim(), plain[2]!.trim());
    return true;
  }

  /** `name` is another name of `account`. */
  also(name: string, account: string): void {
    this.#first({
      pattern: new RegExp(`^${literal(name)}(?=:|$)`, 'u'),
      replacement: account.replaceAll('$', '$$$$'),
    });
  }

  #first(alias: Alias): void {
    this.#aliases = [alias, ...this.#aliases];
  }

  endAliases(): void {
    this.#aliases = [];
  }

  complete(name: string): string {
    const whole = [...this.#parents, name].join(':');
    return this.#aliases.reduce((account, { pattern, replacement }) => account.replace(pattern, replacement), whole);
  }
}
