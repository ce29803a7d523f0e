/** Our messages against protobuf.js, which reads the same .proto file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { codec, plain, protoPath, recordBytes, records, repliedCells } from '../../test/support/grpc-messages.ts';
import { Operation, operationShapes, TallystickError } from '../model/index.ts';
import { type ProtoRecord, protoOperations } from './gen/grpc.ts';
import { readEvents, requestSizeMax, writeReply } from './grpc-events.ts';
import {
  readRequest,
  readStreamReply,
  writeStreamError,
  writeStreamReply,
  writeStreamRequest,
} from './grpc-messages.ts';
import { FieldWriter } from './grpc-protobuf.ts';
import { messageSizeMax } from './grpc-records.ts';
import { readStatusDetails, statusDetails } from './grpc-status.ts';

const isEvent = (record: ProtoRecord): boolean => Object.values(protoOperations).some(({ event }) => event === record);
const operationOf = (record: ProtoRecord): number =>
  Number(Object.entries(protoOperations).find(([, { event }]) => event === record)![0]);

for (const record of records.filter(isEvent)) {
  test(`${record.name}: what protobuf.js writes is read as the record's own bytes`, () => {
    const operation = operationOf(record);
    const { method, list } = protoOperations[operation]!;
    const single = operationShapes[operation as Operation].eventsMax === 1;
    fc.assert(
      fc.property(fc.array(recordBytes(record), { minLength: 1, maxLength: single ? 1 : 4 }), (all) => {
        const limit = record.fields.find(({ name }) => name === 'limit');
        if (limit !== undefined) new DataView(all[0]!.buffer).setUint32(limit.offset, 7, true);
        const messages = all.map((bytes) => plain(record, bytes));
        const message = codec(`${method}Request`).serialize({ [list]: single ? messages[0] : messages });
        const { count, events, form } = readEvents(operation, message, 0, message.length);
        assert.equal(count, all.length);
        assert.equal(form, 'bytes');
        assert.deepEqual(Buffer.from(events), Buffer.concat(all));
      }),
    );
  });
}

for (const [number, { method, reply }] of Object.entries(protoOperations)) {
  test(`${method}: replies are read by protobuf.js as they are`, () => {
    fc.assert(
      fc.property(fc.array(recordBytes(reply), { maxLength: 4 }), (all) => {
        const bytes = Buffer.concat(all);
        const writer = new FieldWriter(1);
        writeReply(writer, Number(number), 'bytes', repliedCells(bytes), 16, bytes.length);
        const read = codec(`${method}Reply`).deserialize(writer.toBytes()) as Record<string, Record<string, unknown>[]>;
        assert.deepEqual(
          Object.values(read)[0] ?? [],
          all.map((one) => plain(reply, one)),
        );
        assert.ok(writer.at <= all.length * (messageSizeMax(reply, 'bytes') + 4));
      }),
    );
  });
}

test('a status that is created is -1 here, and created to protobuf.js', () => {
  const result = new Uint8Array(16);
  new DataView(result.buffer).setUint32(8, 0xffff_ffff, true);
  const writer = new FieldWriter();
  writeReply(writer, Operation.create_transfers, 'bytes', repliedCells(result), 16, 16);
  const loader = loadSync(protoPath, { enums: String });
  const type = loader['tallystick.v1.CreateTransfersReply'] as unknown as MessageTypeDefinition<object, object>;
  assert.deepEqual(type.deserialize(writer.toBytes()), { results: [{ status: 'CREATE_TRANSFER_STATUS_CREATED' }] });
});

test('a filter without fields has the presets, and an explicit zero is a zero', () => {
  const type = codec('GetAccountTransfersRequest');
  const read = (message: Buffer): DataView => {
    const { events } = readEvents(Operation.get_account_transfers, message, 0, message.length);
    return new DataView(events.buffer);
  };
  for (const message of [type.serialize({}), type.serialize({ filter: {} })]) {
    const filter = read(message);
    assert.deepEqual([filter.getUint32(120, true), filter.getUint32(124, true)], [8189, 3]);
  }
  const zeros = read(type.serialize({ filter: { limit: 0, flags: 0 } }));
  assert.deepEqual([zeros.getUint32(120, true), zeros.getUint32(124, true)], [0, 0]);
});

test('a u128 of fewer bytes has zeros above, one of more is refused by name', () => {
  const type = codec('LookupAccountsRequest');
  const message = type.serialize({ ids: [Buffer.from([1, 2]), Buffer.alloc(0)] });
  const { events } = readEvents(Operation.lookup_accounts, message, 0, message.length);
  assert.deepEqual([...events.subarray(0, 3)], [1, 2, 0]);
  assert.ok(events.subarray(3).every((byte) => byte === 0));
  const long = type.serialize({ ids: [Buffer.alloc(16), Buffer.alloc(17)] });
  assert.throws(() => readEvents(Operation.lookup_accounts, long, 0, long.length), {
    code: 'invalid_argument',
    message: 'ids[1] has 17 bytes; a u128 has 16.',
  });
});

test('what does not fit its field is refused by name', () => {
  const type = codec('CreateTransfersRequest');
  const message = type.serialize({
    transfers: [
      { amount: [], code: 65_535 },
      { amount: [], code: 65_536 },
    ],
  });
  assert.throws(() => readEvents(Operation.create_transfers, message, 0, message.length), {
    code: 'invalid_argument',
    message: 'transfers[1].code must be a u16.',
  });
});

test('an amount that is absent is no zero, except in a void', () => {
  const type = codec('CreateTransfersRequest');
  const read = (...transfers: object[]): Uint8Array => {
    const message = type.serialize({ transfers });
    return readEvents(Operation.create_transfers, message, 0, message.length).events;
  };
  for (const flags of [0, 1, 2, 4, 256]) {
    assert.throws(() => read({ amount: [1] }, { id: [1], pending_id: [1], flags }), {
      code: 'invalid_argument',
      message: /^transfers\[1\]\.amount is missing/,
    });
  }
  assert.deepEqual(
    [...read({ flags: 8 }, { amount: [] }, { amount: [5] })].filter((byte) => byte !== 0),
    [8, 5],
  );
});

test('packed events must be whole, and not stand beside messages', () => {
  const type = codec('CreateTransfersRequest');
  const refused = (message: object, code: string): void => {
    const bytes = type.serialize(message);
    assert.throws(() => readEvents(Operation.create_transfers, bytes, 0, bytes.length), { code });
  };
  refused({ packed: Buffer.alloc(127) }, 'invalid_argument');
  refused({ packed: Buffer.alloc(129) }, 'invalid_argument');
  refused({ packed: Buffer.alloc(128), transfers: [{}] }, 'invalid_argument');
  refused({ packed: Buffer.alloc(128 * 8190) }, 'too_much_data');
  refused({ transfers: Array.from({ length: 8190 }, () => ({})) }, 'too_much_data');
  const whole = type.serialize({ packed: Buffer.alloc(128 * 8189) });
  assert.equal(readEvents(Operation.create_transfers, whole, 0, whole.length).count, 8189);
  const none = type.serialize({});
  assert.equal(readEvents(Operation.create_transfers, none, 0, none.length).count, 0);
});

test('a limit of more than a reply can hold is refused, packed or not', () => {
  const type = codec('QueryTransfersRequest');
  const filter = Buffer.alloc(64);
  filter.writeUInt32LE(8190, 56);
  assert.equal(
    protoOperations[Operation.query_transfers]!.event!.fields.find(({ name }) => name === 'limit')!.offset,
    56,
  );
  for (const message of [{ filter: { limit: 8190 } }, { packed: filter }]) {
    const bytes = type.serialize(message);
    assert.throws(() => readEvents(Operation.query_transfers, bytes, 0, bytes.length), { code: 'too_much_data' });
  }
  const two = type.serialize({ packed: Buffer.alloc(128) });
  assert.throws(() => readEvents(Operation.query_transfers, two, 0, two.length), { code: 'invalid_argument' });
});

test('as many transfers as a request may hold, every field at its longest, are no larger than a message may be', () => {
  const transfer = Object.fromEntries(
    protoOperations[Operation.create_transfers]!.event!.fields.map(({ name, type }) => [
      name,
      type === 'u128'
        ? Buffer.alloc(16, 255)
        : type === 'u64'
          ? '18446744073709551615'
          : type === 'u32'
            ? 2 ** 32 - 1
            : 65_535,
    ]),
  );
  const message = codec('CreateTransfersRequest').serialize({
    transfers: Array.from({ length: 8189 }, () => transfer),
  });
  assert.ok(message.length <= requestSizeMax, `${message.length} bytes`);
  assert.equal(readEvents(Operation.create_transfers, message, 0, message.length).count, 8189);
});

test('requests of a stream are read as protobuf.js writes them, whatever the id', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.integer({ min: 0, max: 3 }),
      fc.maxSafeNat(),
      (id, lane, op) => {
        const bytes = codec('Request').serialize({
          id: String(id),
          lane,
          create_accounts: { packed: Buffer.alloc(128, 7) },
        });
        const request = readRequest(bytes);
        assert.equal((BigInt(request.idHigh) << 32n) | BigInt(request.idLow), id);
        assert.equal(request.lane, lane);
        assert.equal(request.operation, Operation.create_accounts);
        const events = readEvents(request.operation, bytes, request.start, request.end);
        assert.deepEqual(Buffer.from(events.events), Buffer.alloc(128, 7));
        const writer = new FieldWriter();
        writeStreamReply(writer, request, 'packed', repliedCells(new Uint8Array(16).fill(9)), 16, 16, { op });
        assert.equal(readStreamReply(writer.toBytes()).op, op);
        const reply = codec('Reply').deserialize(writer.toBytes());
        const wanted = { ...(id === 0n ? {} : { id: String(id) }), ...(op === 0 ? {} : { op: String(op) }) };
        assert.deepEqual(reply, { ...wanted, create_accounts: { packed: Array(16).fill(9) } });
      },
    ),
  );
});

test('our own requests and replies are read by protobuf.js', () => {
  const writer = new FieldWriter();
  writeStreamRequest(
    writer,
    { id: 2 ** 32 - 1, lane: 3, operation: Operation.lookup_accounts },
    new Uint8Array(32).fill(5),
  );
  assert.deepEqual(codec('Request').deserialize(writer.toBytes()), {
    id: '4294967295',
    lane: 3,
    lookup_accounts: { packed: Array(32).fill(5) },
  });
  const reply = codec('Reply').serialize({ id: '77', lookup_accounts: { packed: Buffer.alloc(300, 1) } });
  const { id, start, end, error } = readStreamReply(reply);
  assert.deepEqual([id, end - start, error], [77, 300, undefined]);
});

test('a request is named on a stream as protobuf.js names it, and one that is not named has no name', () => {
  const named = { session: 'till-7', number: 9, answered: 4, again: true, since: 2 ** 40 + 5 };
  const writer = new FieldWriter();
  writeStreamRequest(
    writer,
    { id: 7, lane: 0, operation: Operation.create_transfers, named },
    new Uint8Array(128).fill(5),
  );
  const read = codec('Request').deserialize(writer.toBytes());
  assert.deepEqual(
    { ...read, create_transfers: undefined },
    {
      id: '7',
      session: 'till-7',
      request: 9,
      answered: 4,
      again: true,
      since: String(2 ** 40 + 5),
      create_transfers: undefined,
    },
  );
  const { session, number, answered, again, since } = readRequest(writer.toBytes());
  assert.deepEqual({ session, number, answered, again, since }, named);
  const other = readRequest(codec('Request').serialize({ session: 'till-7', again: true, create_transfers: {} }));
  assert.deepEqual([other.session, other.number, other.again, other.since], ['till-7', undefined, true, 0]);
  const unnamed = readRequest(codec('Request').serialize({ create_transfers: {} }));
  assert.deepEqual([unnamed.session, unnamed.number, unnamed.again], [undefined, undefined, false]);
});

test('an error arrives as the error that it was, on a stream and in the details of a status', () => {
  const error = new TallystickError('lane_full', 'the high lane is full: ü', { retryAfterMs: 1250 });
  const request = {
    idLow: 3,
    idHigh: 0,
    lane: 0,
    traceparent: undefined,
    timeoutMs: 0,
    stale: false,
    session: undefined,
    number: undefined,
    answered: 0,
    again: false,
    since: 0,
    operation: 0,
    start: 0,
    end: 0,
  };
  const writer = new FieldWriter();
  writeStreamError(writer, request, error);
  const plainReply = codec('Reply').deserialize(writer.toBytes()) as { error: object };
  assert.deepEqual(plainReply.error, {
    code: 'lane_full',
    message: error.message,
    retriable: true,
    next: error.next,
    retry_after_ms: 1250,
    status: 8,
  });
  const read = readStreamReply(writer.toBytes());
  assert.deepEqual([read.id, read.error?.code, read.error?.message], [3, 'lane_full', error.message]);
  const details = statusDetails(8, error.message, codec('Error').serialize(plainReply.error));
  assert.equal(readStatusDetails(details).code, 'lane_full');
  const timed = readStatusDetails(statusDetails(8, error.message, codec('Error').serialize(plainReply.error), 1250));
  assert.deepEqual([timed.code, timed.retryAfterMs, read.error?.retryAfterMs], ['lane_full', 1250, 1250]);
});
