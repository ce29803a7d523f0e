import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Cells, TallystickError } from 'tallystick/internal/model';
import { recordToJson } from '../../../../src/wire/json.ts';
import { operationsByName, packEvents } from '../../../../src/wire/operations.ts';
import { plainRecords } from '../../../../src/wire/plain.ts';
import { decodeMessage, packedReplyRoom, writePackedReply } from './messages.ts';
import { readTransfers } from './transfers.ts';

interface Understood {
  readonly id: unknown;
  readonly asArray: boolean;
  readonly bytes: Buffer;
}

/** A body as the library and our own checks understand it; undefined if they refuse it. */
function theLongWay(body: Uint8Array): Understood | undefined {
  try {
    const { id, operation, events, lane, asArray } = decodeMessage(body);
    if (lane !== undefined) return undefined;
    assert.equal(operation, 'create_transfers');
    const { bytes } = packEvents(operationsByName.get(operation)!, events);
    return { id, asArray, bytes: Buffer.from(bytes) };
  } catch (error) {
    if (error instanceof TallystickError) return undefined;
    throw error;
  }
}

/** In the middle of other bytes, as in a chunk; whether it was read. */
function readsTheSame(body: Uint8Array, behind: Uint8Array = Uint8Array.of(1, 2, 3)): boolean {
  const chunk = Buffer.concat([Uint8Array.of(0x93, 1), body, behind]);
  const read = readTransfers(chunk, 2, 2 + body.length);
  if (read === undefined) return false;
  const { id, asArray, count, bytes } = read;
  assert.equal(bytes.length, count * 128);
  assert.deepEqual({ id, asArray, bytes: Buffer.from(bytes) }, theLongWay(body), Buffer.from(body).toString('hex'));
  return true;
}

const wide = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.bigInt(0n, 2n ** 64n + 5n).map(String),
  fc.bigInt(0n, 2n ** 128n + 5n).map(String),
  fc.constantFrom('0', '00012', '999999999999999', '1000000000000000', '', '12x', '0x1f', '-1', ' 1', '1e3'),
  fc.uint8Array({ minLength: 15, maxLength: 17 }),
);
const narrow = fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(2 ** 32 - 1), fc.constantFrom(2 ** 32, 1.5, '7', true, -1));
const flags = fc.oneof(fc.nat(0x1ff), fc.constantFrom<unknown>('pending', ['linked'], 'linked|pending', 'nonsense'));
const unusual = fc.constantFrom<unknown>(null, undefined, 5n, [], {});
const often = <Value>(usual: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: unusual });

