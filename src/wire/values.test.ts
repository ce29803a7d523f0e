import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as model from '../model/index.ts';
import { Cells, encodeTransfer, recordSchemas, type TransferInput } from '../model/index.ts';
import { recordToJson } from './json.ts';
import { operationsByName, packEvents } from './operations.ts';
import { plainRecords } from './plain.ts';
import { packRecord, wideOf } from './values.ts';

const path = (): string => 'event';
const transfer = plainRecords.get('Transfer')!;

function packed(record: string, plain: unknown): Cells {
  const cells = Cells.of(128);
  packRecord(plainRecords.get(record)!, plain, cells, 0, path);
  return cells;
}

function flagsOf(flags: unknown): number {
  return packed('Transfer', { id: 1, amount: 0, flags }).view.getUint16(transfer.byName.get('flags')!.at, true);
}

test('wide numbers come in all forms that clients have, and leave as decimal text', () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number((value >> BigInt(8 * (15 - i))) & 0xffn);
  for (const form of [value, String(value), `0x${value.toString(16)}`, uuid, bytes])
    assert.equal(wideOf(form, path), value);
  assert.equal(wideOf(7, path), 7n);
  const shown = JSON.parse(recordToJson(transfer, packed('Transfer', { id: uuid, amount: 0 }), 0)) as { id: string };
  assert.equal(shown.id, String(value));
});

test('what is no number, negative, or too large is refused by name', () => {
  for (const wrong of [
    -1,
    -1n,
    1.5,
    Number.NaN,
    2 ** 53,
    '',
    '1e3',
    ' 1',
    '0x',
    {},
    [],
    true,
    2n ** 128n,
    new Uint8Array(15),
  ]) {
    assert.throws(() => packed('Transfer', { id: wrong }), {
      code: 'invalid_argument',
      message: /^event\.id must be /,
    });
  }
  assert.throws(() => packed('Transfer', { id: 1, user_data_64: 2n ** 64n }), /event\.user_data_64 must be/);
  assert.throws(() => packed('Transfer', { id: 1, code: 65536 }), /event\.code must be a whole number from 0 to 65535/);
});

test('unknown fields and missing ones are errors, flags may be names', () => {
  assert.throws(() => packed('Transfer', { id: 1, ammount: 5 }), /event has no field ammount/);
  assert.throws(() => packed('Account', { id: 1 }), /event\.ledger is missing/);
  assert.throws(() => packed('Transfer', 5), /event must be an object/);
  assert.equal(flagsOf(['linked', 'pending']), 3);
  assert.equal(flagsOf('linked|pending'), 3);
  assert.throws(() => flagsOf(['linkd']), /no member linkd/);
});

test('nothing is no number: not null, not a zero with a sign, not an amount that is left out', () => {
  for (const none of [null, -0, '-0', '-000', Number.NaN, '', [], {}, true, 0.1, 5e-324]) {
    for (const name of ['amount', 'user_data_64', 'ledger', 'code', 'flags']) {
      if (name === 'flags' && Array.isArray(none)) continue;
      assert.throws(() => packed('Transfer', { id: 1, amount: 1, [name]: none }), {
        code: 'invalid_argument',
        message: new RegExp(`^event\\.${name} (must be|has no member)`),
      });
    }
  }
  for (const flags of [undefined, [], 'linked', 'pending', 'post_pending_transfer', 4]) {
    const event = { id: 1, pending_id: 2, ...(flags === undefined ? {} : { flags }) };
    assert.throws(() => packed('Transfer', event), /event\.amount is missing/);
  }
  packed('Transfer', { id: 1, pending_id: 2, flags: 'linked|void_pending_transfer' });
});

test('whatever comes in, it is an event or a typed error', () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      try {
        packed('Transfer', anything);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'invalid_argument');
      }
    }),
    { numRuns: 2000 },
  );
});

