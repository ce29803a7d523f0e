import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CELL_SIZE, FrameOffset, TallystickError } from '../model/index.ts';
import { BODY_CELLS_MAX, checkHeader, type FrameHeader, frameSize, sealFrame } from './native.ts';
import {
  decodeError,
  decodeHello,
  decodeWelcome,
  encodeError,
  encodeHello,
  encodeWelcome,
  type Welcome,
} from './native-hello.ts';
import { type Frame, FrameReader } from './native-reader.ts';
import { Slabs } from './slabs.ts';

const session = Uint8Array.from({ length: 16 }, (_, index) => 16 + index);

function frame(fields: Partial<FrameHeader>, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(frameSize(body.length)).fill(0xee);
  bytes.set(body, CELL_SIZE);
  const header = { operation: 139, request: 7, count: 1, status: 0, lane: 0, timestamp: 0n, ...fields };
  sealFrame({ bytes, view: new DataView(bytes.buffer) }, 0, { ...header, size: body.length }, session);
  return bytes;
}

/** All frames in `chunks`, and what is not right about what follows them. */
function read(chunks: readonly Uint8Array[]): { frames: Frame[]; error: unknown; unread: number } {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  try {
    for (const chunk of chunks) {
      reader.push(chunk);
      for (let next = reader.next(); next !== undefined; next = reader.next()) frames.push(next);
    }
  } catch (error) {
    return { frames, error, unread: reader.unread };
  }
  return { frames, error: undefined, unread: reader.unread };
}

/** Cuts bytes where `cuts` says. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.slice(at[index], end));
}

const body = fc.uint8Array({ minLength: 0, maxLength: 1000 });

test('the bytes of a frame', () => {
  const bytes = frame({ operation: 141, request: 3, timestamp: 5n, lane: 2, status: 1 }, Uint8Array.of(1, 2, 3));
  const hex = Buffer.from(bytes).toString('hex');
  assert.equal(
    hex,
    [
      '3666ff00d89615200000000000000000', // checksum, checksum_body
      '05000000000000000000000000000000', // timestamp
      '00000000000000000000000000000000',
      '0000000001000000010000008d000100', // count, cells, operation, version
      '101112131415161718191a1b1c1d1e1f', // session
      '0300000002000000544c4c5903000000', // request, lane, magic, size
      '01000000000000000000000000000000', // status
      '00000000000000000000000000000000',
      `010203${'00'.repeat(125)}`,
    ].join(''),
  );
});

test('frames come out as they went in, however the socket cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(body, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(6000), { maxLength: 20 }),
      (bodies, cuts) => {
        const bytes = Buffer.concat(bodies.map((each, index) => frame({ request: index, timestamp: 9n }, each)));
        const { frames, error, unread } = read(cut(bytes, cuts));
        assert.equal(error, undefined);
        assert.equal(unread, 0);
        assert.equal(frames.length, bodies.length);
        for (const [index, got] of frames.entries()) {
          assert.deepEqual([got.operation, got.request, got.count, got.timestamp], [139, index, 1, 9n]);
          assert.deepEqual(Buffer.from(got.session), Buffer.from(session));
          assert.deepEqual(Buffer.from(got.body), Buffer.from(bodies[index]!));
        }
      },
    ),
  );
});

test('memory of frames may be written over once it is settled; large ones are read to their place', () => {
  const sizes = fc.oneof(fc.nat(600), fc.nat(300_000));
  fc.assert(
    fc.property(
      fc.array(sizes, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 9 }),
      (lengths, reads) => {
        const bodies = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
        const bytes = Buffer.concat(bodies.map((each, index) => frame({ request: index }, each)));
        const slabs = new Slabs();
        const reader = new FrameReader(slabs);
        const landing = new Uint8Array(100_000);
        const kept: Frame[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const room = reader.room();
          const target = room ?? landing;
          const length = Math.min(reads[turn % reads.length]!, target.length, bytes.length - at);
          target.set(bytes.subarray(at, at + length));
          if (room === undefined) reader.push(target.subarray(0, length));
          else reader.arrived(length);
          at += length;
          for (let next = reader.next(); next !== undefined; next = reader.next()) {
            kept.push(next.slab === undefined ? { ...next, body: next.body.slice() } : next);
          }
          reader.settle();
          landing.fill(0xee);
        }
        assert.equal(reader.unread, 0);
        assert.equal(kept.length, bodies.length);
        for (const [index, { body: got, request, slab }] of kept.entries()) {
          assert.equal(request, index);
          assert.ok(Buffer.compare(got, bodies[index]!) === 0);
          if (slab !== undefined) slabs.release(slab);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('who announces a large frame and sends little of it gets little memory', () => {
  const slabs = new Slabs();
  const reader = new FrameReader(slabs);
  reader.push(frame({}, new Uint8Array(900_000)).subarray(0, CELL_SIZE + 100));
  assert.equal(reader.next(), undefined);
  reader.settle();
  assert.equal(reader.unread, CELL_SIZE + 100);
  assert.equal(slabs.withRoom(1).used, 16 * 1024);
  reader.close();
  assert.equal(slabs.withRoom(1).used, 0);
});

const refused = (error: unknown): boolean =>
  error instanceof TallystickError && (error.code === 'frame_invalid' || error.code === 'version_mismatch');

test('any other bytes are refused, or waited for: nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat(2000), { maxLength: 5 }), (bytes, cuts) => {
      const { frames, error } = read(cut(bytes, cuts));
      assert.deepEqual(frames, []);
      if (bytes.length >= CELL_SIZE) assert.ok(refused(error));
      else assert.equal(error, undefined);
    }),
  );
});

test('one bit that flips, anywhere, is found', () => {
  fc.assert(
    fc.property(body, fc.nat(), (each, bit) => {
      const bytes = frame({}, each);
      const at = bit % (bytes.length * 8);
      bytes[at >> 3]! ^= 1 << (at & 7);
      const { frames, error } = read([bytes]);
      assert.deepEqual(frames, []);
      assert.ok(refused(error));
    }),
  );
});

test('a frame that is cut off is waited for', () => {
  fc.assert(
    fc.property(body, fc.nat(), (each, length) => {
      const bytes = frame({}, each);
      const { frames, error, unread } = read([bytes.subarray(0, length % bytes.length)]);
      assert.deepEqual([frames, error], [[], undefined]);
      assert.equal(unread, length % bytes.length);
    }),
  );
});

/** A frame with a header that says something else, under a checksum that is right. */
function forged(change: (view: DataView) => void): Uint8Array {
  const bytes = frame({}, Uint8Array.of(1));
  const view = new DataView(bytes.buffer);
  change(view);
  return resealed(bytes);
}

