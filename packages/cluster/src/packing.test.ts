import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Against, packedIn, packedMax, packInto, unpacked, unpackInto } from './packing.ts';

/** Undefined where it saves nothing. */
function pack(events: Uint8Array, to: Against): Uint8Array | undefined {
  const words = new Uint32Array(3 + Math.ceil(packedMax(events)));
  const end = packInto(words, 3, events, to);
  return end === 3 ? undefined : new Uint8Array(words.buffer.slice(12, end * 4));
}

/** Undefined where it is not that. */
function unpack(bytes: Uint8Array, size: number, to: Against): Uint8Array | undefined {
  const packed = packedIn(bytes, size, to);
  if (packed === undefined) return undefined;
  const events = unpacked(packed);
  // A part of them, and over what lay there before.
  const words = new Uint32Array(size / 4 + 8).fill(0xffff_ffff);
  unpackInto(words, 4, packed);
  assert.deepEqual(new Uint8Array(words.buffer.slice(16, 16 + size)), events);
  assert.equal(words[3], 0xffff_ffff);
  assert.equal(words[4 + size / 4], 0xffff_ffff);
  const some = Math.min(2, size / 128);
  assert.deepEqual(unpacked(packed, some), events.slice(0, some * 128));
  return events;
}

const against = fc.constantFrom<Against>('zeros', 'before');

/** Events of 32 words, zeros more often than not. */
const events = fc
  .array(fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat()), { minLength: 32, maxLength: 32 }), {
    maxLength: 8,
  })
  .map((all) => new Uint8Array(new Uint32Array(all.flat()).buffer));
/** The same, and every second one is as the one before, but for one word. */
const alike = events.map((all) => {
  const words = new Uint32Array(all.buffer.slice(0));
  for (let event = 32; event < words.length; event += 64) {
    words.copyWithin(event, event - 32, event);
    words[event + 5]! ^= 1;
  }
  return new Uint8Array(words.buffer);
});

test('what was packed comes back, wherever it lies in memory', () => {
  fc.assert(
    fc.property(fc.oneof(events, alike), fc.nat(7), against, (plain, offset, to) => {
      const packed = pack(plain, to);
      if (packed === undefined) return;
      assert.ok(packed.length < plain.length);
      const moved = new Uint8Array(packed.length + offset);
      moved.set(packed, offset);
      assert.deepEqual(unpack(moved.subarray(offset), plain.length, to), plain);
      const inBuffer = Buffer.from(moved.buffer, moved.byteOffset + offset, packed.length);
      assert.deepEqual(unpack(inBuffer, plain.length, to), plain);
    }),
  );
});

test('words that are as in the event before take no room', () => {
  const plain = new Uint8Array(256).fill(7, 0, 16).fill(7, 128, 144).fill(9, 136, 140);
  assert.equal(pack(plain, 'zeros')?.length, 4 + 16 + 4 + 16);
  assert.equal(pack(plain, 'before')?.length, 4 + 16 + 4 + 4);
  // Zeros behind other words are words, too.
  plain.fill(0, 128, 256);
  assert.equal(pack(plain, 'before')?.length, 4 + 16 + 4 + 16);
  assert.deepEqual(unpack(pack(plain, 'before')!, 256, 'before'), plain);
});

test('events of which nothing can be left out, and what is no events, stay as they are', () => {
  const counted = new Uint8Array(new Uint32Array(64).map((_, word) => word + 1).buffer);
  for (const to of ['zeros', 'before'] as const) {
    assert.equal(pack(counted, to), undefined);
    assert.equal(pack(new Uint8Array(100), to), undefined);
    assert.equal(pack(new Uint8Array(0), to), undefined);
  }
  const oneZero = new Uint8Array(256).fill(1).fill(0, 0, 4);
  assert.equal(pack(oneZero, 'zeros'), undefined, 'as long as it was');
  assert.equal(pack(oneZero.fill(0, 4, 16), 'zeros')?.length, 248);
});

test('bytes that are not what was packed are refused: too few, too many, another size', () => {
  const plain = new Uint8Array(256).fill(7, 0, 16).fill(9, 128, 132);
  for (const [to, size] of [
    ['zeros', 28],
    ['before', 40],
  ] as const) {
    const packed = pack(plain, to)!;
    assert.equal(packed.length, size);
    for (let length = 0; length < packed.length; length++) {
      assert.equal(unpack(packed.subarray(0, length), 256, to), undefined, `${length} bytes`);
    }
    const longer = new Uint8Array(size + 4);
    longer.set(packed);
    assert.equal(unpack(longer, 256, to), undefined);
    assert.equal(unpack(packed, 128, to), undefined);
    assert.equal(unpack(packed, 255, to), undefined);
    assert.deepEqual(unpack(packed, 256, to), plain);
  }
});
