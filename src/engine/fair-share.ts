/**
 * Chooses whose turn it is: payers with work have the same share of the machine, whatever each of them asks for. The
 * payer on which least was spent goes first. A new payer begins with the least of the others, so that waiting saves
 * nothing up.
 */

export interface Account<Item> {
  readonly payer: number;
  /** In the order of their turns. */
  readonly items: Item[];
  /** Work, divided by the share of each item that it was done for. */
  spent: number;
}

export class FairShare<Item> {
  readonly #accounts = new Map<number, Account<Item>>();
  /** Items of all payers. */
  length = 0;

  add(payer: number, item: Item): Account<Item> {
    let account = this.#accounts.get(payer);
    if (account === undefined) {
      account = { payer, items: [], spent: this.next()?.spent ?? 0 };
      this.#accounts.set(payer, account);
    }
    account.items.push(item);
    this.length++;
    return account;
  }

  /**
   * The account that has spent least, and whose turn it is therefore, among those that `may`; undefined if there is
   * none.
   */
  next(may: (account: Account<Item>) => boolean = () => true): Account<Item> | undefined {
    let least: Account<Item> | undefined;
    for (const account of this.#accounts.values()) {
      if ((least === undefined || account.spent < least.spent) && may(account)) least = account;
    }
    return least;
  }

  remove(account: Account<Item>, item: Item): void {
    account.items.splice(account.items.indexOf(item), 1);
    this.length--;
    if (account.items.length === 0) this.#accounts.delete(account.payer);
  }

  /** Every item that does not stay, taken out. */
  take(stays: (item: Item) => boolean): Item[] {
    const taken: Item[] = [];
    for (const account of [...this.#accounts.values()]) {
      for (const item of account.items.filter((one) => !stays(one))) {
        this.remove(account, item);
        taken.push(item);
      }
    }
    return taken;
  }
}
