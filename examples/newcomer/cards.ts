/** Card authorisations: hold, capture in part, increase, reverse, expire; what became of each, and which are open. */
import { AccountFlags, amount_max, CreateTransferStatus, open, PendingState, TransferFlags } from 'tallystick';
import {
  balanceOf,
  chain,
  each,
  idOf,
  nanosecondsIn,
  openPendingsOf,
  sendAccounts,
  sendTransfers,
  timeoutOf,
} from 'tallystick/helpers';

const { pending, post_pending_transfer: post, void_pending_transfer: unhold } = TransferFlags;
const ledger = await open(':memory:', { now: 1_800_000_000_000_000_000n });
const [bank, card, merchant] = [1n, 2n, 3n];
const flags = AccountFlags.debits_must_not_exceed_credits;
await sendAccounts(ledger, [
  ...[bank, merchant].map((id) => ({ id, ledger: 840, code: 1 })),
  { id: card, ledger: 840, code: 2, flags },
]);
const between = { debit_account_id: card, credit_account_id: merchant, ledger: 840, code: 1 };
await sendTransfers(ledger, [{ ...between, id: 9n, debit_account_id: bank, credit_account_id: card, amount: 500_00n }]);

const hold = (name: string, amount: bigint, days: number) =>
  ({ ...between, id: idOf(name), amount, flags: pending, timeout: timeoutOf({ days }) }) as const;
const end = (name: string, how: string, amount: bigint, flags: number) =>
  ({ id: idOf(name, how), pending_id: idOf(name), amount, flags }) as const;

const [a, b, c] = await ledger.createTransfers([hold('a', 200_00n, 7), hold('b', 250_00n, 1), hold('c', 100_00n, 7)]);
console.log([a, b, c].map((each) => CreateTransferStatus[each!.status])); // [ 'created', 'created', 'exceeds_credits' ]
await sendTransfers(ledger, [end('a', 'capture', 120_00n, post)]);
await sendTransfers(ledger, chain([end('b', 'replaced', 0n, unhold), hold('larger b', 300_00n, 1)]));
await ledger.advance(nanosecondsIn({ days: 2 }));
const late = sendTransfers(ledger, [end('larger b', 'capture', amount_max, post)]);
console.log(await late.catch(({ statusName }) => statusName)); // pending_transfer_expired
const holds = await ledger.lookupPendings(['a', 'b', 'larger b', 'c'].map((name) => idOf(name)));
console.log(holds.map(({ state }) => PendingState[state])); // [ 'posted', 'voided', 'expired', 'not_found' ]
for await (const { id } of each(openPendingsOf(ledger, card))) throw new Error(`${id} is open`);
console.log(balanceOf((await ledger.lookupAccounts([card]))[0]).available); // 38000n
await ledger.close();
