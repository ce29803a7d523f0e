import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pack, unpack } from './packing.ts';

/** Events of 32 words, zeros more often than not. */
const events = fc
  .array(fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat()), { minLength: 32, maxLength: 32 }), {
    maxLength: 8,
  })
  .map((all) => new Uint8Array(new Uint32Array(all.flat()).buffer));

test('what was packed comes back, wherever it lies in memory', () => {
  fc.assert(
    fc.property(events, fc.nat(7), (plain, offset) => {
      const packed = pack(plain);
      if (packed === undefined) return;
      assert.ok(packed.length < plain.length);
      const moved = new Uint8Array(packed.length + offset);
      moved.set(packed, offset);
      assert.deepEqual(unpack(moved.subarray(offset), plain.length), plain);
    }),
  );
});

test('events without zeros, and what is no events, stay as they are', () => {
  assert.equal(pack(new Uint8Array(256).fill(1)), undefined);
  assert.equal(pack(new Uint8Array(100)), undefined);
  assert.equal(pack(new Uint8Array(0)), undefined);
  const oneZero = new Uint8Array(256).fill(1).fill(0, 0, 4);
  assert.equal(pack(oneZero), undefined, 'as long as it was');
  assert.equal(pack(oneZero.fill(0, 4, 16))?.length, 248);
});

test('bytes that are not what was packed are refused: too few, too many, another size', () => {
  const plain = new Uint8Array(256).fill(7, 0, 16).fill(9, 128, 132);
  const packed = pack(plain)!;
  assert.equal(packed.length, 28);
  for (let length = 0; length < packed.length; length++) {
    assert.equal(unpack(packed.subarray(0, length), 256), undefined, `${length} bytes`);
  }
  const longer = new Uint8Array(32);
  longer.set(packed);
  assert.equal(unpack(longer, 256), undefined);
  assert.equal(unpack(packed, 128), undefined);
  assert.equal(unpack(packed, 255), undefined);
  assert.deepEqual(unpack(packed, 256), plain);
});
