/** A process that is killed under load: each key has one outcome for ever. `npm run services:torture` does it longer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killLoop } from './killed-loop.ts';

test('four kills under load: each key has one outcome, and the ledger is sound', async () => {
  const { told, kills, payments } = await killLoop({ keys: 128, kills: 4, killMsMax: 120 });
  assert.equal(told, 128);
  assert.equal(kills, 4);
  assert.equal(payments, (128 * 3) / 8 + 1, 'and the opening one');
});
