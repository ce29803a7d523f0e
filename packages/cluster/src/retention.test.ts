/** A stream is cut behind what every node has that lives, and no sooner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Order } from './order.ts';
import type { Peers } from './peers.ts';
import { type Entry, Kind, VERSION_BASE } from './record.ts';
import { Retention } from './retention.ts';

const BASE = { sequence: 10, op: 500 };

interface Standing {
  readonly kept: number;
  readonly sequence: number;
}

/** Where the stream is cut once this node has `done` ops in its journal, and the two others are where they say. */
function cutOf(done: number, alive: readonly Standing[], behind = 4000): readonly number[] {
  const cuts: number[] = [];
  const order = { cut: async (sequence: number) => void cuts.push(sequence) } as unknown as Order;
  const peers = { alive, reads: VERSION_BASE } as unknown as Peers;
  const log = { info: () => undefined, warn: () => undefined } as never;
  const retention = new Retention(1, { order, peers, log, retain: 1000 });
  const entry = (kind: Kind, sequence: number, op: number, size: number): Entry =>
    ({ kind, sequence, op, bytes: new Uint8Array(size) }) as unknown as Entry;
  retention.read(entry(Kind.base, BASE.sequence, BASE.op, 10));
  retention.read(entry(Kind.batches, 11, 501, behind));
  retention.tick(done, () => undefined);
  return cuts;
}

const has: Standing = { kept: BASE.op, sequence: BASE.sequence };

test('a base is cut to when this node and all that live have everything before it', () => {
  assert.deepEqual(cutOf(BASE.op, [has, has]), [BASE.sequence]);
});

test('nothing is cut that one of them lacks in its journal, or has not read', () => {
  assert.deepEqual(cutOf(BASE.op - 1, [has, has]), []);
  assert.deepEqual(cutOf(BASE.op, [has, { ...has, kept: BASE.op - 1 }]), []);
  assert.deepEqual(cutOf(BASE.op, [{ ...has, sequence: BASE.sequence - 1 }, has]), []);
});

test('a node that is away is waited for: four times as much is kept; alone, a node cuts nothing', () => {
  assert.deepEqual(cutOf(BASE.op, [has], 3999), []);
  assert.deepEqual(cutOf(BASE.op, [has], 4000), [BASE.sequence]);
  assert.deepEqual(cutOf(BASE.op, [], 400_000), []);
});

test('what is younger than the stream keeps stays', () => {
  assert.deepEqual(cutOf(BASE.op, [has, has], 999), []);
});
