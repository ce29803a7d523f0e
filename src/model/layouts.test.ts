import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeEventType } from './gen/enums.ts';
import {
  EntryKind,
  EventMark,
  FRAME_MAGIC,
  FrameOffset,
  HEADER_MAGIC,
  HeaderOffset,
  SegmentOffset,
} from './gen/formats.ts';
import { layoutConstants, layoutEnums, layouts } from './layouts.ts';
import { operations, records } from './schema.ts';
import { enums } from './schema-enums.ts';

test('what a frame and a segment share with the header cell lies where it lies there', () => {
  for (const [name, other] of Object.entries({ FrameOffset, SegmentOffset })) {
    const shared = Object.entries<number>({ ...other }).filter(([field]) => field in HeaderOffset);
    assert.ok(shared.length > 5, name);
    for (const [field, offset] of shared) {
      assert.equal(offset, HeaderOffset[field as keyof typeof HeaderOffset], `${name}.${field}`);
    }
  }
  assert.equal(FRAME_MAGIC, HEADER_MAGIC);
});

test('an entry that a change event shows has the number of its type', () => {
  const { single_phase, two_phase_pending, two_phase_posted, two_phase_voided, two_phase_expired } = ChangeEventType;
  const types = [single_phase, two_phase_pending, two_phase_posted, two_phase_voided, two_phase_expired];
  const { singlePhase, pending, posted, voided, expired, failed } = EntryKind;
  assert.deepEqual([singlePhase, pending, posted, voided, expired], types);
  // The marks of an event record lie above every kind.
  assert.ok(failed < EventMark.amount);
});

test("operations of the ring and of the protocol are out of the way of the ledger's", () => {
  const reserved = [
    ...layoutConstants.filter(({ name }) => name.startsWith('OPERATION_')).map(({ value }) => Number(value)),
    ...layoutEnums.find(({ name }) => name === 'FrameOperation')!.members.map(({ value }) => value),
  ];
  const numbers = [...reserved, ...operations.map(({ number }) => number)];
  assert.equal(new Set(numbers).size, numbers.length);
  assert.ok(Math.min(...reserved) > Math.max(...operations.map(({ number }) => number)));
});

test('no two things that are printed into one file have one name', () => {
  const names = [
    ...layouts.map(({ name }) => name),
    ...records.map(({ name }) => name),
    ...layoutEnums.map(({ name }) => name),
    ...enums.map(({ name }) => name),
  ];
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  for (const { name, fields } of layouts) {
    const known = fields.map((field) => field.name).filter((field) => field !== '');
    assert.equal(new Set(known).size, known.length, name);
  }
});
