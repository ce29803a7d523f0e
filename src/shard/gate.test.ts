import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Gate, type Manner, ONE_ROUND, SEVERAL_ROUNDS } from './gate.ts';

const COMMUTING: Manner = { rounds: 'several', commutes: true };
const COMMUTING_ONCE: Manner = { rounds: 'one', commutes: true };

/** Calls at a gate: which have begun, and what ends each. */
class Calls {
  readonly gate = new Gate();
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  call(name: string, accounts: readonly bigint[] | 'all', manner: Manner): Promise<void> {
    return this.gate.run(accounts === 'all' ? accounts : () => accounts, manner, () => {
      this.begun.push(name);
      return new Promise((resolve) => this.#ends.set(name, resolve));
    });
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)!();
    await setImmediate();
  }
}

test('calls that commute do not wait for one another', () => {
  const calls = new Calls();
  for (const name of ['a', 'b', 'c']) void calls.call(name, [1n, 2n], COMMUTING);
  void calls.call('d', [1n], COMMUTING_ONCE);
  assert.deepEqual(calls.begun, ['a', 'b', 'c', 'd']);
});

test('a call that does not commute waits for those that have an account in common, and for no others', async () => {
  const calls = new Calls();
  void calls.call('a', [1n, 2n], COMMUTING);
  void calls.call('b', [3n, 4n], COMMUTING);
  void calls.call('lookup of 1', [1n], ONE_ROUND);
  void calls.call('lookup of 5', [5n], ONE_ROUND);
  assert.deepEqual(calls.begun, ['a', 'b', 'lookup of 5']);
  await calls.end('b');
  assert.equal(calls.begun.includes('lookup of 1'), false);
  await calls.end('a');
  assert.equal(calls.begun.at(-1), 'lookup of 1');
});

test('a query waits for every call at work', async () => {
  const calls = new Calls();
  void calls.call('a', [1n, 2n], COMMUTING);
  void calls.call('b', [3n, 4n], SEVERAL_ROUNDS);
  void calls.call('query', 'all', ONE_ROUND);
  await calls.end('a');
  assert.deepEqual(calls.begun, ['a', 'b']);
  await calls.end('b');
  assert.deepEqual(calls.begun, ['a', 'b', 'query']);
});

test('what commutes keeps its place behind a call that does not', async () => {
  const calls = new Calls();
  void calls.call('closing', [1n], SEVERAL_ROUNDS);
  void calls.call('a', [1n, 2n], COMMUTING);
  void calls.call('b', [2n], COMMUTING);
  void calls.call('c', [3n], COMMUTING);
  assert.deepEqual(calls.begun, ['closing', 'c']);
  await calls.end('closing');
  assert.deepEqual(calls.begun, ['closing', 'c', 'a', 'b']);
});

test('who waits for a call that commutes waits until it is done, and not until it has begun', async () => {
  const calls = new Calls();
  void calls.call('closing', [1n], SEVERAL_ROUNDS);
  void calls.call('a', [1n], COMMUTING);
  void calls.call('lookup', [1n], ONE_ROUND);
  void calls.call('b', [1n], COMMUTING);
  await calls.end('closing');
  assert.deepEqual(calls.begun, ['closing', 'a']);
  await calls.end('a');
  assert.deepEqual(calls.begun, ['closing', 'a', 'lookup', 'b']);
  await calls.end('b');
  await calls.end('lookup');
  await calls.gate.idle();
});

for (const [name, second] of [['several rounds', COMMUTING] as const, ['one round', COMMUTING_ONCE] as const]) {
  test(`who comes behind a call of ${name} that commutes and has waited sees those that it waited for`, async () => {
    const calls = new Calls();
    void calls.call('closing', [1n], SEVERAL_ROUNDS);
    void calls.call('a', [1n], COMMUTING);
    void calls.call('b', [1n], second);
    void calls.call('lookup', [1n], ONE_ROUND);
    await calls.end('closing');
    await calls.end('b');
    assert.deepEqual(calls.begun, ['closing', 'a', 'b']);
    await calls.end('a');
    assert.deepEqual(calls.begun, ['closing', 'a', 'b', 'lookup']);
  });
}

test('the gate is idle once all calls have ended, whichever they were', async () => {
  const calls = new Calls();
  void calls.call('a', [1n], COMMUTING);
  void calls.call('b', [2n], SEVERAL_ROUNDS);
  let idle = false;
  void calls.gate.idle().then(() => {
    idle = true;
  });
  await calls.end('a');
  assert.equal(idle, false);
  await calls.end('b');
  await setImmediate();
  assert.equal(idle, true);
});
