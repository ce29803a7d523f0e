import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoorCounters } from 'tallystick/internal/base';
import { type Context, Operation } from 'tallystick/internal/model';
import { contextOf } from './context.ts';

const events = new Uint8Array(128);
const once = { session: 's', request: 1, checksum: 2, answered: 0, again: false } as const;

/** All contexts have the same fields; what nobody has said is undefined. */
const said = (context: Context): object =>
  Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));

test('what a client has not said is undefined in the context', () => {
  const { create_accounts: operation } = Operation;
  assert.deepEqual(said(contextOf({ payer: 7 }, undefined, { operation, events, wish: undefined })), { payer: 7 });
});

test('everything that it has said is', () => {
  const door = new DoorCounters('native');
  const operation = Operation.create_transfers;
  const heard = { wish: 'high', timeoutMs: 5, traceparent: '00-…', once, timestamp: 9n } as const;
  const context = contextOf({ payer: 7 }, door, { operation, events, ...heard, stale: true });
  assert.deepEqual(said(context), { payer: 7, door, events, ...heard, consistency: 'stale' });
});

test('rules see the events of transfers, and of nothing else, at every door', () => {
  const shown = (operation: number): boolean =>
    contextOf({}, undefined, { operation, events, wish: undefined }).events === events;
  const seen = Object.values(Operation).filter((operation) => typeof operation === 'number' && shown(operation));
  assert.deepEqual(seen, [Operation.create_transfers]);
});
