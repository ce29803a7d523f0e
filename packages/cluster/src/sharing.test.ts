import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cells, NO_CONTEXT, Operation, TransferFlags, TransferOffset } from 'tallystick/internal';
import type { Asked } from './asked.ts';
import { Proposals } from './proposals.ts';
import { answerAll, eventsTogether, mayShare } from './sharing.ts';

const transfers = (count: number, flags = 0, fill = 0): Uint8Array => {
  const events = new Uint8Array(count * 128).fill(fill);
  for (let at: number = TransferOffset.flags; at < events.length; at += 128) {
    events[at] = flags & 0xff;
    events[at + 1] = flags >> 8;
  }
  return events;
};

interface Heard {
  readonly asked: Asked;
  answer: unknown;
}

function ask(operation: Operation, count: number, events: Uint8Array, read: Asked['read'] = () => undefined): Heard {
  const heard: { asked: Asked; answer: unknown } = { asked: undefined as never, answer: undefined };
  const hear = (answer: unknown): void => {
    heard.answer = answer;
  };
  const shares = mayShare(operation, count, events);
  const both = { resolve: hear, reject: hear, taken: false };
  heard.asked = { operation, count, events, read, context: NO_CONTEXT, shares, ...both };
  return heard;
}

test('a request shares a batch unless it is large, imports, or leaves a chain open', () => {
  const { create_transfers, create_accounts } = Operation;
  assert.equal(mayShare(create_transfers, 1, transfers(1)), true);
  assert.equal(mayShare(create_transfers, 256, transfers(256)), true);
  assert.equal(mayShare(create_transfers, 257, transfers(257)), false);
  assert.equal(mayShare(create_transfers, 0, transfers(0)), false);
  assert.equal(mayShare(create_transfers, 2, transfers(2, TransferFlags.imported)), false);
  assert.equal(mayShare(create_transfers, 2, transfers(2, TransferFlags.linked)), false);
  const closed = transfers(2, TransferFlags.linked);
  closed[128 + TransferOffset.flags] = 0;
  assert.equal(mayShare(create_transfers, 2, closed), true);
  assert.equal(mayShare(create_accounts, 1, new Uint8Array(128)), false);
});

test('neighbours that may share are one batch; reads and others keep their places between them', () => {
  const proposals = new Proposals();
  const of = (fill: number): Asked => ask(Operation.create_transfers, 1, transfers(1, 0, fill)).asked;
  const account = ask(Operation.create_accounts, 1, new Uint8Array(128)).asked;
  const read = ask(Operation.lookup_accounts, 1, new Uint8Array(16)).asked;
  for (const one of [of(1), of(2), read, of(3), account, of(4), of(5), of(6)]) proposals.add(one);
  assert.equal(proposals.size, 7 * 128 + 16);
  const { groups, events } = proposals.take(0)!;
  assert.deepEqual(
    groups.map(({ asked, count }) => [asked[0]!.operation, count]),
    [
      [Operation.create_transfers, 2],
      [Operation.lookup_accounts, 1],
      [Operation.create_transfers, 1],
      [Operation.create_accounts, 1],
      [Operation.create_transfers, 3],
    ],
  );
  assert.equal(events, 7);
  assert.equal(proposals.size, 0);
  assert.deepEqual(
    [...eventsTogether(groups[4]!)].filter((_, at) => at % 128 === 0),
    [4, 5, 6],
  );
});

test('each hears its own part of the reply, also beside one that cannot read its own', () => {
  const reading: Asked['read'] = (cells, at, size) => [...cells.bytes.subarray(at, at + size)];
  const throwing: Asked['read'] = () => {
    throw new Error('mine alone');
  };
  const heard = [reading, throwing, reading].map((read, index) =>
    ask(Operation.create_transfers, index + 1, transfers(index + 1), read),
  );
  const reply = Cells.of(128);
  for (let at = 0; at < 6; at++) reply.bytes[16 + at] = at;
  answerAll({ asked: heard.map(({ asked }) => asked), count: 6 })(reply, 16, 6, 9);
  assert.deepEqual(heard[0]!.answer, [0]);
  assert.match(String(heard[1]!.answer), /mine alone/);
  assert.deepEqual(heard[2]!.answer, [3, 4, 5]);
});
