/** A ledger is closed once, and nothing that was asked before is lost by it. */
import assert from 'node:assert/strict';
import { CreateAccountStatus } from '../../src/model/index.ts';
import { type Story, typed } from './story.ts';

export const closingStories: Story[] = [];
const promise = typed(closingStories);

const account = { id: 1n, ledger: 1, code: 1 };

promise('closing waits for the calls in flight, and they are answered', async (ledger) => {
  const created = ledger.createAccounts([account]);
  const found = ledger.lookupAccounts([1n]);
  await ledger.close();
  assert.deepEqual(
    (await created).map(({ status }) => CreateAccountStatus[status]),
    ['created'],
  );
  assert.equal((await found).length, 1);
});

promise('a ledger that is closed answers every call with `closed`', async (ledger) => {
  const [closing, late] = [ledger.close(), ledger.createAccounts([account])];
  await assert.rejects(late, { name: 'TallystickError', code: 'closed' });
  await closing;
  await assert.rejects(ledger.lookupAccounts([1n]), { name: 'TallystickError', code: 'closed' });
  await assert.rejects(ledger.queryTransfers({}), { name: 'TallystickError', code: 'closed' });
});

promise('closing twice is closing once, and `await using` closes', async (ledger) => {
  await Promise.all([ledger.close(), ledger.close()]);
  await ledger[Symbol.asyncDispose]();
  await assert.rejects(ledger.createAccounts([account]), { code: 'closed' });
});
