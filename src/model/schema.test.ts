import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorTable, TallystickError } from './errors.ts';
import { AccountFlags, CreateAccountStatus, CreateTransferStatus, Operation, TransferFlags } from './gen/enums.ts';
import { operationShapes } from './gen/layout.ts';
import { enums, operations, records } from './schema.ts';

const reference = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference');
const page = (name: string): string => readFileSync(join(reference, name), 'utf8');

test('the error page names every code and no other', () => {
  assert.ok(existsSync(reference));
  const named = [...page('errors.md').matchAll(/<a id="(\w+)">/g)].map((match) => match[1]);
  assert.deepEqual(named, Object.keys(errorTable));
});

test('the status page names every status with its number and no other', () => {
  const named = [...page('statuses.md').matchAll(/<a id="(\w+)-(\w+)"><\/a>`\w+` \| (\d+)/g)].map((match) =>
    match.slice(1).join(' '),
  );
  const statuses = enums
    .filter((item) => item.kind === 'status')
    .flatMap((item) => item.members.map((member) => `${item.name.toLowerCase()} ${member.name} ${member.value}`));
  assert.deepEqual(named, statuses);
});

test('every sentence of the tables is one, and no number is used twice', () => {
  for (const { name, members } of enums) {
    assert.equal(new Set(members.map((member) => member.value)).size, members.length, name);
    for (const member of members) assert.match(member.about, /^[A-Z0-9].*[.]$/, member.name);
  }
  for (const [code, entry] of Object.entries(errorTable)) {
    assert.match(entry.about, /[.]$/, code);
    assert.match(entry.next, /[.]$/, code);
  }
});

test('account statuses are 1 to 26 and created; transfer statuses 1 to 68 without the retired 18, and created', () => {
  const numbers = (name: string): number[] =>
    enums
      .find((item) => item.name === name)!
      .members.map((member) => member.value)
      .sort((a, b) => a - b);
  const range = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
  assert.deepEqual(numbers('CreateAccountStatus'), [...range(26), 0xffff_ffff]);
  assert.deepEqual(numbers('CreateTransferStatus'), [...range(68).filter((number) => number !== 18), 0xffff_ffff]);
});

test('exactly seven transfer statuses burn the id', () => {
  const burning = enums.flatMap((item) =>
    item.members.filter((member) => member.transient).map((member) => member.value),
  );
  assert.deepEqual(
    burning.sort((a, b) => a - b),
    [21, 22, 25, 54, 55, 65, 66],
  );
});

test('enums can be read both ways', () => {
  assert.equal(CreateTransferStatus[46], 'exists');
  assert.equal(CreateTransferStatus[0xffff_ffff], 'created');
  assert.equal(CreateAccountStatus.exists, 21);
  assert.equal(AccountFlags.closed, 32);
  assert.equal(TransferFlags.imported, 256);
  assert.equal(Operation[147], 'create_transfers');
  assert.equal(CreateTransferStatus[18], undefined);
});

test('operations agree with their records', () => {
  const size = (name: string): number =>
    name === 'id' ? 16 : name === '' ? 0 : records.find((record) => record.name === name)!.size;
  for (const item of operations) {
    const shape = operationShapes[item.number as Operation];
    assert.equal(shape.eventSize, size(item.event), item.name);
    assert.equal(shape.replySize, size(item.reply), item.name);
    assert.ok(shape.eventsMax * shape.eventSize <= 2 ** 20 && shape.repliesMax * shape.replySize <= 2 ** 20, item.name);
  }
});

test('an error says what to do next', () => {
  const cause = new Error('ENOSPC');
  const error = new TallystickError('disk_full', 'no room for segment 3', { cause });
  assert.equal(error.name, 'TallystickError');
  assert.equal(error.code, 'disk_full');
  assert.equal(error.retriable, true);
  assert.equal(error.next, errorTable.disk_full.next);
  assert.equal(error.cause, cause);
  assert.equal(new TallystickError('closed').message, errorTable.closed.about);
});
