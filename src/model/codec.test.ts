import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Account,
  AccountFilterFlags,
  Cells,
  decodeAccount,
  decodeAccountFilter,
  decodeChangeEvent,
  decodeChangeEventsFilter,
  decodeCreateTransferResult,
  decodeQueryFilter,
  decodeTransfer,
  decodeTransfers,
  encodeAccount,
  encodeAccountFilter,
  encodeChangeEventsFilter,
  encodeIds,
  encodeQueryFilter,
  encodeTransfer,
  encodeTransfers,
  formatUuid,
  parseUuid,
  TallystickError,
  type Transfer,
  TransferFlags,
} from './index.ts';
import { type FieldType, records } from './schema.ts';

const values: Record<FieldType, fc.Arbitrary<bigint | number>> = {
  u128: fc.oneof(
    fc.constantFrom(0n, 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 128n - 1n),
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  ),
  u64: fc.oneof(fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 64n - 1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  u32: fc.integer({ min: 0, max: 0xffff_ffff }),
  u16: fc.integer({ min: 0, max: 0xffff }),
  u8: fc.integer({ min: 0, max: 0xff }),
};

/** Any record of that name, from the schema itself. */
function anyOf<T>(name: string): fc.Arbitrary<T> {
  const fields = records.find((record) => record.name === name)!.fields.filter((field) => field.bytes === undefined);
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, values[field.type]])), {
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<T>;
}

/** Memory full of ones, so that what is not written shows. */
const dirty = (size: number): Cells => {
  const cells = Cells.of(size);
  cells.bytes.fill(0xff);
  return cells;
};

const pairs = [
  ['Account', 128, encodeAccount, decodeAccount],
  ['Transfer', 128, encodeTransfer, decodeTransfer],
  ['AccountFilter', 128, encodeAccountFilter, decodeAccountFilter],
  ['QueryFilter', 64, encodeQueryFilter, decodeQueryFilter],
  ['ChangeEventsFilter', 64, encodeChangeEventsFilter, decodeChangeEventsFilter],
] as const;

for (const [name, size, encode, decode] of pairs) {
  test(`what is written as ${name} is read back, its padding is zero, and its neighbours stay`, () => {
    fc.assert(
      fc.property(anyOf<never>(name), (record) => {
        const cells = dirty(3 * size);
        encode(cells, size, record);
        assert.deepEqual(decode(cells, size), record);
        const padding = records.find((item) => item.name === name)!;
        let at = size;
        for (const field of padding.fields) {
          const length = field.bytes ?? { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 }[field.type];
          if (field.bytes !== undefined) assert.ok(cells.bytes.subarray(at, at + length).every((byte) => byte === 0));
          at += length;
        }
        assert.ok(cells.bytes.subarray(0, size).every((byte) => byte === 0xff));
        assert.ok(cells.bytes.subarray(2 * size).every((byte) => byte === 0xff));
      }),
    );
  });
}

test('fields lie where the wire has them', () => {
  const cells = dirty(128);
  encodeTransfer(cells, 0, {
    id: 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100n,
    debit_account_id: 1n,
    credit_account_id: 2n,
    amount: 3n,
    pending_id: 4n,
    user_data_128: 5n,
    user_data_64: 6n,
    user_data_32: 7,
    timeout: 8,
    ledger: 9,
    code: 10,
    flags: 11,
    timestamp: 12n,
  });
  assert.deepEqual(
    [...cells.bytes.subarray(0, 16)],
    Array.from({ length: 16 }, (_, index) => index),
  );
  const offsets: [at: number, value: number][] = [
    [16, 1],
    [32, 2],
    [48, 3],
    [64, 4],
    [80, 5],
    [96, 6],
    [104, 7],
    [108, 8],
    [112, 9],
    [116, 10],
    [118, 11],
    [120, 12],
  ];
  for (const [at, value] of offsets) assert.equal(cells.bytes[at], value, `byte ${at}`);
});

