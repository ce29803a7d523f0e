import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../testing/model/random.ts';
import { sharedMemory } from '../base/index.ts';
import { SPAN_SIZE } from '../model/index.ts';
import { projectorKernel } from './kernel.ts';
import { PackedSpans } from './packed-spans.ts';
import { lowerBound, NO_CELL, type SpanList, Spans } from './spans.ts';

const SPANS = 64;
const PACKED = 2 ** 20;
const NONE = 2n ** 64n - 1n;
const memory = sharedMemory(32);
const kernel = projectorKernel(memory);

/**
 * How a ledger's batches might follow one another: entries, cells between them, nanoseconds between them, share of
 * expiries.
 */
interface Habit {
  readonly name: string;
  readonly entries: () => number;
  readonly cells: () => number;
  readonly gap: () => bigint;
  readonly expiries: number;
}

const random = new Random(21);
const habits: Habit[] = [
  { name: 'one transfer a batch', entries: () => 1, cells: () => 1, gap: () => 90_000n, expiries: 0 },
  { name: 'full batches', entries: () => 8189, cells: () => 1, gap: () => 1_000_003n, expiries: 0 },
  {
    name: 'batches of all sizes, some without cells',
    entries: () => 1 + random.below(30),
    cells: () => 1 + random.below(400),
    gap: () => BigInt(random.u32()),
    expiries: 0.3,
  },
  { name: 'only expiries', entries: () => 1 + random.below(9), cells: () => 1, gap: () => 7n, expiries: 1 },
  {
    name: 'cells and timestamps from all ages',
    entries: () => 1 + random.below(3),
    cells: () => random.u32(),
    gap: () => BigInt(random.u32()) << BigInt(random.below(20)),
    expiries: 0.05,
  },
];

function pack(spans: Spans, groups: number): Uint8Array {
  const out: number[] = [];
  for (let from = 0; from < spans.count; from += groups * 64) {
    const size = kernel.packSpans(SPANS, from, Math.min(spans.count, from + groups * 64), PACKED) >>> 0;
    out.push(...new Uint8Array(memory.buffer, PACKED, size));
  }
  return Uint8Array.from(out);
}

function make(habit: Habit, count: number): Spans {
  const view = new DataView(memory.buffer);
  let pos = 0;
  let cell = 2 + random.below(1000);
  let timestamp = 1_700_000_000_000_000_000n;
  for (let span = 0; span < count; span++) {
    const at = SPANS + span * SPAN_SIZE;
    const entries = habit.entries();
    const expiry = random.below(1000) < habit.expiries * 1000;
    view.setUint32(at, pos, true);
    view.setBigUint64(at + 8, expiry ? NONE : BigInt(cell), true);
    view.setBigUint64(at + 16, timestamp, true);
    pos += entries;
    cell += habit.cells() + (expiry ? 0 : entries);
    timestamp += BigInt(entries) + habit.gap();
  }
  return new Spans(new Uint32Array(memory.buffer), SPANS / 4, count, pos);
}

function corrupt(why: string): Error {
  return new Error(why);
}

for (const habit of habits) {
  test(`packed spans say what the spans said: ${habit.name}`, () => {
    for (const count of [1, 2, 63, 64, 65, 127, 128, 129, 1000]) {
      const spans = make(habit, count);
      const bytes = pack(spans, 1 + random.below(4));
      const packed: SpanList = new PackedSpans(bytes, spans.entries, corrupt);
      assert.equal(packed.count, count);
      assert.equal(packed.entries, spans.entries);
      const times = new Uint32Array(4);
      const look = (pos: number): void => {
        const span = spans.find(pos);
        assert.equal(packed.find(pos), span);
        assert.equal(packed.first(span), spans.first(span));
        assert.equal(packed.end(span), spans.end(span));
        assert.equal(packed.cell(span, pos), spans.cell(span, pos));
        assert.equal(packed.timestamp(span), spans.timestamp(span));
        spans.putTimestamp(span, pos, times, 0);
        packed.putTimestamp(span, pos, times, 2);
        assert.deepEqual(times.subarray(2), times.subarray(0, 2));
        for (const moment of [-1n, 0n, 1n]) {
          const timestamp = spans.timestamp(span) + moment;
          assert.equal(lowerBound(packed, timestamp), lowerBound(spans, timestamp));
        }
      };
      for (let span = 0; span < count; span++) look(spans.first(span));
      for (let round = 0; round < 300; round++) look(random.below(spans.entries));
    }
  });
}

test('a ledger of one-transfer batches keeps six bytes a span', () => {
  const spans = make(habits[0]!, 1024);
  assert.ok(pack(spans, 4).length <= 6 * 1024);
  const first = new PackedSpans(pack(spans, 4), spans.entries, corrupt);
  assert.notEqual(first.cell(0, 0), NO_CELL);
});

test('bytes that are no spans are refused', () => {
  const spans = make(habits[2]!, 130);
  const bytes = pack(spans, 1);
  const refused = (damage: (copy: Uint8Array) => Uint8Array): void => {
    assert.throws(() => new PackedSpans(damage(bytes.slice()), spans.entries, corrupt), /span/);
  };
  refused(() => new Uint8Array(0));
  refused((copy) => copy.subarray(0, copy.length - 1));
  refused((copy) => copy.subarray(0, 20));
  refused((copy) => {
    copy[4] = 0; // a block without spans
    return copy;
  });
  refused((copy) => {
    copy[0] = 1; // the first does not begin at 0
    return copy;
  });
});
