import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toInput, toPlain, wideOf } from './values.ts';

test('wide numbers come in all forms that clients have, and leave as decimal text', () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number((value >> BigInt(8 * (15 - i))) & 0xffn);
  for (const form of [value, String(value), `0x${value.toString(16)}`, uuid, bytes])
    assert.equal(wideOf(form, 'id'), value);
  assert.equal(wideOf(7, 'id'), 7n);
  const plain = toPlain('Transfer', toInput('Transfer', { id: uuid }, 'event'), String);
  assert.equal(plain.id, String(value));
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
    assert.throws(() => wideOf(wrong, 'amount'), { code: 'invalid_argument', message: /^amount must be / });
  }
  assert.throws(
    () => toInput('Transfer', { id: 1, user_data_64: 2n ** 64n }, 'events[3]'),
    /events\[3\]\.user_data_64 must be/,
  );
  assert.throws(
    () => toInput('Transfer', { id: 1, code: 65536 }, 'event'),
    /event\.code must be a whole number from 0 to 65535/,
  );
});

test('unknown fields and missing ones are errors, flags may be names', () => {
  assert.throws(() => toInput('Transfer', { id: 1, ammount: 5 }, 'event'), /event has no field ammount/);
  assert.throws(() => toInput('Account', { id: 1 }, 'event'), /event\.ledger is missing/);
  assert.throws(() => toInput('Transfer', 5, 'event'), /event must be an object/);
  assert.equal(toInput('Transfer', { id: 1, flags: ['linked', 'pending'] }, 'event').flags, 3);
  assert.equal(toInput('Transfer', { id: 1, flags: 'linked|pending' }, 'event').flags, 3);
  assert.throws(() => toInput('Transfer', { id: 1, flags: ['linkd'] }, 'event'), /no member linkd/);
});

test('whatever comes in, it is an input or a typed error', () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      try {
        toInput('Transfer', anything, 'event');
      } catch (error) {
        assert.equal((error as { code: string }).code, 'invalid_argument');
      }
    }),
    { numRuns: 2000 },
  );
});
