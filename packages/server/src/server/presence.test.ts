import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TallystickError } from 'tallystick/internal/model';
import { Presence } from './presence.ts';

test('a client that leaves is told of once, to those who still listen', () => {
  const presence = new Presence();
  const { signal } = presence.terms;
  let heard = 0;
  let unheard = 0;
  const listener = (): void => void heard++;
  const over = (): void => void unheard++;
  signal.addEventListener('abort', listener);
  signal.addEventListener('abort', over);
  signal.removeEventListener('abort', over);
  assert.equal(signal.aborted, false);
  assert.equal(signal.reason, undefined);
  presence.leave();
  presence.leave();
  assert.deepEqual([signal.aborted, heard, unheard], [true, 1, 0]);
  const reason: unknown = presence.terms.signal.reason;
  assert.ok(reason instanceof TallystickError && reason.code === 'connection_lost');
  assert.equal(presence.terms.signal.reason, reason, 'all are told the same');
});

test('a listener that comes after a client has left hears nothing', () => {
  const presence = new Presence();
  const { signal } = presence.terms;
  const order: string[] = [];
  signal.addEventListener('abort', () => {
    order.push('first');
    signal.addEventListener('abort', () => order.push('too late'));
  });
  signal.addEventListener('abort', () => order.push('second'));
  presence.leave();
  assert.deepEqual(order, ['first', 'second']);
});

test('requests of one connection have one payer, and clients of their own others', () => {
  const connection = {};
  assert.equal(new Presence(connection).terms.payer, new Presence(connection).terms.payer);
  assert.notEqual(new Presence().terms.payer, new Presence().terms.payer);
});
