/**
 * A marketplace over two shards: buyers and sellers live wherever the hash of their ids puts them, so an order may move
 * money from one shard to the other. The ledger settles that by itself, exactly once.
 *
 * An order is one chain: the buyer pays the seller and the operator's fee. It is done on all shards or on none. The
 * operator has an account for fees on each shard, next to the buyers, so that no fee has to cross; what the operator
 * earned is their sum. The buyer pays both, because a chain over shards cannot spend what it has just brought to an
 * account on another shard.
 */
import { AccountFlags, checkShards, open, sharded } from 'tallystick';
import { attemptTransfers, chain, idOf, sendAccounts, sendTransfers } from 'tallystick/helpers';

const EUR = 978;
const SHARDS = 2;
/** The same place for ever: people by their number, the bank with the first of them. */
const shardOf = (account: bigint) => Number(account % BigInt(SHARDS));

const shards = await Promise.all(Array.from({ length: SHARDS }, () => open(':memory:')));
const ledger = await sharded(shards, { shardOf });

const bank = 2n;
const feesAt = (shard: number) => BigInt(100 + shard);
const people = { ann: 1000n, ben: 1001n, cleo: 1002n, dora: 1003n };
const { ann, ben, cleo, dora } = people;
await sendAccounts(ledger, [
  { id: bank, ledger: EUR, code: 1 },
  ...Array.from({ length: SHARDS }, (_, shard) => ({ id: feesAt(shard), ledger: EUR, code: 2 })),
  ...Object.values(people).map((id) => ({
    id,
    ledger: EUR,
    code: 3,
    flags: AccountFlags.debits_must_not_exceed_credits,
  })),
]);

const payIn = (buyer: bigint, amount: bigint) => ({
  id: idOf('pay-in', Number(buyer)),
  debit_account_id: bank,
  credit_account_id: buyer,
  amount,
  ledger: EUR,
  code: 10,
});
await sendTransfers(ledger, [payIn(ann, 50_00n), payIn(ben, 20_00n)]);

/** A tenth of the price is the operator's. */
const order = (name: string, buyer: bigint, seller: bigint, price: bigint) => {
  const fee = price / 10n;
  const paid = { debit_account_id: buyer, ledger: EUR, code: 20 };
  return chain([
    { ...paid, id: idOf('order', name), credit_account_id: seller, amount: price - fee },
    { ...paid, id: idOf('order', name, 'fee'), credit_account_id: feesAt(shardOf(buyer)), amount: fee },
  ]);
};

const buy = async (name: string, buyer: bigint, seller: bigint, price: bigint) => {
  const [told] = await attemptTransfers(ledger, order(name, buyer, seller, price));
  return told!.outcome === 'refused' ? told!.refusal.statusName : told!.outcome;
};

console.log(await buy('lamp', ann, cleo, 30_00n)); // created
console.log(await buy('chair', ann, dora, 15_00n)); // created
console.log(await buy('lamp', ann, cleo, 30_00n)); // existed
console.log(await buy('table', ben, cleo, 80_00n)); // exceeds_credits

const balances = await ledger.lookupAccounts([ann, ben, cleo, dora]);
console.log(balances.map(({ credits_posted, debits_posted }) => credits_posted - debits_posted)); // [ 500n, 2000n, 2700n, 1350n ]

const fees = await ledger.lookupAccounts(Array.from({ length: SHARDS }, (_, shard) => feesAt(shard)));
console.log(fees.reduce((sum, { credits_posted }) => sum + credits_posted, 0n)); // 450n

// Nothing is lost or doubled between the shards: their own ledgers prove it, whatever is on its way.
const { problems, open: onTheWay, crossed } = await checkShards(shards);
console.log(problems.length, onTheWay.length, crossed > 0); // 0 0 true
await ledger.close();
