/**
 * What an import would make of the ledger's balances, before the first event is sent. Debits and credits of an account
 * only grow, and each is a number of 128 bits: a book whose sums do not fit is refused as a whole, not found out half
 * way.
 */
import { assert } from '../base/index.ts';
import type { Ledger } from '../model/index.ts';
import type { Problems } from './book.ts';
import type { Chain, Chains, Move } from './chains.ts';
import type { Names } from './names.ts';
import { CHAIN_MAX } from './plan.ts';

const SUM_MAX = (1n << 128n) - 1n;

/** What a book adds to an account. */
export interface Sum {
  debits: bigint;
  credits: bigint;
}

/**
 * Tells an error for an account whose debits or credits would not fit; what the ledger holds already counts, once.
 * Without a ledger, the book alone is looked at.
 */
export async function checkSums(
  ledger: Ledger | undefined,
  chains: Chains,
  all: ReadonlyMap<bigint, Sum>,
  names: Names,
  problems: Problems,
): Promise<void> {
  const held = ledger === undefined ? new Map<bigint, Sum>() : await heldBy(ledger, [...all.keys()]);
  if (overflowing(all, held) === undefined) return;
  // Chains that the ledger has already are not added again.
  const there = ledger === undefined ? new Set<number>() : await existing(ledger, chains);
  const id = overflowing(sumsOf(chains, there), held);
  if (id === undefined) return;
  const at = firstTouching(chains, there, id);
  const { commodity, account } = describe(id, at, names);
  const scale = names.commodities.find(({ name }) => name === commodity)?.scale ?? 0;
  const message =
    `the debits or credits of ${account} add up to more ${commodity} than 128 bits hold with ${scale} decimals; ` +
    `an amount with many decimals makes all amounts of ${commodity} longer: round it, or import into a new folder`;
  problems.tell('error', at.place, message);
}

const touches = ({ debit, credit }: Move, id: bigint): boolean => debit === id || credit === id;

/** The first chain that moves something to or from the account, of those that are not there. */
function firstTouching(chains: Chains, there: ReadonlySet<number>, id: bigint): Chain {
  let first: Chain | undefined;
  for (let index = 0; index < chains.length; index++) {
    if (there.has(index)) continue;
    const chain = chains.at(index);
    if (chain.moves.some((move) => touches(move, id))) return chain;
    first ??= chain;
  }
  assert(first !== undefined, 'what does not fit was added by some chain');
  return first;
}

/** By account, without chains that are there already. */
export function sumsOf(chains: Chains, there: ReadonlySet<number> = new Set()): Map<bigint, Sum> {
  const sums = new Map<bigint, Sum>();
  const of = (id: bigint): Sum => {
    let sum = sums.get(id);
    if (sum === undefined) {
      sum = { debits: 0n, credits: 0n };
      sums.set(id, sum);
    }
    return sum;
  };
  const add = (debit: bigint, credit: bigint, amount: bigint): void => {
    of(debit).debits += amount;
    of(credit).credits += amount;
  };
  for (let index = 0; index < chains.length; index++) if (!there.has(index)) chains.walk(index, add);
  return sums;
}

function overflowing(added: ReadonlyMap<bigint, Sum>, held: ReadonlyMap<bigint, Sum>): bigint | undefined {
  for (const [id, { debits, credits }] of added) {
    const before = held.get(id);
    if (debits + (before?.debits ?? 0n) > SUM_MAX || credits + (before?.credits ?? 0n) > SUM_MAX) return id;
  }
  return undefined;
}

async function heldBy(ledger: Ledger, ids: readonly bigint[]): Promise<Map<bigint, Sum>> {
  const held = new Map<bigint, Sum>();
  for (let at = 0; at < ids.length; at += CHAIN_MAX) {
    for (const account of await ledger.lookupAccounts(ids.slice(at, at + CHAIN_MAX))) {
      held.set(account.id, {
        debits: account.debits_posted + account.debits_pending,
        credits: account.credits_posted + account.credits_pending,
      });
    }
  }
  return held;
}

/** Chains that the ledger has, by their place. */
async function existing(ledger: Ledger, chains: Chains): Promise<Set<number>> {
  const there = new Set<number>();
  for (let at = 0; at < chains.length; at += CHAIN_MAX) {
    const count = Math.min(CHAIN_MAX, chains.length - at);
    const places = new Map(Array.from({ length: count }, (_, index) => [chains.firstId(at + index), at + index]));
    for (const { id } of await ledger.lookupTransfers([...places.keys()])) there.add(places.get(id)!);
  }
  return there;
}

function describe(id: bigint, chain: Chain, names: Names): { account: string; commodity: string } {
  const name = names.accounts.find((account) => account.id === id);
  if (name !== undefined) return { account: name.name, commodity: name.commodity };
  // The clearing account has no name of its own: the posting that moves through it names the commodity.
  const index = chain.moves.findIndex((move) => touches(move, id));
  return { account: 'all accounts together', commodity: chain.postings[Math.max(0, index)]!.commodity };
}
