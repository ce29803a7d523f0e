import '../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { TallystickError } from 'tallystick/internal/model';
import { explain } from './explain.ts';
import { patternOf } from './glob.ts';
import { bytes, grouped, histogram, milliseconds, plural, table } from './print.ts';
import { paceOf } from './terminal.ts';

test('figures come with as many digits as mean something', () => {
  assert.equal(milliseconds(0.0834), '0.083 ms');
  assert.equal(milliseconds(1.2345), '1.23 ms');
  assert.equal(milliseconds(99.96), '100 ms');
  assert.equal(milliseconds(123.4), '123 ms');
  assert.equal(milliseconds(1734), '1.73 s');
  assert.equal(bytes(999), '999 B');
  assert.equal(bytes(36_400_000), '36.4 MB');
  assert.equal(grouped(1234567), '1,234,567');
  assert.equal(grouped(2n ** 64n), '18,446,744,073,709,551,616');
  assert.equal(plural(1, 'transfer'), '1 transfer');
  assert.equal(plural(0, 'transfer'), '0 transfers');
});

test('a table has no grid, and its columns keep to their sides', () => {
  const printed = table(
    [
      { title: 'account', align: 'left' },
      { title: 'balance', align: 'right' },
    ],
    [
      ['Assets:Cash', '12.50'],
      ['Income', '-1312.50'],
    ],
  );
  const lines = stripVTControlCharacters(printed)
    .split('\n')
    .map((line) => line.trimEnd());
  assert.deepEqual(lines, ['account       balance', 'Assets:Cash     12.50', 'Income       -1312.50']);
});

test('a histogram shows what is rare as well', () => {
  const printed = stripVTControlCharacters(
    histogram([
      { from: 0.5, to: 1, count: 10_000 },
      { from: 1, to: 2, count: 0 },
      { from: 2, to: 4, count: 1 },
    ]),
  ).split('\n');
  assert.match(printed[0]!, /0\.500 ms … {3}1\.00 ms {2}█{40} 10,000$/);
  assert.match(printed[1]!, /ms {2}$/);
  assert.match(printed[2]!, /▏ 1$/);
});

test('an error is a sentence and what to do next; the stack is for those who ask, and for mistakes of our own', () => {
  const error = new TallystickError('locked', 'Another process has ./shop open.');
  const told = stripVTControlCharacters(explain(error, false));
  assert.deepEqual(told.split('\n'), ['error locked: Another process has ./shop open.', `next  ${error.next}`]);
  assert.match(explain(error, true), /print\.test/);
  assert.match(explain(new RangeError('out of bounds'), false), /print\.test/);
});

test('patterns of includes: * and ? stay within a folder, ** does not', () => {
  assert.ok(patternOf('*.bean').test('a.bean'));
  assert.ok(!patternOf('*.bean').test('a/b.bean'));
  assert.ok(!patternOf('*.bean').test('axbean'));
  assert.ok(patternOf('20??.bean').test('2024.bean'));
  assert.ok(patternOf('**/*.bean').test('a/b/c.bean'));
  assert.ok(patternOf('**/*.bean').test('c.bean'));
  assert.ok(patternOf('a(1)+.bean').test('a(1)+.bean'));
});

test('a long command says how fast it is and how long the rest takes', () => {
  assert.deepEqual(paceOf(0, 100, 2), { rate: '-', left: '' });
  assert.deepEqual(paceOf(50_000, 100_000, 10), { rate: '5,000', left: '10 s left' });
  assert.deepEqual(paceOf(1000, 400_000, 1), { rate: '1,000', left: '6 min 39 s left' });
  assert.deepEqual(paceOf(120, 100, 1), { rate: '120', left: '0 s left' });
});
