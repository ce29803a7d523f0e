import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { type Duration, dateOf, isoOf, nanosecondsIn, nanosecondsOf, timeoutOf } from '../../src/helpers/time.ts';
import { AccountFlags, open, TransferFlags } from '../../src/index.ts';

const MAX = 2n ** 63n - 1n;
const invalid = { code: 'invalid_argument' };
const timestamps = fc.bigInt({ min: 0n, max: MAX });

test('every timestamp is the same after it was text', () => {
  fc.assert(fc.property(timestamps, (timestamp) => nanosecondsOf(isoOf(timestamp)) === timestamp));
  assert.equal(isoOf(0n), '1970-01-01T00:00:00.000000000Z');
  assert.equal(isoOf(MAX), '2262-04-11T23:47:16.854775807Z');
});

test('texts sort as their timestamps do', () => {
  fc.assert(fc.property(timestamps, timestamps, (a, b) => a < b === isoOf(a) < isoOf(b)));
});

test('every Date from 1970 on is the same after it was a timestamp', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('2262-01-01'), noInvalidDate: true });
  fc.assert(fc.property(dates, (date) => dateOf(nanosecondsOf(date)).getTime() === date.getTime()));
});

test('a Date is never later than its timestamp, and less than a millisecond earlier', () => {
  fc.assert(
    fc.property(timestamps, (timestamp) => {
      const off = timestamp - nanosecondsOf(dateOf(timestamp));
      assert.ok(off >= 0n && off < 1_000_000n);
    }),
  );
});

test('zones and digits behind the second are read as they are written', () => {
  const noon = nanosecondsOf('2026-01-31T12:00:00Z');
  assert.equal(noon, 1769860800_000000000n);
  assert.equal(nanosecondsOf('2026-01-31T13:30:00+01:30'), noon);
  assert.equal(nanosecondsOf('2026-01-31T04:00:00.000-08:00'), noon);
  assert.equal(nanosecondsOf('2026-01-31T12:00:00.5Z'), noon + 500_000_000n);
  assert.equal(nanosecondsOf('2026-01-31T12:00:00.000000001Z'), noon + 1n);
  assert.equal(nanosecondsOf('2024-02-29T00:00:00Z'), BigInt(Date.UTC(2024, 1, 29)) * 1_000_000n);
});

test('a time that does not exist, or has no zone, is refused', () => {
  const texts = [
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:59:60Z',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00.0000000001Z',
    '2026-01-31 12:00:00Z',
    '2026-01-31',
    '1769860800',
    '',
    '1969-12-31T23:59:59Z',
    '2262-04-11T23:47:16.854775808Z',
    '9999-01-01T00:00:00Z',
  ];
  for (const text of texts) assert.throws(() => nanosecondsOf(text), invalid, text);
  for (const time of [new Date(Number.NaN), new Date(-1), 0, 1n, null, undefined, {}]) {
    assert.throws(() => nanosecondsOf(time as Date), invalid, String(time));
  }
});

test('a Date of another realm is a Date', () => {
  const date = runInNewContext('new Date(1500)') as Date;
  assert.equal(date instanceof Date, false);
  assert.equal(nanosecondsOf(date), 1_500_000_000n);
});

test('what is no timestamp is refused', () => {
  for (const value of [-1n, MAX + 1n, 1, '1', undefined]) {
    assert.throws(() => isoOf(value as bigint), invalid);
    assert.throws(() => dateOf(value as bigint), invalid);
  }
});

test('a duration is the sum of its parts', () => {
  assert.equal(nanosecondsIn({ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }), 90_061_001_000_000n);
  assert.equal(nanosecondsIn({ seconds: 0 }), 0n);
  assert.equal(timeoutOf({ days: 7 }), 604_800);
  assert.equal(timeoutOf({ milliseconds: 2000 }), 2);
  assert.equal(timeoutOf({ seconds: 2 ** 32 - 1 }), 2 ** 32 - 1);
});

test('what is no duration is refused, and so is a timeout that would mean never', () => {
  const wrong = [{}, { days: -1 }, { days: 1.5 }, { days: 1n }, { weeks: 1 }, { seconds: Number.NaN }, null, 7];
  for (const each of wrong) assert.throws(() => nanosecondsIn(each as Duration), invalid);
  for (const each of [{ seconds: 0 }, { milliseconds: 1500 }, { seconds: 2 ** 32 }, { days: 100_000 }]) {
    assert.throws(() => timeoutOf(each), invalid);
  }
});

test('units are those that the ledger takes: a hold of a day is gone after a day', async () => {
  const start = nanosecondsOf('2026-01-01T00:00:00Z');
  await using ledger = await open(':memory:', { now: start });
  await ledger.createAccounts([
    { id: 1n, ledger: 1, code: 1 },
    { id: 2n, ledger: 1, code: 1, flags: AccountFlags.history },
  ]);
  const hold = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };
  await ledger.createTransfers([{ ...hold, flags: TransferFlags.pending, timeout: timeoutOf({ days: 1 }) }]);
  const pending = async () => (await ledger.lookupAccounts([2n]))[0]!.credits_pending;
  await ledger.advance(nanosecondsIn({ hours: 23, minutes: 59 }));
  assert.equal(await pending(), 1n);
  await ledger.advance(nanosecondsIn({ minutes: 2 }));
  assert.equal(await pending(), 0n);
  const [transfer] = await ledger.lookupTransfers([1n]);
  assert.equal(isoOf(transfer!.timestamp).slice(0, 23), '2026-01-01T00:00:00.000');
});