test('what is left out is zero, or the filter that finds most', () => {
  const cells = dirty(128);
  encodeTransfer(cells, 0, { id: 1n, flags: TransferFlags.void_pending_transfer });
  const blank = {
    debit_account_id: 0n,
    credit_account_id: 0n,
    amount: 0n,
    pending_id: 0n,
    user_data_128: 0n,
    user_data_64: 0n,
  };
  const numbers = { user_data_32: 0, timeout: 0, ledger: 0, code: 0, flags: 8, timestamp: 0n };
  assert.deepEqual(decodeTransfer(cells, 0), { id: 1n, ...blank, ...numbers });

  encodeAccountFilter(cells, 0, { account_id: 1n });
  assert.equal(decodeAccountFilter(cells, 0).limit, 8189);
  assert.equal(decodeAccountFilter(cells, 0).flags, AccountFilterFlags.debits | AccountFilterFlags.credits);
  encodeQueryFilter(cells, 0, {});
  assert.equal(decodeQueryFilter(cells, 0).limit, 8189);
  encodeChangeEventsFilter(cells, 0, {});
  assert.equal(decodeChangeEventsFilter(cells, 0).limit, 2730);
});

test('many lie packed', () => {
  fc.assert(
    fc.property(fc.array(anyOf<Transfer>('Transfer'), { maxLength: 20 }), (transfers) => {
      const cells = dirty(21 * 128);
      encodeTransfers(cells, 128, transfers);
      assert.deepEqual(decodeTransfers(cells, 128, transfers.length * 128), transfers);
    }),
  );
});

test('a result carries its padding as `reserved: 0`, as programs that compare whole results expect', () => {
  const cells = Cells.of(16);
  cells.view.setBigUint64(0, 77n, true);
  cells.view.setUint32(8, 0xffff_ffff, true);
  assert.deepEqual(decodeCreateTransferResult(cells, 0), { timestamp: 77n, status: 0xffff_ffff, reserved: 0 });
});

test('a change event is read from where the wire has it', () => {
  const fields = records.find((record) => record.name === 'ChangeEvent')!.fields;
  const cells = Cells.of(384);
  const expected: Record<string, bigint | number> = {};
  let at = 0;
  for (const [index, field] of fields.entries()) {
    if (field.bytes === undefined) {
      cells.bytes[at] = index + 1;
      expected[field.name] = field.type === 'u128' || field.type === 'u64' ? BigInt(index + 1) : index + 1;
    }
    at += field.bytes ?? { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 }[field.type];
  }
  assert.deepEqual(decodeChangeEvent(cells, 0), expected);
});

const account: Account = {
  id: 1n,
  debits_pending: 0n,
  debits_posted: 0n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  reserved: 0,
  ledger: 1,
  code: 1,
  flags: 0,
  timestamp: 0n,
};

const refusals: [why: string, event: unknown, message: string][] = [
  ['no element', undefined, 'id must be defined'],
  ['null', null, 'id must be defined'],
  ['a number for an element', 5, 'id must be a BigInt'],
  ['an id missing', {}, 'id must be a BigInt'],
  ['an id that is null', { ...account, id: null }, 'id must be a BigInt'],
  ['a number for a u128', { ...account, id: 1 }, 'id must be a BigInt'],
  ['text that is no UUID', { ...account, id: '01890a5d-ac96-774b-bcce' }, 'id must be a BigInt'],
  [
    'text for a balance, even of a UUID',
    { ...account, debits_posted: '01890a5d-ac96-774b-bcce-b302099a8057' },
    'debits_posted must be a BigInt',
  ],
  ['a negative u128', { ...account, id: -1n }, 'id must be positive'],
  ['a very negative u128', { ...account, id: -(2n ** 300n) }, 'id must be positive'],
  ['2^128', { ...account, id: 2n ** 128n }, 'id must fit in 128 bits'],
  ['2^300', { ...account, id: 2n ** 300n }, 'id must fit in 128 bits'],
  ['a number for a u64', { ...account, user_data_64: 1 }, 'user_data_64 must be an unsigned 64-bit BigInt'],
  ['a negative u64', { ...account, user_data_64: -1n }, 'user_data_64 conversion was lossy'],
  ['2^64', { ...account, timestamp: 2n ** 64n }, 'timestamp conversion was lossy'],
  ['text for a u32', { ...account, user_data_32: '1' }, 'user_data_32 must be a number'],
  ['a bigint for a u32', { ...account, ledger: 1n }, 'ledger must be a number'],
  ['no ledger', { ...account, ledger: undefined }, 'ledger must be a number'],
  ['no code', { ...account, code: undefined }, 'code must be a number'],
  ['text for a u16', { ...account, code: '1' }, 'code must be a number'],
  ['2^16 for a u16', { ...account, code: 65_536 }, 'code must be a u16.'],
  ['-1 for a u16', { ...account, flags: -1 }, 'flags must be a u16.'],
  [
    'two bad fields: the first in the record',
    { ...account, code: 65_536, ledger: 'x', user_data_64: -1n },
    'user_data_64 conversion was lossy',
  ],
];

