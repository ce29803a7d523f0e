/** A game: loot of 5,000 players, a shop, a trade of gold for gems, a leaderboard, a ban. */
import { AccountFlags, open, TransferFlags } from 'tallystick';
import {
  attemptTransfers,
  balanceOf,
  chain,
  each,
  idOf,
  queriedAccountsOf,
  sendAccounts,
  sendTransfers,
} from 'tallystick/helpers';

const ledger = await open(':memory:');
const of = (owner: number | string, currency: string) => idOf(owner, currency);
const players = Array.from({ length: 5_000 }, (_, index) => index + 1);
const codes = { gold: 1, gems: 2 };
const flags = AccountFlags.debits_must_not_exceed_credits;
const accounts = Object.entries(codes).flatMap(([currency, ledger]) => [
  ...['mint', 'sink'].map((owner) => ({ id: of(owner, currency), ledger, code: 1 })),
  ...players.map((player) => ({ id: of(player, currency), ledger, code: 2, user_data_32: player, flags })),
]);
console.log(await sendAccounts(ledger, accounts)); // { created: 10004, existed: 0 }

const move = (
  from: number | string,
  to: number | string,
  amount: bigint,
  why: string,
  currency: keyof typeof codes,
) => {
  const [debit_account_id, credit_account_id] = [of(from, currency), of(to, currency)];
  return {
    id: idOf(why, from, to, currency),
    debit_account_id,
    credit_account_id,
    amount,
    ledger: codes[currency],
    code: 1,
  };
};
const loot = (player: number) => move('mint', player, BigInt(100 + ((player * 7919) % 1000)), 'loot', 'gold');
await sendTransfers(ledger, [...players.map(loot), move('mint', 4, 5n, 'loot', 'gems')]);
const swords = await attemptTransfers(
  ledger,
  players.map((player) => move(player, 'sink', 300n, 'sword', 'gold')),
);
console.log(swords.filter(({ outcome }) => outcome === 'created').length); // 4000
await sendTransfers(ledger, chain([move(3, 4, 100n, 'trade', 'gold'), move(4, 3, 2n, 'trade', 'gems')]));

const all: { player: number; gold: bigint }[] = [];
for await (const account of each(queriedAccountsOf(ledger, { ledger: codes.gold, code: 2 }))) {
  all.push({ player: account.user_data_32, gold: balanceOf(account).posted });
}
console.log(all.sort((a, b) => Number(b.gold - a.gold) || a.player - b.player)[0]); // { player: 321, gold: 799n }
const ban = { ...move(5, 'sink', 0n, 'ban', 'gold'), flags: TransferFlags.pending | TransferFlags.closing_debit };
const banned = sendTransfers(ledger, [ban]).then(() => sendTransfers(ledger, [move('mint', 5, 1n, 'gift', 'gold')]));
console.log(await banned.catch(({ statusName }) => statusName)); // credit_account_already_closed
await ledger.close();
