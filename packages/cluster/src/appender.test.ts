import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Appender } from './appender.ts';
import type { Appended, Order } from './order.ts';
import { type Entry, entryBehind, Kind, NOWHERE, type Place } from './record.ts';

const author = { ledgerId: 1n, node: 0 };

/** A stream that stores by the rule, and whose answers get lost as the test says. */
class FakeStream {
  readonly stored: Uint8Array[] = [];
  /** What becomes of the next attempts; afterwards all is well. */
  readonly fates: ('lost before' | 'lost after' | 'well')[] = [];
  attempts = 0;

  async append(bytes: Uint8Array, last: number): Promise<Appended> {
    const fate = this.fates[this.attempts++] ?? 'well';
    if (fate === 'lost before') return this.#later('unknown');
    if (last !== this.stored.length) return this.#later('refused');
    this.stored.push(bytes);
    return this.#later(fate === 'lost after' ? 'unknown' : 'stored');
  }

  async read(sequence: number): Promise<Uint8Array | undefined> {
    return this.stored[sequence - 1];
  }

  async #later(outcome: Appended): Promise<Appended> {
    await pause(1);
    return outcome;
  }
}

function entries(count: number, from: Place = NOWHERE, node = 0): Entry[] {
  const made: Entry[] = [];
  for (let k = 0; k < count; k++) {
    made.push(entryBehind(made.at(-1) ?? from, { ...author, node }, { kind: Kind.proof }));
  }
  return made;
}

async function appended(stream: FakeStream, all: readonly Entry[]): Promise<{ told: number[]; fenced: boolean }> {
  const told: number[] = [];
  return new Promise((resolve, reject) => {
    const appender = new Appender(stream as unknown as Order, {
      stored: ({ sequence }) => {
        told.push(sequence);
        if (told.length === all.length) resolve({ told, fenced: false });
      },
      fenced: () => resolve({ told, fenced: true }),
      failed: reject,
    });
    for (const entry of all) appender.append(entry);
  });
}

test('appends are told in order, each once, whatever gets lost on the way', async () => {
  for (const fate of ['lost before', 'lost after'] as const) {
    for (let lost = 0; lost < 4; lost++) {
      const stream = new FakeStream();
      for (let k = 0; k < lost; k++) stream.fates.push('well');
      stream.fates.push(fate);
      const all = entries(4);
      assert.deepEqual(await appended(stream, all), { told: [1, 2, 3, 4], fenced: false }, `${fate}, number ${lost}`);
      assert.deepEqual(
        stream.stored,
        all.map(({ bytes }) => bytes),
      );
    }
  }
});

test('whoever finds another message at his place is fenced, and tells nothing behind it', async () => {
  const stream = new FakeStream();
  const all = entries(3);
  stream.stored.push(all[0]!.bytes);
  const [other] = entries(1, all[0]!, 7);
  stream.stored.push(other!.bytes);
  const outcome = await appended(stream, all);
  assert.deepEqual(outcome, { told: [1], fenced: true });
  // The stream compares numbers: the third fits behind the other one's second. It is void, as its epoch is over.
  assert.deepEqual(stream.stored.slice(2), [all[2]!.bytes]);
});

test('an appender that has ended tells nothing', async () => {
  const stream = new FakeStream();
  const appender = new Appender(stream as unknown as Order, {
    stored: () => assert.fail('told after the end'),
    fenced: () => assert.fail('fenced after the end'),
    failed: () => assert.fail('failed after the end'),
  });
  for (const entry of entries(3)) appender.append(entry);
  appender.end();
  await pause(50);
  assert.equal(stream.attempts, 3);
});
