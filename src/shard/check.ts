/**
 * What must be true of shards at every instant, proved from their ledgers alone, whatever is on its way:
 *
 *   1   both sides or neither: no leg is posted without its transfer, none is voided whose transfer is there
 *   2   each pair of bridges differs by what is between a decision and its last post, to the unit
 *   3   in each currency the callers' accounts of all shards have as many debits as credits, but for that
 *   4   every transfer to another shard has one leg there, of its amount
 */
import { type Ledger, type Transfer, TransferFlags } from '../model/index.ts';
import { readOn, readSide, type Side } from './check-sides.ts';
import { isEnding } from './checks.ts';
import { bridgeOf, chainOf, decisionOf, endedOf, inOf, isOfMove, isReserved, legOf, outOf, sideOf } from './ids.ts';

const { pending, post_pending_transfer } = TransferFlags;

/** A leg that has no end. `decided`: its transfer is there, and its post is missing. */
export interface OpenLeg {
  readonly shard: number;
  readonly transfer: bigint;
  readonly ledger: number;
  readonly amount: bigint;
  readonly timestamp: bigint;
  readonly decided: boolean;
}

/** What `checkShards` found in the ledgers of a town. */
export interface ShardCheck {
  /** Sentences; empty if all is well. */
  readonly problems: readonly string[];
  readonly open: readonly OpenLeg[];
  /** Transfers between two shards that were looked at. */
  readonly crossed: number;
}

/**
 * Reads everything that settlement has left: as long as that is, so it is for operators and tests. Others may create
 * meanwhile: each shard is read up to a time of its own, and what belongs to that on the others is looked for later.
 */
export async function checkShards(ledgers: readonly Ledger[]): Promise<ShardCheck> {
  const sides = await Promise.all(ledgers.map(readSide));
  await Promise.all(sides.map((side, index) => readOn(side, ledgers[index]!)));
  return new Check(sides).run();
}

class Check {
  readonly #sides: readonly Side[];
  readonly #problems: string[] = [];
  readonly #open: OpenLeg[] = [];
  /** By pair and currency: what the debit side moved and the credit side has not, yet. */
  readonly #between = new Map<string, bigint>();
  #crossed = 0;

  constructor(sides: readonly Side[]) {
    this.#sides = sides;
  }

  run(): ShardCheck {
    for (const side of this.#sides) {
      for (const transfer of side.transfers.values()) {
        if (isEnding(transfer)) continue;
        if (isOfMove(transfer)) this.#moving(side, transfer);
        else if (sideOf(transfer) === 'credit') this.#leg(side, transfer);
        else if (sideOf(transfer) === 'debit') this.#debit(side, transfer);
      }
    }
    this.#bridges();
    this.#conserved();
    return { problems: this.#problems, open: this.#open, crossed: this.#crossed };
  }

  /** A leg, and whether its end is what its transfer says. */
  #leg(side: Side, leg: Transfer): void {
    const home = this.#sides[bridgeOf(leg.debit_account_id)!.peer]!;
    const id = legOf(leg.id);
    const decided = this.#decided(side, leg, home);
    const end = side.ends.get(leg.id);
    const isPost = end !== undefined && (end.flags & post_pending_transfer) !== 0;
    const direct = (leg.flags & pending) === 0;
    const done = direct ? leg.amount : isPost ? end.amount : undefined;
    const name = `transfer ${id} from shard ${home.index} to ${side.index}`;
    if (done !== undefined) this.#add(home.index, side.index, leg.ledger, -done);
    if (done !== undefined && decided === undefined) this.#problems.push(`${name} is credited and not debited`);
    if (done !== undefined && decided !== undefined && done !== decided) {
      this.#problems.push(`${name} is credited with ${done} and debited with ${decided}`);
    }
    if (end !== undefined && !isPost && decided !== undefined) this.#problems.push(`${name} is debited and given back`);
    if (end === undefined && !direct) this.#opened(side, leg, id, decided !== undefined);
  }