for (const [why, event, message] of refusals) {
  test(`refused in the known words: ${why}`, () => {
    assert.throws(
      () => encodeAccount(dirty(128), 0, event as Account, false),
      (error: unknown) => {
        assert.ok(error instanceof TallystickError);
        assert.equal(error.code, 'invalid_argument');
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}

test('the first bad element is named by its first bad field, even if a later one is bad earlier in the record', () => {
  const transfers = [
    { id: 1n, amount: 0n },
    { id: 2n, amount: 0n, code: -1 },
    { id: -1n, amount: 0n },
  ];
  assert.throws(() => encodeTransfers(dirty(512), 0, transfers, false), { message: 'code must be a u16.' });
  assert.throws(() => encodeTransfers(dirty(512), 0, transfers), {
    message: 'events[1].code must be a u16.',
    index: 1,
    field: 'code',
  });
});

test('the ids of a lookup are called lookup, or named by their place', () => {
  const wrong = [1n, undefined as unknown as bigint];
  assert.throws(() => encodeIds(dirty(64), 0, wrong, false), { message: 'lookup must be a BigInt' });
  assert.throws(() => encodeIds(dirty(64), 0, [-1n], false), { message: 'lookup must be positive' });
  assert.throws(() => encodeIds(dirty(64), 0, [2n ** 128n], false), { message: 'lookup must fit in 128 bits' });
  assert.throws(() => encodeIds(dirty(64), 0, wrong), { message: 'ids[1].id must be a BigInt', index: 1 });
});

test('u32 wraps as `>>> 0` does, for those who are not exact', () => {
  const cells = dirty(128);
  const written = [-1, 1.9, Number.NaN, 2 ** 32, 4_294_967_295];
  const read = written.map((value) => {
    encodeAccount(cells, 0, { ...account, user_data_32: value }, false);
    return decodeAccount(cells, 0).user_data_32;
  });
  assert.deepEqual(read, [4_294_967_295, 1, 0, 0, 4_294_967_295]);
});

test('the text of a UUID is the u128 that it prints, in either case, and prints back', () => {
  const text = '01890a5d-ac96-774b-bcce-b302099a8057';
  const cells = dirty(128);
  encodeTransfer(cells, 0, { id: text, debit_account_id: text.toUpperCase(), amount: 0n, user_data_128: text });
  const { id, debit_account_id, user_data_128 } = decodeTransfer(cells, 0);
  assert.equal(id, 0x01890a5dac96774bbcceb302099a8057n);
  assert.equal(debit_account_id, id);
  assert.equal(user_data_128, id);
  assert.equal(formatUuid(id), text);
  fc.assert(fc.property(values.u128, (value) => assert.equal(parseUuid(formatUuid(value as bigint)), value)));
  assert.equal(parseUuid(text.replaceAll('-', '')), undefined);
});
