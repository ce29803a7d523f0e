/** The one reader of dates and times, against `Date` and against what no calendar has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoText, momentOf, TimeTexts } from './moment.ts';

test('every second of ten thousand years is what Date makes of it', () => {
  const first = Date.parse('0000-01-01T00:00:00Z') / 1000;
  fc.assert(
    fc.property(fc.integer({ min: first, max: 253_402_300_799 }), (seconds) => {
      const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
      assert.equal(momentOf(text), BigInt(seconds) * 1_000_000_000n, text);
    }),
    { numRuns: 2000 },
  );
  for (const text of ['0000-01-01T00:00:00Z', '0000-02-29T00:00:00Z', '1600-02-29T00:00:00Z', '9999-12-31T23:59:59Z']) {
    assert.equal(momentOf(text), BigInt(Date.parse(text)) * 1_000_000n, text);
  }
});

test('fractions are exact, and zones are taken off', () => {
  assert.equal(momentOf('2026-01-31T12:00:00.123456789Z'), 1769860800123456789n);
  assert.equal(momentOf('2026-01-31T12:00:00.5Z'), 1769860800500000000n);
  assert.equal(momentOf('2026-01-31T13:00:00+01:00'), 1769860800000000000n);
  assert.equal(momentOf('2026-01-31T06:30:00-05:30'), 1769860800000000000n);
  assert.equal(momentOf('1970-01-01T00:30:00+01:00'), -1800000000000n);
});

for (const [what, text] of [
  ['a day that the month does not have', '2026-04-31T00:00:00Z'],
  ['29 February of a common year', '2100-02-29T00:00:00Z'],
  ['a month 13', '2026-13-01T00:00:00Z'],
  ['a day 0', '2026-01-00T00:00:00Z'],
  ['hour 24', '2026-01-31T24:00:00Z'],
  ['a leap second', '2016-12-31T23:59:60Z'],
  ['no zone', '2026-01-31T12:00:00'],
  ['ten digits of a fraction', '2026-01-31T12:00:00.1234567890Z'],
  ['a zone of 24 hours', '2026-01-31T12:00:00+24:00'],
  ['a date alone', '2026-01-31'],
  ['nothing', ''],
] as const) {
  test(`${what} is no moment`, () => assert.equal(momentOf(text), undefined));
}

test('the text of any u64 of nanoseconds is read back, whichever was asked for before', () => {
  const moments = fc.oneof(
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.bigInt(0n, 3_000_000_000n),
    fc.constantFrom(0n, 999_999_999n),
  );
  fc.assert(
    fc.property(fc.array(moments, { minLength: 1 }), (all) => {
      for (const moment of all) {
        const text = isoText(moment);
        assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{9}Z$/);
        assert.equal(momentOf(text), moment);
      }
    }),
  );
  assert.equal(isoText(1_769_860_800_000_000_001n), '2026-01-31T12:00:00.000000001Z');
});

test('texts of times in memory are those of their numbers, in whatever order they come', () => {
  const second = 1_000_000_000n;
  const near = fc.tuple(fc.bigInt({ min: 0n, max: 4n }), fc.bigInt({ min: -2n, max: 2n }));
  const times = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    // Close to the ends of seconds, of days, and of what a half holds.
    ...[0n, 1_769_860_800n * second, 86_400n * second, 2n ** 32n, 2n ** 63n].map((from) =>
      near.map(([seconds, more]) => BigInt.asUintN(64, from + seconds * second + more)),
    ),
  );
  const texts = new TimeTexts();
  fc.assert(
    fc.property(fc.array(times, { maxLength: 20 }), (all) => {
      for (const time of all) {
        texts.read(Number(time & 0xffff_ffffn), Number(time >> 32n));
        assert.deepEqual([texts.digits, texts.iso], [String(time), isoText(time)]);
      }
    }),
    { numRuns: 2000 },
  );
});
