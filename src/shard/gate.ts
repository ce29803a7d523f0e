/**
 * Calls take effect in the order in which they were made, wherever they have an account in common. A call that needs
 * several rounds holds its accounts until it is done; one that needs a single round only keeps its place. A call that
 * has nothing in common with those at work never waits for them, nor for the shard that they wait for.
 *
 * Plain transfers between accounts without limits give the same balances in any order. Such calls commute: they do not
 * wait for one another, so that requests follow each other while earlier ones are settled. All other calls wait for
 * them, and they for all others.
 */

/** The accounts of a call; `all`: it may touch every one. */
export type Touched = 'all' | (() => Iterable<bigint>);

/** What a call is to others. */
export interface Manner {
  /** `several`: what the call does ends in a later round than it began. */
  readonly rounds: 'one' | 'several';
  /** In whatever order it and others that commute are done, nobody can tell. */
  readonly commutes: boolean;
}

export const ONE_ROUND: Manner = { rounds: 'one', commutes: false };
export const SEVERAL_ROUNDS: Manner = { rounds: 'several', commutes: false };

/** A call of several rounds at work, which commutes. */
interface Beside {
  readonly accounts: () => Iterable<bigint>;
  readonly done: Promise<void>;
  /** Its accounts, once somebody had to know. */
  touched: ReadonlySet<bigint> | undefined;
}

/** What calls wait for that come behind another. */
interface Ahead {
  /** For those that commute: a call that commutes only has to begin. */
  readonly commuting: Promise<void>;
  readonly others: Promise<void>;
}

export class Gate {
  /** By account: what the next call must wait for. */
  readonly #held = new Map<bigint, Ahead>();
  /** What every call must wait for. */
  #all: Ahead | undefined;
  /** What every call must wait for that does not commute and has an account in common. */
  readonly #beside = new Set<Beside>();

  /** Starts `act` at once where nothing is held, so that it keeps its place. What commutes names its accounts. */
  run<T>(accounts: Touched, manner: Manner, act: () => Promise<T>): Promise<T> {
    const { rounds, commutes } = manner;
    const goesBeside = commutes && rounds === 'several' && accounts !== 'all';
    const begin = goesBeside ? (): Promise<T> => this.#besides(accounts, act) : act;
    const isFree = this.#held.size === 0 && this.#all === undefined && (commutes || this.#beside.size === 0);
    if (isFree && (rounds === 'one' || goesBeside)) return begin();
    const touched = accounts === 'all' ? accounts : new Set(accounts());
    const ahead = this.#ahead(touched, commutes);
    if (ahead.length === 0) {
      const answer = begin();
      if (rounds === 'several' && !goesBeside) this.#hold(touched, both(settled(answer)));
      return answer;
    }
    let start = (): void => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const answer = this.#waitFor(ahead, commutes).then(() => {
      const acting = begin();
      start();
      return acting;
    });
    const done = rounds === 'one' ? started : settled(answer);
    // Who comes behind a call that commutes waits for what that one only saw begin, too.
    const others = commutes ? Promise.all([done, this.#waitFor(ahead, false)]).then(() => undefined) : done;
    this.#hold(touched, { commuting: goesBeside ? started : done, others });
    return answer;
  }

  /** Resolves when nothing is held. */
  async idle(): Promise<void> {
    const ahead = (): Ahead[] => this.#ahead('all', false);
    for (let all = ahead(); all.length > 0; all = ahead()) await this.#waitFor(all, false);
  }

  #besides<T>(accounts: () => Iterable<bigint>, act: () => Promise<T>): Promise<T> {
    const answer = act();
    const beside: Beside = { accounts, done: settled(answer), touched: undefined };
    this.#beside.add(beside);
    void beside.done.then(() => this.#beside.delete(beside));
    return answer;
  }

  /** What a call comes behind. */
  #ahead(touched: 'all' | ReadonlySet<bigint>, commutes: boolean): Ahead[] {
    const all = new Set<Ahead>();
    const add = (ahead: Ahead | undefined): void => {
      if (ahead !== undefined) all.add(ahead);
    };
    add(this.#all);
    if (!commutes) {
      for (const beside of this.#beside) if (touched === 'all' || meets(beside, touched)) add(both(beside.done));
    }
    if (touched === 'all') for (const held of this.#held.values()) add(held);
    else if (this.#held.size > 0) for (const account of touched) add(this.#held.get(account));
    return [...all];
  }

  async #waitFor(ahead: readonly Ahead[], commutes: boolean): Promise<void> {
    await Promise.all(ahead.map(({ commuting, others }) => (commutes ? commuting : others)));
  }

  /** What commutes is among those {@link Beside} once it has begun. */
  #hold(touched: 'all' | ReadonlySet<bigint>, ahead: Ahead): void {
    if (touched === 'all') {
      this.#all = ahead;
      void ahead.commuting.then(() => {
        if (this.#all === ahead) this.#all = undefined;
      });
      return;
    }
    for (const account of touched) this.#held.set(account, ahead);
    void ahead.commuting.then(() => {
      for (const account of touched) if (this.#held.get(account) === ahead) this.#held.delete(account);
    });
  }
}

const both = (done: Promise<void>): Ahead => ({ commuting: done, others: done });

/** Whether the call has an account in common. */
function meets(beside: Beside, touched: ReadonlySet<bigint>): boolean {
  beside.touched ??= new Set(beside.accounts());
  for (const account of touched) if (beside.touched.has(account)) return true;
  return false;
}

function settled(answer: Promise<unknown>): Promise<void> {
  return answer.then(
    () => undefined,
    () => undefined,
  );
}
