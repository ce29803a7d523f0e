import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeNumber } from '../journal/index.ts';
import { CELL_SIZE, Cells, type Context, HeaderOffset, type Once, Operation } from '../model/index.ts';
import { partsCells, putRequests } from './parts.ts';
import { ReplyWindow, resultsOf, type WindowLimits } from './reply-window.ts';

const REPLY_AT = 64 * CELL_SIZE;
const generous: WindowLimits = { sessionsMax: 10, repliesMax: 10, bytesMax: 100_000 };

function of(session: string, request: number, more: Partial<Once> = {}): Once {
  return { session: session.repeat(16), request, checksum: 7, answered: 0, again: { since: 0 }, ...more };
}

/** Results as the kernel writes them: [timestamp, status] each. */
type Results = readonly (readonly [timestamp: bigint, status: number])[];
const created = (first: bigint, count = 1): Results =>
  Array.from({ length: count }, (_, index) => [first + BigInt(index), 0xffff_ffff] as const);

/** A batch in a memory of its own, and what it was answered. */
function batch(op: number, context: Context, results: Results): Cells {
  const cells = Cells.of(REPLY_AT + results.length * 16);
  const { view } = cells;
  writeNumber(view, HeaderOffset.op, op);
  view.setUint32(HeaderOffset.count, results.length, true);
  view.setUint32(HeaderOffset.cells, results.length + partsCells(context.parts), true);
  view.setUint16(HeaderOffset.operation, Operation.create_transfers, true);
  putRequests(cells, 0, CELL_SIZE * (1 + results.length), context);
  for (const [index, [timestamp, status]] of results.entries()) {
    view.setBigUint64(REPLY_AT + index * 16, timestamp, true);
    view.setUint32(REPLY_AT + index * 16 + 8, status, true);
  }
  return cells;
}

function record(window: ReplyWindow, op: number, once: Once, results: Results = created(BigInt(op) * 100n)): void {
  window.record(batch(op, { once }, results), 0, REPLY_AT);
}

/** What the window answers: the results, or why there are none. */
function answer(window: ReplyWindow, once: Once, count = 1): Results | string {
  const found = window.find(once, count);
  if (found.kind !== 'reply') return found.kind;
  const { view, bytes } = resultsOf(found.reply);
  return Array.from({ length: bytes.length / 16 }, (_, index) => [
    view.getBigUint64(index * 16, true),
    view.getUint32(index * 16 + 8, true),
  ]);
}

test('a reply is kept as it was, whatever its statuses and timestamps, across words of 32 bits', () => {
  const window = new ReplyWindow(0, generous);
  const results: Results = [...created(2n ** 32n - 2n, 4), [5n, 46], [6n, 46], [9n, 1], ...created(2n ** 63n, 2)];
  record(window, 1, of('a', 1), results);
  assert.deepEqual(answer(window, of('a', 1), results.length), results);
  assert.equal(answer(window, of('a', 2)), 'absent');
  assert.equal(answer(window, of('b', 1)), 'absent');
});

test('of requests that share a batch each has its own part, and those without a session have none', () => {
  const window = new ReplyWindow(0, generous);
  const parts = [
    { first: 0, count: 2, once: of('a', 1) },
    { first: 3, count: 1, once: of('b', 1) },
    { first: 4, count: 5, once: of('a', 2) },
  ];
  const results: Results = [...created(10n, 4), [3n, 46], [4n, 46], ...created(20n, 3)];
  window.record(batch(1, { parts }, results), 0, REPLY_AT);
  for (const { first, count, once } of parts) {
    assert.deepEqual(answer(window, once, count), results.slice(first, first + count));
  }
  assert.equal(window.sessions, 2);
  record(window, 2, of('\0', 0));
  assert.equal(window.sessions, 2, 'a batch without a session is in no window');
});

test('another request under a number is told from the same one, and one of 2^32 requests ago from both', () => {
  const window = new ReplyWindow(0, generous);
  record(window, 5, of('a', 1));
  assert.equal(answer(window, of('a', 1, { checksum: 8 })), 'other');
  assert.equal(answer(window, of('a', 1), 2), 'other');
  assert.equal(answer(window, of('a', 1, { again: { since: 5 } })), 'absent');
  assert.deepEqual(answer(window, of('a', 1, { again: { since: 4 } })), created(500n));
});

