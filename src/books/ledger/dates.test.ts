import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DateReader } from './dates.ts';

test('a date without a year is of the twelve months that end with this one, as in Ledger', () => {
  const dates = new DateReader(20241105);
  assert.equal(dates.read('2024/11/05'), 20241105);
  assert.equal(dates.guessed, false);
  assert.deepEqual(
    ['11/30', '12-01', '1.5'].map((text) => dates.read(text)),
    [20241130, 20231201, 20240105],
  );
  assert.equal(dates.guessed, true);
});

test('a year that was said goes before the calendar, and without either there is no date', () => {
  const dates = new DateReader(undefined);
  assert.equal(dates.read('12/01'), undefined);
  dates.year = 2020;
  assert.equal(dates.read('12/01'), 20201201);
  assert.equal(dates.guessed, false);
  assert.ok(dates.format('%d.%m.%Y'));
  assert.equal(dates.read('01.12.2021'), 20211201);
});
