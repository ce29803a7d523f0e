/**
 * A process that is killed under load: each key has one outcome for ever. `npm run services:torture` does it longer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killLoop } from './killed-loop.ts';

test('three kills under load: each key has one outcome, and the ledger is sound', async () => {
  const { told, kills, payments } = await killLoop({ keys: 64, kills: 3, killMsMax: 120 });
  assert.equal(told, 64);
  assert.equal(kills, 3);
  assert.equal(payments, (64 * 3) / 8 + 1, 'and the opening one');
});
