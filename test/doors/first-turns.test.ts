import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { type FirstRead, FirstTurns } from '../../packages/server/src/server/http/first-turns.ts';

/** A socket that says when it is read, and then takes the thread, as a packet full of requests does. */
class Peer extends EventEmitter {
  readonly remoteAddress: string;
  readonly #busyMs: number;
  reading = true;

  constructor(remoteAddress: string, busyMs: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.#busyMs = busyMs;
  }

  pause(): this {
    this.reading = false;
    return this;
  }

  resume(): this {
    this.reading = true;
    this.emit('resume');
    for (const end = performance.now() + this.#busyMs; performance.now() < end; );
    return this;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const BUSY_MS = 20;
const peers = (address: string, count: number, busyMs = 0): Peer[] =>
  Array.from({ length: count }, () => new Peer(address, busyMs));
const reading = (all: readonly Peer[]): number => all.filter((peer) => peer.reading).length;

function enter(turns: FirstTurns, all: readonly Peer[]): void {
  for (const peer of all) turns.add(peer as unknown as FirstRead);
}

test('connections begin within a turn where few come', async () => {
  const turns = new FirstTurns();
  const few = [...peers('10.0.0.1', 3), ...peers('10.0.0.2', 3)];
  enter(turns, few);
  await turn();
  assert.equal(reading(few), few.length);
});

test('behind a slow turn comes a pause, and then one connection', async () => {
  const turns = new FirstTurns();
  const crowd = peers('10.0.0.1', 20, BUSY_MS);
  enter(turns, crowd);
  await turn();
  const first = reading(crowd);
  assert.ok(first > 1 && first < 20, `${first} in a turn`);
  for (let i = 0; i < 5; i++) {
    const before = reading(crowd);
    const started = performance.now();
    await once(crowd.find((peer) => !peer.reading)!, 'resume');
    assert.equal(reading(crowd) - before, 1);
    assert.ok(performance.now() - started >= BUSY_MS / 2, 'time to accept others');
  }
});

test('an address that comes later does not wait for the crowd of another', async () => {
  const turns = new FirstTurns();
  const crowd = peers('10.0.0.1', 100, BUSY_MS);
  enter(turns, crowd);
  await turn();
  const other = peers('10.0.0.2', 3);
  enter(turns, other);
  const began = reading(crowd);
  for (const [index, peer] of other.entries()) {
    peer.once('resume', () => {
      const first = reading(crowd) - began;
      assert.ok(first <= index + 1, `${first} of the crowd went before ${index + 1}`);
    });
  }
  await once(other[2]!, 'resume');
  assert.equal(reading(other), 3);
});

test('a connection that ended has no turn', async () => {
  const turns = new FirstTurns();
  const crowd = peers('10.0.0.1', 50);
  enter(turns, crowd);
  await turn();
  const gone = crowd.filter((peer) => !peer.reading);
  for (const peer of gone) peer.emit('close');
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(reading(gone), 0);
  const [next] = peers('10.0.0.1', 1);
  enter(turns, [next!]);
  await once(next!, 'resume');
});