const fields: { [name: string]: fc.Arbitrary<unknown> } = {
  id: often(wide),
  debit_account_id: often(wide),
  credit_account_id: often(wide),
  amount: often(wide),
  pending_id: often(wide),
  user_data_128: often(wide),
  user_data_64: often(wide),
  user_data_32: often(narrow),
  timeout: often(narrow),
  ledger: often(narrow),
  code: often(narrow),
  flags: often(flags),
  timestamp: often(wide),
};
const plain = fc.tuple(
  fc.record({
    id: fc.nat(),
    debit_account_id: fc.nat(),
    credit_account_id: fc.bigInt(0n, 2n ** 128n - 1n).map(String),
    amount: fc.bigInt(0n, 2n ** 64n - 1n),
    ledger: fc.nat(),
    code: fc.nat(0xffff),
  }),
  fc.constant({}),
);
const odd = fc.tuple(fc.record(fields, { requiredKeys: [] }), fc.constantFrom({}, {}, {}, { ammount: 1 }));
/** In any order. */
const event = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: plain }, { weight: 2, arbitrary: odd }),
    fc.array(fc.nat(), { maxLength: 15 }),
  )
  .map(([[given, more], order]) => {
    const entries = Object.entries({ ...given, ...more }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(
      entries
        .map((entry, index) => ({ entry, at: order[index] ?? index }))
        .sort((a, b) => a.at - b.at)
        .map(({ entry }) => entry),
    );
  });
const message = fc
  .record({
    id: fc.oneof(fc.nat(), fc.nat(2 ** 32), fc.constantFrom<unknown>('mine', -1, 1.5, 2n ** 40n)),
    events: fc.oneof(
      { weight: 6, arbitrary: fc.array(event, { maxLength: 3 }) },
      { weight: 3, arbitrary: fc.array(event, { maxLength: 20 }) },
      fc.constantFrom<unknown>({}, null, 1),
    ),
    shape: fc.constantFrom('array', 'map', 'map backwards', 'lane'),
  })
  .map(({ id, events, shape }) => {
    const op = 'create_transfers';
    if (shape === 'array') return [id, op, events];
    if (shape === 'map') return { id, op, events };
    return shape === 'lane' ? [id, op, events, 'high'] : { events, op, id };
  })
  .map((value) => encode(value, { useBigInt64: true }));

test('what the short way reads, the long way reads the same; it reads what is plain', () => {
  let read = 0;
  let runs = 0;
  fc.assert(
    fc.property(message, (body) => {
      runs++;
      if (readsTheSame(body)) read++;
    }),
    { numRuns: 5000 },
  );
  assert.ok(read > runs / 10, `${read} of ${runs} were read`);
});

test('bytes that were changed, cut or added are read the same or not at all', () => {
  const change = fc.record({ at: fc.nat(2000), to: fc.nat(255), how: fc.constantFrom('set', 'cut', 'add', 'drop') });
  fc.assert(
    fc.property(
      message,
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.uint8Array({ maxLength: 40 }),
      (original, changes, behind) => {
        let body = Buffer.from(original);
        for (const { at, to, how } of changes) {
          const place = at % body.length;
          if (how === 'set') body[place] = to;
          if (how === 'add') body = Buffer.concat([body.subarray(0, place), Uint8Array.of(to), body.subarray(place)]);
          if (how === 'drop') body = Buffer.concat([body.subarray(0, place), body.subarray(place + 1)]);
          if (how === 'cut') body = body.subarray(0, Math.max(1, place));
          if (body.length === 0) return;
        }
        readsTheSame(body, behind);
      },
    ),
    { numRuns: 10_000 },
  );
});

test('a claim of many events in few bytes is not believed', () => {
  const body = Buffer.concat([
    Uint8Array.of(0x93, 1),
    encode('create_transfers'),
    Uint8Array.of(0xdc, 0x1f, 0xfd, 0x80),
  ]);
  assert.equal(readTransfers(body, 0, body.length), undefined);
});

test('numbers of every width, wide text and 16 bytes are read the short way', () => {
  const transfer = {
    id: '340282366920938463463374607431768211455',
    debit_account_id: 1,
    credit_account_id: 300,
    amount: '70000',
  };
  const more = {
    user_data_128: new Uint8Array(16).fill(7),
    user_data_64: 2n ** 64n - 1n,
    ledger: 70_000,
    code: 9,
    flags: 3,
    timeout: 200,
  };
  for (const id of [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1]) {
    assert.ok(
      readsTheSame(encode({ id, op: 'create_transfers', events: [{ ...transfer, ...more }] }, { useBigInt64: true })),
    );
  }
});

test('records are written as the library reads them, spelled as in JSON', () => {
  const records = [...plainRecords.values()];
  const arbitrary = fc.record({
    record: fc.constantFrom(...records),
    count: fc.nat(20),
    fill: fc.infiniteStream(fc.oneof(fc.constantFrom(0, 0xff), fc.nat(255))),
    id: fc.oneof(fc.nat(), fc.nat(2 ** 32), fc.string(), fc.double({ noNaN: true })),
    asArray: fc.boolean(),
    op: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  });
  fc.assert(
    fc.property(arbitrary, ({ record, count, fill, id, asArray, op }) => {
      const cells = Cells.of(32 + count * record.size);
      for (let i = 32; i < cells.bytes.length; i++) cells.bytes[i] = fill.next().value;
      const to = Buffer.alloc(7 + packedReplyRoom({ id, asArray }, record, count));
      const end = writePackedReply(to, 7, { id, asArray }, record, cells, 32, count * record.size, op);
      assert.ok(end > 0 && end <= to.length);
      assert.equal(to.readUInt32BE(7), end - 11);
      const reply = decode(to.subarray(11, end), { useBigInt64: true });
      const { 0: first, 2: third, 3: fourth } = reply as unknown[];
      const map = reply as { readonly id: unknown; readonly results: unknown; readonly op: unknown };
      const [heard, results, vouched] = asArray ? [first, third, fourth] : [map.id, map.results, map.op];
      assert.equal(vouched, op === 0 ? undefined : op < 2 ** 32 ? op : BigInt(op));
      assert.equal(typeof heard === 'number' ? heard + 0 : heard, typeof id === 'number' ? id + 0 : id);
      const expected = Array.from({ length: count }, (_, index) =>
        Object.fromEntries(
          Object.entries(JSON.parse(recordToJson(record, cells, 32 + index * record.size)) as object).filter(
            ([name]) => !record.byIso.has(name),
          ),
        ),
      );
      assert.deepEqual(results, expected);
    }),
    { numRuns: 500 },
  );
});
