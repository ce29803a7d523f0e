import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrpcFrameReader, GrpcFrameWriter } from './grpc-frames.ts';
import { FieldReader, FieldWriter } from './grpc-protobuf.ts';

test('numbers are read as they were written, up to 64 bits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const writer = new FieldWriter();
      writer.tag(1, 0);
      writer.varint64(Number(value & 0xffff_ffffn), Number(value >> 32n));
      const reader = new FieldReader(writer.bytes, 0, writer.at);
      assert.ok(reader.next());
      assert.equal((BigInt(reader.high) << 32n) | BigInt(reader.low), value);
      assert.equal(reader.next(), false);
    }),
  );
});

test('messages come out of frames as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }),
      (messages, cuts) => {
        const writer = new GrpcFrameWriter();
        const taken: Buffer[] = [];
        for (const [index, message] of messages.entries()) {
          writer.add((fields) => {
            fields.room(message.length);
            fields.copy(message, 0, message.length);
          });
          if (index % 3 === 0) taken.push(writer.take());
        }
        const bytes = Buffer.concat([...taken, writer.take()]);
        const reader = new GrpcFrameReader(60);
        const found: Buffer[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length]!;
          reader.push(bytes.subarray(at, at + size));
          at += size;
          for (let message = reader.next(); message !== undefined; message = reader.next())
            found.push(Buffer.from(message));
        }
        assert.deepEqual(
          found,
          messages.map((message) => Buffer.from(message)),
        );
        assert.equal(reader.partial, false);
      },
    ),
  );
});

test('a frame that is compressed or too large is refused by its first five bytes', () => {
  const refused = (prefix: readonly number[], code: string): void => {
    const reader = new GrpcFrameReader(1000);
    reader.push(Uint8Array.from(prefix));
    assert.throws(() => reader.next(), { code });
  };
  refused([1, 0, 0, 0, 0], 'frame_invalid');
  refused([0, 0, 0, 3, 233], 'too_much_data');
  refused([0, 255, 255, 255, 255], 'too_much_data');
  const reader = new GrpcFrameReader(1000);
  reader.push(Uint8Array.from([0, 0, 0, 3, 232]));
  assert.equal(reader.next(), undefined);
});
