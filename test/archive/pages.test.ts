import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChangeEvent, type ChangeEventsFilterInput, type Ledger, open } from '../../src/index.ts';
import { CHANGE_EVENTS_MAX } from '../../src/model/index.ts';
import { accountsOf, changeEventsOf, transfersOf } from '../../src/model/pages.ts';
import { FILLED_COUNT as COUNT, fill } from '../support/filled.ts';

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

test('pages hold every record once, in order of time', async () => {
  const ledger = await open(':memory:');
  await fill(ledger);
  const expected = Array.from({ length: COUNT }, (_, index) => BigInt(index + 1));
  assert.deepEqual(
    (await all(transfersOf(ledger))).map(({ id }) => id),
    expected,
  );
  assert.deepEqual(
    (await all(changeEventsOf(ledger))).map((event) => event.transfer_id),
    expected,
  );
  assert.deepEqual(
    (await all(accountsOf(ledger))).map(({ id }) => id),
    [1n, 2n],
  );
  const until = (await ledger.lookupTransfers([4000n]))[0]!.timestamp;
  assert.equal((await all(transfersOf(ledger, until))).length, 4000);
  await ledger.close();
});

test('two events with one timestamp are not lost between two pages', async () => {
  // An imported transfer may bear the timestamp of an expiry.
  const events = Array.from({ length: 3 * CHANGE_EVENTS_MAX }, (_, index) => {
    const twin = index === CHANGE_EVENTS_MAX || index === 2 * CHANGE_EVENTS_MAX - 1;
    return {
      timestamp: BigInt(twin ? index : index + 1),
      transfer_id: BigInt(index),
      type: twin ? 4 : 0,
    } as ChangeEvent;
  });
  const ledger = {
    getChangeEvents: async ({ timestamp_min = 0n }: ChangeEventsFilterInput) =>
      events.filter(({ timestamp }) => timestamp >= timestamp_min).slice(0, CHANGE_EVENTS_MAX),
  } as unknown as Ledger;
  assert.deepEqual(await all(changeEventsOf(ledger)), events);
});
