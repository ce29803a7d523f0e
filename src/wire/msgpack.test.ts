import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeMessage } from './msgpack.ts';

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