  /** The amount that the decision moved for this leg; undefined where there is none. */
  #decided(side: Side, leg: Transfer, home: Side): bigint | undefined {
    const id = legOf(leg.id);
    const transfer = home.later.transfers.get(id);
    const chain = this.#chain(side, leg.id) ?? this.#chain(home, id);
    if (chain !== undefined) return chain ? leg.amount : undefined;
    if (transfer === undefined || bridgeOf(transfer.credit_account_id)?.peer !== side.index) return undefined;
    if ((transfer.flags & pending) === 0) return transfer.amount;
    const end = home.later.ends.get(id);
    return end !== undefined && (end.flags & post_pending_transfer) !== 0 ? end.amount : undefined;
  }

  /** Whether the chain of a leg was decided for; undefined: it belongs to none. */
  #chain(side: Side, leg: bigint): boolean | undefined {
    const record = side.later.transfers.get(chainOf(leg));
    if (record === undefined || sideOf(record) !== undefined) return undefined;
    return this.#sides[record.user_data_32 - 1]!.later.transfers.has(decisionOf(record.user_data_128));
  }

  /** A transfer to another shard, or a chain's leg of one: its other half must be there. */
  #debit(side: Side, transfer: Transfer): void {
    const other = this.#sides[bridgeOf(transfer.credit_account_id)!.peer]!;
    const leg = other.later.transfers.get(legOf(transfer.id));
    const inChain = this.#chain(side, transfer.id);
    const end = side.ends.get(transfer.id);
    const isPost = end !== undefined && (end.flags & post_pending_transfer) !== 0;
    const moved = (transfer.flags & pending) === 0 ? transfer.amount : isPost ? end.amount : undefined;
    if (moved !== undefined) {
      this.#crossed++;
      this.#add(side.index, other.index, transfer.ledger, moved);
    }
    const name = `transfer ${transfer.id} from shard ${side.index} to ${other.index}`;
    if (leg === undefined && inChain !== false) this.#problems.push(`${name} has no leg`);
    if (inChain === undefined) {
      const record = side.transfers.get(endedOf(transfer.id));
      if (end !== undefined && record === undefined) this.#problems.push(`${name} was ended, and nothing says how`);
      return;
    }
    if (inChain && end !== undefined && !isPost) this.#problems.push(`${name} was decided and given back`);
    if (!inChain && isPost) this.#problems.push(`${name} is debited against its chain's decision`);
    if (end === undefined && (transfer.flags & pending) !== 0) this.#opened(side, transfer, transfer.id, inChain);
  }

  /** What an account had, on one of the two shards of its move: the old one comes first, and nothing may differ. */
  #moving(side: Side, { id, amount, ledger, debit_account_id, credit_account_id }: Transfer): void {
    const isDebit = !isReserved(debit_account_id);
    const account = isDebit ? debit_account_id : credit_account_id;
    const bridge = bridgeOf(isDebit ? credit_account_id : debit_account_id);
    if (isReserved(account) || bridge === undefined) return;
    if (isDebit) this.#add(side.index, bridge.peer, ledger, amount);
    else this.#add(bridge.peer, side.index, ledger, -amount);
    const twin = this.#sides[bridge.peer]?.later.transfers.get(legOf(id));
    const leaves = id === outOf(account) || id === legOf(inOf(account));
    if (twin === undefined ? leaves : twin.amount === amount) return;
    this.#problems.push(
      `account ${account} has ${amount} on shard ${side.index} by its move, and ${twin?.amount} on ${bridge.peer}`,
    );
  }

  /** Balances of each pair of bridges, against what was found of their transfers. */
  #bridges(): void {
    for (const { index, accounts } of this.#sides) {
      for (const account of accounts) {
        const bridge = bridgeOf(account.id);
        if (bridge === undefined) continue;
        const { peer, ledger } = bridge;
        const twin = this.#sides[peer]?.accounts.find(({ id }) => {
          const other = bridgeOf(id);
          return other?.peer === index && other.shard === peer && other.ledger === ledger;
        });
        const difference = account.credits_posted - (twin?.debits_posted ?? 0n);
        const between = this.#between.get(key(index, peer, ledger)) ?? 0n;
        if (difference === between) continue;
        const what = `the bridges from shard ${index} to ${peer} in currency ${ledger} differ by ${difference}`;
        this.#problems.push(`${what}, and ${between} is on its way`);
      }
    }
  }

  #conserved(): void {
    const sums = new Map<number, bigint>();
    for (const { accounts } of this.#sides) {
      for (const { id, ledger, debits_posted, credits_posted } of accounts) {
        if (!isReserved(id)) sums.set(ledger, (sums.get(ledger) ?? 0n) + debits_posted - credits_posted);
      }
    }
    for (const [ledger, sum] of sums) {
      let between = 0n;
      for (const [pair, amount] of this.#between) if (pair.endsWith(`/${ledger}`)) between += amount;
      if (sum !== between) {
        this.#problems.push(`callers' debits exceed their credits in currency ${ledger} by ${sum}, not ${between}`);
      }
    }
  }

  #opened({ index }: Side, { ledger, amount, timestamp }: Transfer, transfer: bigint, decided: boolean): void {
    this.#open.push({ shard: index, transfer, ledger, amount, timestamp, decided });
  }

  #add(from: number, to: number, ledger: number, amount: bigint): void {
    const pair = key(from, to, ledger);
    this.#between.set(pair, (this.#between.get(pair) ?? 0n) + amount);
  }
}

const key = (from: number, to: number, ledger: number): string => `${from}/${to}/${ledger}`;
