/** Reads of pending transfers, of the past and of snapshots: at every door as in the process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Ledger, PendingState, TransferFilterFlags, TransferFlags } from '../../src/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { doorNames, enter, ServedDoors } from '../support/served-doors.ts';

const folder = temporaryFolder();
const base = { debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 1, code: 1 };
let served: ServedDoors;

before(async () => {
  served = await ServedDoors.start(folder);
  const ledger = await enter('native', served.urls.native);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  await ledger.createTransfers([{ ...base, id: 1n, flags: TransferFlags.pending }]);
  await ledger.close();
});
after(() => served.end());

/** Posts the pending transfer with a snapshot before, the first time; what is read is the same ever after. */
async function story(ledger: Ledger): Promise<unknown[]> {
  const [held] = await ledger.lookupPendings([1n]);
  const moment = held!.timestamp;
  await ledger.createTransfers([{ id: 2n, pending_id: 1n, amount: 7n, flags: TransferFlags.post_pending_transfer }]);
  const [posted, none] = await ledger.lookupPendings([1n, 9n]);
  assert.deepEqual([posted!.state, posted!.amount_posted, posted!.ended_by], [PendingState.posted, 7n, 2n]);
  assert.equal(none!.state, PendingState.not_found);
  const [then] = await ledger.lookupAccountsAt([2n], moment);
  assert.deepEqual([then!.credits_pending, then!.credits_posted], [10n, 0n]);
  const sums = await ledger.sumTransfers({ account_id: 2n, counterparty_id: 1n });
  assert.deepEqual([sums.count, sums.credits_posted, sums.credits_pending], [2n, 7n, 10n]);
  const found = await ledger.searchTransfers({ pending_id: 1n, amount_min: 7n, amount_max: 7n });
  assert.deepEqual(
    found.map(({ id }) => id),
    [2n],
  );
  assert.deepEqual(await ledger.searchTransfers({ account_id: 1n, flags: TransferFilterFlags.open }), []);
  const viewed = await ledger.read(async (view) => [
    await view.lookupAccounts([1n, 2n]),
    await view.queryTransfers({}),
  ]);
  return [posted, then, sums, found, ...viewed];
}

test('pendings, searches, sums, accounts as they were and snapshots are the same at every door', async () => {
  const stories: unknown[] = [];
  for (const door of doorNames) {
    const ledger = await enter(door, served.urls[door]);
    stories.push(await story(ledger));
    await ledger.close();
  }
  for (const told of stories) assert.deepEqual(told, stories[0]);
});
