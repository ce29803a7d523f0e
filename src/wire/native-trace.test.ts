import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CELL_SIZE, FrameOffset } from '../model/index.ts';
import { type FrameBytes, frameSize, resealHeader, sealFrame } from './native.ts';
import { decodeWelcome, encodeWelcome } from './native-hello.ts';
import { type Frame, FrameReader } from './native-reader.ts';
import { clearTrace, putTrace, traceAt } from './native-trace.ts';

const session = Uint8Array.from({ length: 16 }, (_, index) => 16 + index);
const body = Uint8Array.of(1, 2, 3);

function frame(): FrameBytes {
  const bytes = new Uint8Array(frameSize(body.length));
  bytes.set(body, CELL_SIZE);
  const sealed = { bytes, view: new DataView(bytes.buffer) };
  const header = { operation: 139, request: 7, count: 1, size: body.length, status: 0, lane: 2, timestamp: 5n };
  sealFrame(sealed, 0, header, session);
  return sealed;
}

/** Throws when the frame is none. */
function read({ bytes }: FrameBytes, traces = true): Frame {
  const reader = new FrameReader();
  reader.traces = traces;
  reader.push(bytes);
  return reader.next()!;
}

const hex = (size: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => Buffer.from(bytes).toString('hex'));

test('where the bytes of a context lie', () => {
  const traced = frame();
  assert.ok(putTrace(traced, 0, '00-0102030405060708090a0b0c0d0e0f10-1112131415161718-01'));
  assert.equal(
    Buffer.from(traced.bytes.subarray(FrameOffset.traceId, CELL_SIZE)).toString('hex'),
    '0102030405060708090a0b0c0d0e0f1011121314151617180101' + '0000',
  );
});

test('a context comes out as it went in, and everything else of the frame as if there were none', () => {
  fc.assert(
    fc.property(hex(16), hex(8), fc.nat(255), (traceId, spanId, flags) => {
      const traceparent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
      const traced = frame();
      assert.ok(putTrace(traced, 0, traceparent));
      assert.equal(traceAt(traced.bytes, 0), traceparent);
      const { traceparent: got, ...rest } = read(traced);
      const { traceparent: none, ...plain } = read(frame());
      assert.deepEqual([got, none], [traceparent, undefined]);
      assert.deepEqual(rest, plain);
      assert.equal(read(traced, false).traceparent, undefined);
      clearTrace(traced, 0);
      assert.deepEqual(traced.bytes, frame().bytes);
    }),
  );
});

test('of a later version of traceparent what is known is taken', () => {
  const traced = frame();
  assert.ok(putTrace(traced, 0, `cc-${'a'.repeat(32)}-${'b'.repeat(16)}-01-what-will-be`));
  assert.equal(traceAt(traced.bytes, 0), `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
});

test('what is no traceparent is not put anywhere', () => {
  const good = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  for (const wrong of ['', 'x', `ff${good.slice(2)}`, good.toUpperCase(), good.slice(0, -1), `${good}x`, ` ${good}`]) {
    const traced = frame();
    assert.equal(putTrace(traced, 0, wrong), false);
    assert.deepEqual(traced.bytes, frame().bytes);
  }
});

test('any bytes in its place are a context or none, and the frame is read all the same', () => {
  const zero = new Uint8Array(8);
  const ids = fc.oneof(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.constant(zero));
  const form = fc.oneof(fc.constant(1), fc.nat(255));
  fc.assert(
    fc.property(fc.tuple(ids, ids, ids), fc.nat(255), form, fc.nat(0xffff), (parts, flags, kind, rest) => {
      const traced = frame();
      const bytes = [...parts.flatMap((part) => [...part]), flags, kind, rest & 255, rest >> 8];
      traced.bytes.set(bytes, FrameOffset.traceId);
      resealHeader(traced, 0);
      const { traceparent, body: got } = read(traced);
      assert.deepEqual(Buffer.from(got), Buffer.from(body));
      const [high, low, span] = parts.map((part) => part.some((byte) => byte !== 0));
      if (kind !== 1 || !(high || low) || !span) assert.equal(traceparent, undefined);
      else assert.match(traceparent!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
    }),
  );
});

test('a server of before traces does not ask for them', () => {
  const welcome = { cluster: 1n, ledgerId: 2n, eventsMax: 3, requestsMax: 4, cellsMax: 5, replay: true, traces: true };
  const bytes = encodeWelcome(welcome);
  assert.deepEqual(decodeWelcome(bytes), welcome);
  for (const size of [48, 49, 51]) {
    assert.deepEqual(decodeWelcome(bytes.subarray(0, size)), { ...welcome, traces: false });
  }
});
