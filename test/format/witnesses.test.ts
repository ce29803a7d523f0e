/** What was written by hand about formats, against the description that everything else is printed from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, layoutOf } from '../../scripts/generate/places.ts';
import { laidOut, sizeOf } from '../../scripts/generate/shared.ts';
import { operations, records } from '../../src/model/schema.ts';
import { op } from '../../testing/model/names.ts';
import {
  accountFilterLayout,
  accountLayout,
  changeEventLayout,
  type Layout,
  queryFilterLayout,
  transferLayout,
} from '../../testing/model/records.ts';
import { testimony } from '../../torture/fields.ts';

/** Bytes that are zero, which one of the two may leave out. */
const ZERO = /^(zeros?|padding|reserved)$/;

for (const [name, places] of Object.entries(testimony)) {
  test(`every field of ${name} lies where the witness says`, () => {
    const [, last, size] = places.at(-1)!;
    const described = fieldsOf(layoutOf(name))
      .filter(({ field, offset }) => !ZERO.test(field.name) && offset < last + size)
      .map((place) => [place.offset, place.size]);
    const said = places.filter(([field]) => !ZERO.test(field)).map(([, offset, bytes]) => [offset, bytes]);
    assert.notEqual(said.length, 0);
    assert.deepEqual(described, said);
  });
}

const witnessed: readonly [record: string, layout: Layout<string>][] = [
  ['Account', accountLayout],
  ['Transfer', transferLayout],
  ['AccountFilter', accountFilterLayout],
  ['QueryFilter', queryFilterLayout],
  ['ChangeEvent', changeEventLayout],
];

for (const [name, layout] of witnessed) {
  test(`every field of ${name} lies where the witness says`, () => {
    const record = records.find((item) => item.name === name)!;
    const described = laidOut(record).map(({ field, offset }) => [field.name, offset, sizeOf(field)] as const);
    const named = (fields: Layout<string>['fields']): Layout<string>['fields'] =>
      fields.filter(([field]) => !ZERO.test(field));
    assert.deepEqual(named(described), named(layout.fields));
    assert.equal(record.size, layout.size);
  });
}

test('operations have the numbers that the witness says', () => {
  assert.deepEqual(Object.fromEntries(operations.map(({ name, number }) => [name, number])), op);
});
