/**
 * Game economy: gold and gems, loot, a shop, trades between players, a leaderboard, a ban.
 *
 * Each currency is a ledger with a mint, from which all of it comes, and a sink, into which it goes: how much exists is
 * the mint's balance less the sink's, and nobody can duplicate an item. An account's id is made of player and currency,
 * so nothing has to be looked up. Ten thousand accounts are two requests; `sendAccounts` cuts them.
 */
import assert from 'node:assert/strict';
import { AccountFlags, open, TransferFlags, type TransferInput } from 'tallystick';
import {
  attemptTransfers,
  balanceOf,
  chain,
  idOf,
  queriedAccountsOf,
  sendAccounts,
  sendTransfers,
} from 'tallystick/helpers';

const [GOLD, GEMS] = [1, 2];
const Code = { mint: 1, sink: 2, player: 3, loot: 10, shop: 11, trade: 12, ban: 13 } as const;
const ledger = await open(':memory:');

const of = (player: number, currency: number): bigint => idOf('player', player, currency);
const mint = (currency: number): bigint => idOf('mint', currency);
const sink = (currency: number): bigint => idOf('sink', currency);
const players = Array.from({ length: 5_000 }, (_, index) => index + 1);
const flags = AccountFlags.debits_must_not_exceed_credits;

const all = [GOLD, GEMS].flatMap((currency) => [
  { id: mint(currency), ledger: currency, code: Code.mint },
  { id: sink(currency), ledger: currency, code: Code.sink },
  ...players.map((player) => ({
    id: of(player, currency),
    ledger: currency,
    code: Code.player,
    user_data_32: player,
    flags,
  })),
]);
await sendAccounts(ledger, all);

function move(name: string, from: bigint, to: bigint, amount: bigint, currency: number, code: number): TransferInput {
  return { id: idOf(name), debit_account_id: from, credit_account_id: to, amount, ledger: currency, code };
}

// Loot: the server may grant it again after a crash, and nobody gets it twice.
const loot = players.map((player) =>
  move(`quest 1 of ${player}`, mint(GOLD), of(player, GOLD), BigInt(100 + ((player * 7919) % 1000)), GOLD, Code.loot),
);
await sendTransfers(ledger, loot);
console.log(await sendTransfers(ledger, loot)); // { created: 0, existed: 5000 }
const gems = [move('gems of 4', mint(GEMS), of(4, GEMS), 5n, GEMS, Code.loot)];
await sendTransfers(ledger, gems);

// A sword is 300 gold, which goes to the sink. Many cannot pay, and that is an answer.
const swords = players.map((player) => move(`sword of ${player}`, of(player, GOLD), sink(GOLD), 300n, GOLD, Code.shop));
const bought = await attemptTransfers(ledger, swords);
console.log('swords sold:', bought.filter(({ outcome }) => outcome === 'created').length); // swords sold: 4000

// A trade: 100 gold of player 3 for 2 gems of player 4, both or neither.
const trade = chain([
  move('trade 1, gold', of(3, GOLD), of(4, GOLD), 100n, GOLD, Code.trade),
  move('trade 1, gems', of(4, GEMS), of(3, GEMS), 2n, GEMS, Code.trade),
]);
console.log(await sendTransfers(ledger, trade)); // { created: 2, existed: 0 }

// A leaderboard: the ledger does not sort by balance, so the program does.
const richest: { player: number; gold: bigint }[] = [];
for await (const page of queriedAccountsOf(ledger, { ledger: GOLD, code: Code.player })) {
  richest.push(...page.map((account) => ({ player: account.user_data_32, gold: balanceOf(account).posted })));
  richest.sort((a, b) => (a.gold < b.gold ? 1 : a.gold > b.gold ? -1 : a.player - b.player)).splice(3);
}
console.log(richest.map(({ player, gold }) => `${player}: ${gold}`).join(', ')); // 321: 799, 1321: 799, 2321: 799

// A ban closes the account: nothing goes in or out until the transfer is voided.
const ban = move('ban of 5', of(5, GOLD), sink(GOLD), 0n, GOLD, Code.ban);
await sendTransfers(ledger, [{ ...ban, amount: 0n, flags: TransferFlags.pending | TransferFlags.closing_debit }]);
const gift = move('gift', mint(GOLD), of(5, GOLD), 1n, GOLD, Code.loot);
await assert.rejects(sendTransfers(ledger, [gift]), { statusName: 'credit_account_already_closed' });

const [minted, sunk] = await ledger.lookupAccounts([mint(GOLD), sink(GOLD)]);
console.log('gold:', balanceOf(minted, 'debit').posted - balanceOf(sunk, 'credit').posted); // gold: 1797500n
await ledger.close();
