import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AccountFlags, Cells, decodeAccount, decodeTransfer, encodeAccounts } from '../model/index.ts';
import { jsonSizeMax, objectToJson, plainNames, plainObject, recordToJson } from './json.ts';
import { plainRecords } from './plain.ts';
import { packRecord } from './values.ts';

const account = plainRecords.get('Account')!;
const path = (): string => 'account';

function packed(plain: unknown): Cells {
  const cells = Cells.of(128);
  packRecord(account, plain, cells, 0, path);
  return cells;
}

test('one account, spelled: names for flags, decimal text for what is wide, dates beside times', () => {
  const cells = Cells.of(128);
  const flags = AccountFlags.history | AccountFlags.debits_must_not_exceed_credits;
  const timestamp = 1_769_860_800_000_000_001n;
  encodeAccounts(cells, 0, [{ id: 2n ** 127n, ledger: 840, code: 7, user_data_64: 2n ** 63n, flags, timestamp }]);
  assert.equal(
    recordToJson(account, cells, 0),
    '{"id":"170141183460469231731687303715884105728","debits_pending":"0","debits_posted":"0","credits_pending":"0",' +
      '"credits_posted":"0","user_data_128":"0","user_data_64":"9223372036854775808","user_data_32":0,"ledger":840,' +
      '"code":7,"flags":["debits_must_not_exceed_credits","history"],"timestamp":"1769860800000000001",' +
      '"timestamp_iso":"2026-01-31T12:00:00.000000001Z"}',
  );
});

test('a time of zero is none, and has no date', () => {
  const pending = plainRecords.get('PendingTransfer')!;
  const plain = JSON.parse(recordToJson(pending, Cells.of(128), 0)) as { readonly [name: string]: unknown };
  assert.deepEqual([plain.timestamp, plain.expires_at, plain.state], ['0', '0', 'not_found']);
  for (const name of pending.byIso.keys()) assert.equal(plain[name], undefined, name);
});

test('any bytes of any record are spelled alike from memory and from objects, and are read back', () => {
  const records = [...plainRecords.values()];
  const bytes = fc.record({
    record: fc.constantFrom(...records),
    fill: fc.infiniteStream(fc.oneof(fc.constantFrom(0, 1, 0xff), fc.nat(255))),
  });
  fc.assert(
    fc.property(bytes, ({ record, fill }) => {
      const cells = Cells.of(record.size);
      for (let at = 0; at < record.size; at++) cells.bytes[at] = fill.next().value;
      const text = recordToJson(record, cells, 0);
      assert.ok(text.length <= jsonSizeMax(record), record.name);
      if (record.name === 'Account' || record.name === 'Transfer') {
        const object = (record.name === 'Account' ? decodeAccount : decodeTransfer)(cells, 0);
        assert.equal(objectToJson(record, object), text);
        assert.equal(JSON.stringify(plainObject(record, object)), text);
      }
      const names = Object.keys(JSON.parse(text) as object);
      assert.deepEqual(
        names,
        plainNames(record).filter((name) => names.includes(name)),
      );
      const again = Cells.of(record.size);
      packRecord(record, JSON.parse(text), again, 0, path);
      assert.equal(recordToJson(record, again, 0), text);
    }),
    { numRuns: 2000 },
  );
});

test('what was documented before is still read: flags as a number or as text, wide integers as numbers', () => {
  const said = { id: '1', ledger: 840, code: 1, user_data_64: '7', flags: ['linked', 'history'] };
  for (const older of [
    { ...said, flags: AccountFlags.linked | AccountFlags.history },
    { ...said, flags: 'linked|history' },
    { ...said, id: 1, user_data_64: 7 },
    { ...said, id: '0x1' },
    { ...said, id: '00000000-0000-0000-0000-000000000001' },
    { ...said, reserved: 0, timestamp: '0' },
  ]) {
    assert.deepEqual(packed(older).bytes, packed(said).bytes);
  }
});

test('a date may stand in place of the nanoseconds, or beside them if it is the same time', () => {
  const said = { id: 1, ledger: 840, code: 1 };
  const timestamp = '1769860800000000001';
  const timestamp_iso = '2026-01-31T13:00:00.000000001+01:00';
  const { bytes } = packed({ ...said, timestamp });
  assert.deepEqual(packed({ ...said, timestamp_iso }).bytes, bytes);
  assert.deepEqual(packed({ ...said, timestamp_iso, timestamp }).bytes, bytes);
  assert.deepEqual(packed({ ...said, timestamp, timestamp_iso }).bytes, bytes);
  for (const other of ['0', '1769860800000000002', 5]) {
    const message = /^account\.timestamp_iso is another time than timestamp$/;
    assert.throws(() => packed({ ...said, timestamp_iso, timestamp: other }), { code: 'invalid_argument', message });
  }
  for (const wrong of ['2026-04-31T00:00:00Z', '1969-12-31T23:59:59Z', '2026-01-31', 7, null, '']) {
    const message = /^account\.timestamp_iso must be a date and time/;
    assert.throws(() => packed({ ...said, timestamp_iso: wrong }), { code: 'invalid_argument', message });
  }
  assert.throws(() => packed({ ...said, id_iso: timestamp_iso }), /has no field id_iso/);
});