const wide = (bits: number): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt(0n, 2n ** BigInt(bits) - 1n),
    fc.bigInt(0n, 2n ** 54n),
    fc.constantFrom(0n, 2n ** BigInt(bits) - 1n),
  );
const narrow = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const transfers = fc.record({
  id: wide(128),
  debit_account_id: wide(128),
  credit_account_id: wide(128),
  amount: wide(128),
  pending_id: wide(128),
  user_data_128: wide(128),
  user_data_64: wide(64),
  user_data_32: narrow(0xffff_ffff),
  timeout: narrow(0xffff_ffff),
  ledger: narrow(0xffff_ffff),
  code: narrow(0xffff),
  flags: narrow(0xffff),
  timestamp: wide(64),
});
const sum = (flags: readonly string[]): number =>
  flags.reduce((bits, name) => bits | (transfer.byName.get('flags')!.names!.get(name) ?? Number(name)), 0);
const nanosecondsOf64 = (date: string): bigint =>
  BigInt(Date.parse(`${date.slice(0, 19)}Z`)) * 1_000_000n + BigInt(date.slice(20, 29));
const forms: ((value: bigint) => unknown)[] = [
  (value) => value,
  String,
  (value) => `0x${value.toString(16)}`,
  (value) => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)),
];

test('a transfer is written as the typed API writes it, in every form of its numbers, and read back as it was', () => {
  fc.assert(
    fc.property(transfers, fc.constantFrom(...forms), (values: TransferInput, form) => {
      const expected = Cells.of(128);
      encodeTransfer(expected, 0, values);
      const plain = Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? form(value) : value,
      ]);
      const cells = packed('Transfer', Object.fromEntries(plain));
      assert.deepEqual(cells.bytes, expected.bytes);
      const shown = Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? String(value) : value,
      ]);
      const text = recordToJson(transfer, cells, 0);
      const { flags, timestamp_iso, ...others } = JSON.parse(text);
      assert.deepEqual({ ...others, flags: values.flags }, Object.fromEntries(shown));
      assert.equal(sum(flags), values.flags);
      assert.equal(timestamp_iso === undefined ? 0n : nanosecondsOf64(timestamp_iso), values.timestamp);
      assert.deepEqual(packed('Transfer', JSON.parse(text)).bytes, expected.bytes);
    }),
  );
});

test('events that were refused leave nothing behind in those that follow', () => {
  const operation = operationsByName.get('create_transfers')!;
  const wrong = [{ id: 1, amount: '340282366920938463463374607431768211455', code: 3 }, { id: -1 }];
  for (let i = 0; i < 1000; i++) {
    assert.throws(() => packEvents(operation, wrong), /events\[1\]\.id must be/);
    const { count, bytes } = packEvents(operation, [{ id: 0, amount: 0 }]);
    assert.equal(count, 1);
    assert.ok(bytes.every((byte) => byte === 0));
  }
});

test('filters have the limit of their operation, by default and at most', () => {
  for (const [name, event] of [
    ['get_account_transfers', { account_id: 1 }],
    ['query_accounts', {}],
    ['get_change_events', {}],
  ] as const) {
    const operation = operationsByName.get(name)!;
    const { bytes } = packEvents(operation, [event]);
    const at = operation.event!.byName.get('limit')!.at;
    assert.equal(new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true), operation.repliesMax);
    const limit = operation.repliesMax + 1;
    assert.throws(() => packEvents(operation, [{ ...event, limit }]), { code: 'too_much_data' });
    assert.throws(() => packEvents(operation, [event, event]), /takes one filter/);
  }
});

test('fields lie where the typed API has them', () => {
  let known = 0;
  for (const { name } of recordSchemas) {
    const offsets = (model as { readonly [name: string]: unknown })[`${name}Offset`] as {
      readonly [field: string]: number;
    };
    for (const field of plainRecords.get(name)!.fields) {
      assert.equal(field.at, offsets[field.name], `${name}.${field.name}`);
      known++;
    }
  }
  assert.ok(known > 80);
});