test('replies that a client has heard go, and are never missed', () => {
  const window = new ReplyWindow(0, generous);
  for (let request = 1; request <= 6; request++) record(window, request, of('a', request, { answered: request - 1 }));
  assert.deepEqual(answer(window, of('a', 6)), created(600n));
  assert.equal(answer(window, of('a', 4)), 'absent');
  const empty = new ReplyWindow(0, generous).bytes;
  assert.ok(window.bytes - empty < 200, `${window.bytes} bytes are kept for two replies`);
  // Numbers begin again.
  record(window, 7, of('b', 0xffff_ffff));
  record(window, 8, of('b', 0, { answered: 0 }));
  assert.equal(answer(window, of('b', 0xffff_ffff)), 'absent');
  assert.deepEqual(answer(window, of('b', 0)), created(800n));
});

test('a reply that was let go is told from one that there never was, by the op that the client knew', () => {
  const window = new ReplyWindow(0, { ...generous, repliesMax: 3 });
  for (let request = 1; request <= 5; request++) record(window, request, of('a', request));
  assert.equal(answer(window, of('a', 2, { again: { since: 1 } })), 'expired');
  assert.equal(answer(window, of('a', 9, { again: { since: 1 } })), 'expired');
  assert.equal(answer(window, of('a', 9, { again: { since: 2 } })), 'absent', 'whatever came later is still there');
  assert.equal(answer(window, of('a', 2, { again: { since: undefined } })), 'absent', 'the caller did not ask');
  assert.equal(answer(window, of('b', 1, { again: { since: 0 } })), 'absent', 'nothing of other sessions was let go');
});

test('sessions and bytes are bounded; those go first that were longest not heard of', () => {
  const window = new ReplyWindow(0, { ...generous, sessionsMax: 2 });
  record(window, 1, of('a', 1));
  record(window, 2, of('b', 1));
  record(window, 3, of('a', 2));
  record(window, 4, of('c', 1));
  assert.equal(window.sessions, 2);
  assert.equal(answer(window, of('b', 1, { again: { since: 1 } })), 'expired');
  assert.equal(answer(window, of('b', 1, { again: { since: 2 } })), 'absent');
  assert.deepEqual(answer(window, of('a', 1)), created(100n));
  // A session that comes back cannot know what it has lost.
  record(window, 5, of('b', 2));
  assert.equal(answer(window, of('b', 1, { again: { since: 1 } })), 'expired');

  const small = new ReplyWindow(0, { ...generous, bytesMax: 300 });
  for (let op = 1; op <= 50; op++) {
    const odd: Results = Array.from({ length: (op % 5) + 1 }, (_, index) => [BigInt(op * 10 - index), index]);
    record(small, op, of(op % 3 === 0 ? 'x' : 'y', op), odd);
    assert.ok(small.bytes <= 300);
  }
  assert.equal(answer(small, of('y', 1)), 'expired');
});

test('the window is the same again from its bytes, and any other bytes are none', () => {
  const window = new ReplyWindow(3, { ...generous, sessionsMax: 3, repliesMax: 4 });
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed % below;
  };
  let copy = ReplyWindow.of(window.toBytes(), { ...generous, sessionsMax: 3, repliesMax: 4 })!;
  for (let op = 4; op < 200; op++) {
    const once = of('abcde'[random(5)]!, op, { answered: op - random(6) });
    const results: Results = Array.from({ length: 1 + random(4) }, () => [BigInt(random(4)), random(2)]);
    const cells = batch(op, { once }, results);
    window.record(cells, 0, REPLY_AT);
    copy.record(cells, 0, REPLY_AT);
    assert.deepEqual(copy.toBytes(), window.toBytes());
    assert.equal(copy.bytes, window.bytes);
    copy = ReplyWindow.of(window.toBytes(), { ...generous, sessionsMax: 3, repliesMax: 4 })!;
  }
  const bytes = window.toBytes();
  for (let size = 0; size < bytes.length; size++) assert.equal(ReplyWindow.of(bytes.subarray(0, size)), undefined);
  assert.equal(ReplyWindow.of(new Uint8Array([...bytes, 0])), undefined);
});
