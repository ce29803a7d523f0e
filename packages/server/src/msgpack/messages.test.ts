import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { decodeMessage } from './messages.ts';
import { checkShape } from './shape.ts';

test('any bytes are a message or a typed error, whatever sizes they claim', () => {
  const claims = fc.tuple(
    fc.constantFrom(0xdc, 0xdd, 0xde, 0xdf, 0xd9, 0xda, 0xdb, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9),
    fc.uint8Array({ maxLength: 12 }),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    claims.map(([kind, rest]) => Uint8Array.of(0x93, 1, 0xa1, 0x78, kind, 0xff, 0xff, 0xff, 0xff, ...rest)),
  );
  fc.assert(
    fc.property(bytes, (body) => {
      try {
        decodeMessage(body);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'invalid_argument');
      }
    }),
    { numRuns: 3000 },
  );
  const deep = new Uint8Array(200_000).fill(0x91);
  assert.throws(() => decodeMessage(deep), { code: 'invalid_argument' });
});

test("a caller's span is text; anything else is nobody's, and no error", () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const named = (message: unknown): string | undefined => decodeMessage(encode(message)).caller.traceparent;
  assert.equal(named({ id: 1, op: 'x', events: [], traceparent }), traceparent);
  assert.equal(named([1, 'x', [], null, traceparent]), traceparent);
  assert.equal(named({ id: 1, op: 'x', events: [], traceparent: 7 }), undefined);
  assert.equal(named([1, 'x', []]), undefined);
});

test('headers that claim more than there is cost nothing', () => {
  const headers: readonly (readonly number[])[] = [
    [0xdc, 0x20, 0x00],
    [0xdd, 0x00, 0x00, 0x20, 0x00],
    [0xde, 0x00, 0x40],
    [0x91],
  ];
  for (const header of headers) {
    const nested = Buffer.concat(Array.from({ length: 200_000 }, () => Uint8Array.from(header))).subarray(0, 2 ** 20);
    const before = process.memoryUsage();
    assert.throws(() => decodeMessage(nested), { code: 'invalid_argument' });
    const after = process.memoryUsage();
    assert.ok(after.heapUsed + after.external - before.heapUsed - before.external < 8 * 2 ** 20);
  }
});

test('every shape that the encoder makes is one', () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ maxLength: 300 }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.date({ noInvalidDate: true }),
  );
  const value = fc.array(fc.dictionary(fc.string({ maxLength: 40 }), fc.oneof(leaf, fc.array(leaf))), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(value, (events) => {
      const body = encode({ id: 1, op: 'x', events }, { useBigInt64: true });
      checkShape(body);
      for (const broken of [body.subarray(0, -1), Buffer.concat([body, Uint8Array.of(1)])]) {
        assert.throws(() => checkShape(broken), { code: 'invalid_argument' });
      }
    }),
  );
});
