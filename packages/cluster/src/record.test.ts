import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Operation } from 'tallystick/internal';
import {
  type Entry,
  entryBehind,
  Kind,
  misfit,
  NOWHERE,
  type Place,
  RECORD_SIZE,
  readEntry,
  sameHash,
} from './record.ts';

const author = { ledgerId: 0x1234_5678_9abc_def0_1122_3344_5566_7788n, node: 2 };
const batch = (timestamp: bigint, fill: number) => ({
  operation: Operation.create_transfers,
  count: 2,
  timestamp,
  events: new Uint8Array(256).fill(fill),
  parts: [],
});
const founding = entryBehind(NOWHERE, author, { kind: Kind.founding });
const epoch = entryBehind(founding, author, { kind: Kind.epoch, body: new Uint8Array(16).fill(9) });
const sparse = { ...batch(30n, 0), events: new Uint8Array(256).fill(5, 16, 24).fill(6, 130, 133) };
const once = {
  session: '\x00\xff session bytes',
  request: 2 ** 32 - 1,
  checksum: 7,
  answered: 3,
  again: false,
} as const;
const named = {
  ...batch(20n, 2),
  parts: [
    { first: 0, count: 1, once },
    { first: 1, count: 1, once: { ...once, request: 1 } },
  ],
};
const batches = entryBehind(epoch, author, { kind: Kind.batches, batches: [batch(10n, 1), named, sparse] });

/** Without the form in which events came. */
function read(bytes: Uint8Array): Entry {
  const entry = readEntry(bytes);
  const plain = entry.batches.map(({ timestamp, operation, count, parts, events }) => {
    return { timestamp, operation, count, parts, events };
  });
  return { ...entry, batches: plain };
}

test('a record is read as it was written', () => {
  for (const written of [founding, epoch, batches]) assert.deepEqual(read(written.bytes), written);
  assert.equal(batches.bytes.length, RECORD_SIZE + 32 + 256 + 32 + 256 + 64 + 32 + 24, 'zeros are left out');
  assert.deepEqual([batches.sequence, batches.epoch, batches.op, batches.timestamp], [3, 1, 3, 30n]);
});

test('a record is in the lowest version in which it can be said', () => {
  const versionOf = ({ bytes }: { readonly bytes: Uint8Array }): number => bytes[4]! | (bytes[5]! << 8);
  const alike = { ...sparse, events: new Uint8Array(256).fill(5, 16, 24).fill(5, 144, 152) };
  const content = { kind: Kind.batches, batches: [batch(10n, 1), alike] };
  const [old, now] = [4, 5].map((reads) => entryBehind(epoch, author, content, reads));
  assert.deepEqual([versionOf(old!), versionOf(now!)], [3, 5]);
  assert.equal(old!.bytes.length - now!.bytes.length, 256 + 24 - (136 + 16));
  for (const written of [old!, now!]) assert.deepEqual(read(written.bytes), written);
  const one = { ...sparse, count: 1, events: sparse.events.subarray(0, 128) };
  assert.equal(versionOf(entryBehind(epoch, author, { kind: Kind.batches, batches: [one] }, 5)), 3);
  const counted = { ...batch(10n, 1), events: new Uint8Array(new Uint32Array(64).map((_, at) => at + 1).buffer) };
  assert.equal(versionOf(entryBehind(epoch, author, { kind: Kind.batches, batches: [counted] }, 5)), 3);
  assert.equal(versionOf(entryBehind(epoch, author, { kind: Kind.base, body: new Uint8Array(32) }, 5)), 4);
});

test('a record fits behind the one that it names, and nowhere else', () => {
  assert.equal(misfit(epoch, batches, author.ledgerId), undefined);
  const { ledgerId } = author;
  assert.match(misfit(founding, batches, ledgerId)!, /number 3/);
  assert.match(misfit(epoch, batches, ledgerId + 1n)!, /another ledger/);
  const other: Place = { ...epoch, hash: new Uint8Array(32) };
  assert.match(misfit(other, batches, ledgerId)!, /names another record/);
  assert.match(misfit({ ...epoch, op: 5 }, batches, ledgerId)!, /op 3, and we are at 5/);
  assert.match(misfit({ ...epoch, epoch: 7 }, batches, ledgerId)!, /epoch 1, and this is epoch 7/);
});

test('every flipped bit of a record is noticed, and so is every missing byte', () => {
  for (let at = 0; at < batches.bytes.length; at++) {
    const bytes = batches.bytes.slice();
    bytes[at]! ^= 1 << (at % 8);
    assert.throws(() => readEntry(bytes), { name: 'TallystickError' }, `byte ${at}`);
    assert.throws(() => readEntry(batches.bytes.subarray(0, at)), { code: 'cluster_damaged' }, `${at} bytes`);
  }
});

test('two records at one place differ if anything in them does', () => {
  const again = entryBehind(epoch, author, { kind: Kind.batches, batches: [batch(10n, 1), batch(20n, 3)] });
  assert.equal(sameHash(again.hash, batches.hash), false);
  const claim = (fill: number) =>
    entryBehind(founding, author, { kind: Kind.epoch, body: new Uint8Array(16).fill(fill) });
  assert.equal(sameHash(claim(1).hash, claim(2).hash), false);
  assert.equal(claim(1).bytes.length, RECORD_SIZE + 16);
});