/** The header's checksum is made again, by its rule and not by the code that is tested. */
function resealed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  let crc = 0xffff_ffff;
  for (const byte of copy.subarray(4, CELL_SIZE)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  view.setUint32(0, ~crc >>> 0, true);
  return copy;
}

test('a body is never larger than a frame may be, and as large as it says; another version is told so', () => {
  const cells = (count: number, size: number): Uint8Array =>
    forged((view) => {
      view.setUint32(FrameOffset.cells, count, true);
      view.setUint32(FrameOffset.size, size, true);
    });
  for (const bytes of [
    cells(BODY_CELLS_MAX + 1, (BODY_CELLS_MAX + 1) * CELL_SIZE),
    cells(0xffff_ffff, 0xffff_ffff),
    cells(2 ** 25, 0),
    cells(1, 129),
    cells(1, 0),
  ]) {
    assert.throws(() => checkHeader({ bytes, view: new DataView(bytes.buffer) }, 0), { code: 'frame_invalid' });
  }
  const newer = forged((view) => view.setUint16(FrameOffset.version, 2, true));
  assert.throws(() => checkHeader({ bytes: newer, view: new DataView(newer.buffer) }, 0), { code: 'version_mismatch' });
  const reader = new FrameReader();
  reader.cellsMax = 1;
  reader.push(frame({}, new Uint8Array(129)).subarray(0, CELL_SIZE));
  assert.throws(() => reader.next(), { code: 'frame_invalid' });
});

test('hello, its answer and errors come out as they went in, and are refused when too short', () => {
  const u128 = fc.bigInt(0n, 2n ** 128n - 1n);
  const u32 = fc.nat(0xffff_ffff);
  fc.assert(
    fc.property(
      u128,
      u128,
      u32,
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.boolean(),
      (a, b, events, requests, replay) => {
        const welcome: Welcome = {
          cluster: a,
          ledgerId: b,
          eventsMax: events,
          requestsMax: requests,
          cellsMax: events,
          replay,
          traces: !replay,
        };
        assert.deepEqual(decodeWelcome(encodeWelcome(welcome)), welcome);
        const hello = { cluster: a, token: replay ? 'häßlich' : undefined };
        assert.deepEqual(decodeHello(encodeHello(hello)), hello);
      },
    ),
  );
  assert.throws(() => decodeHello(new Uint8Array(15)), { code: 'frame_invalid' });
  assert.throws(() => decodeWelcome(new Uint8Array(47)), { code: 'frame_invalid' });
  assert.throws(() => decodeWelcome(new Uint8Array(48)), { code: 'frame_invalid' });
  const error = decodeError(encodeError(new TallystickError('lane_full', 'the normal lane is full: ünd so')));
  assert.deepEqual(
    [error.code, error.message, error.retriable],
    ['lane_full', 'the normal lane is full: ünd so', true],
  );
  assert.equal(error.retryAfterMs, undefined);
  const timed = decodeError(encodeError(new TallystickError('lane_full', 'f'.repeat(5000), { retryAfterMs: 1234 })));
  assert.deepEqual([timed.code, timed.retryAfterMs, timed.message.length > 4000], ['lane_full', 1234, true]);
  assert.equal(decodeError(encodeError(new Error('secret'))).code, 'engine_failed');
  assert.doesNotMatch(decodeError(encodeError(new Error('secret'))).message, /secret/);
  const unknown = decodeError(new TextEncoder().encode('constructor of things'));
  assert.deepEqual([unknown.code, unknown.message], ['engine_failed', 'the server says constructor: of things']);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => decodeError(bytes) instanceof TallystickError));
});
