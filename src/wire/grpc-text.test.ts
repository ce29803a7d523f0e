/** Wide numbers as text, for people: against protobuf.js, which reads the same .proto file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codec, plain, recordBytes, records, repliedCells } from '../../test/support/grpc-messages.ts';
import { type Cells, Operation, operationShapes } from '../model/index.ts';
import { type ProtoRecord, protoOperations } from './gen/grpc.ts';
import { readEvents, writeReply } from './grpc-events.ts';
import { FieldWriter } from './grpc-protobuf.ts';
import { messageSizeMax } from './grpc-records.ts';

function numberAt({ view }: Pick<Cells, 'view'>, at: number): bigint {
  return (view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true);
}

/** A record as protobuf.js has its message, with texts in place of bytes. */
function texts(record: ProtoRecord, bytes: Uint8Array): Record<string, unknown> {
  const message = plain(record, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (const { name, type, offset } of record.fields) {
    if (type !== 'u128' || message[name] === undefined) continue;
    delete message[name];
    message[`${name}_text`] = String(numberAt({ view }, offset));
  }
  return message;
}

const isEvent = (record: ProtoRecord): boolean => Object.values(protoOperations).some(({ event }) => event === record);

for (const record of records.filter(isEvent)) {
  test(`${record.name}: texts are read as the record's own bytes, and ask for texts`, () => {
    const operation = Number(Object.entries(protoOperations).find(([, { event }]) => event === record)![0]);
    const { method, list } = protoOperations[operation]!;
    const single = operationShapes[operation as Operation].eventsMax === 1;
    fc.assert(
      fc.property(recordBytes(record), (bytes) => {
        const limit = record.fields.find(({ name }) => name === 'limit');
        if (limit !== undefined) new DataView(bytes.buffer).setUint32(limit.offset, 7, true);
        const message = texts(record, bytes);
        const said = Object.keys(message).some((name) => name.endsWith('_text'));
        const sent = codec(`${method}Request`).serialize({ [list]: single ? message : [message] });
        const { events, form } = readEvents(operation, sent, 0, sent.length);
        assert.equal(form, said ? 'text' : 'bytes');
        assert.deepEqual(Buffer.from(events), Buffer.from(bytes));
      }),
    );
  });
}

for (const [number, { method, reply }] of Object.entries(protoOperations)) {
  test(`${method}: replies in text are read by protobuf.js`, () => {
    fc.assert(
      fc.property(fc.array(recordBytes(reply), { maxLength: 4 }), (all) => {
        const bytes = Buffer.concat(all);
        const writer = new FieldWriter(1);
        writeReply(writer, Number(number), 'text', repliedCells(bytes), 16, bytes.length);
        const read = codec(`${method}Reply`).deserialize(writer.toBytes()) as Record<string, unknown[]>;
        assert.deepEqual(
          Object.values(read)[0] ?? [],
          all.map((one) => texts(reply, one)),
        );
        assert.ok(writer.at <= all.length * (messageSizeMax(reply, 'text') + 4));
      }),
    );
  });
}

function events(method: string, message: object): ReturnType<typeof readEvents> {
  const operation = Number(Object.entries(protoOperations).find(([, known]) => known.method === method)![0]);
  const sent = codec(`${method}Request`).serialize(message);
  return readEvents(operation, sent, 0, sent.length);
}

test('ids come as text in decimal, in hex and as UUIDs, and are answered in text', () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const found = events('LookupAccounts', { ids_text: ['17', '0xff', uuid] });
  assert.deepEqual([found.count, found.form], [3, 'text']);
  const view = new DataView(found.events.buffer);
  assert.deepEqual(
    [0, 16, 32].map((at) => numberAt({ view }, at)),
    [17n, 255n, BigInt(`0x${uuid.replaceAll('-', '')}`)],
  );
  assert.equal(events('LookupAccounts', { ids: [Buffer.from([1])], text: true }).form, 'text');
  assert.equal(events('LookupAccounts', { packed: Buffer.alloc(16), text: true }).form, 'packed');
  assert.equal(events('QueryAccounts', {}).form, 'bytes');
});

test('what is no number, or is there twice, is refused by its name', () => {
  const refused = (method: string, message: object, why: RegExp): void => {
    assert.throws(() => events(method, message), { code: 'invalid_argument', message: why });
  };
  for (const text of ['x', '-1', '1.5', '340282366920938463463374607431768211456', '1 ']) {
    refused('CreateAccounts', { accounts: [{}, { id_text: text }] }, /^accounts\[1\]\.id_text must be /);
    refused('LookupTransfers', { ids_text: ['1', text] }, /^ids_text\[1\] must be /);
  }
  const amount = { amount: Buffer.from([1]), amount_text: '1' };
  refused('CreateTransfers', { transfers: [amount] }, /^transfers\[0\]: give amount or amount_text, not both$/);
  refused('LookupAccounts', { ids: [Buffer.from([1])], ids_text: ['1'] }, /give ids or ids_text, not both$/);
  refused('LookupAccounts', { ids_text: ['1'], packed: Buffer.alloc(16) }, /give ids or packed, not both$/);
  refused('CreateTransfers', { transfers: [{ id_text: '1' }] }, /^transfers\[0\]\..*amount/);
});

test('an empty text is none, as protobuf has it, and a zero amount is written', () => {
  const { events: bytes } = events('CreateTransfers', { transfers: [{ id_text: '', amount_text: '0' }] });
  assert.ok(bytes.every((byte) => byte === 0));
  const writer = new FieldWriter();
  writeReply(writer, Operation.lookup_transfers, 'text', repliedCells(new Uint8Array(128)), 16, 128);
  assert.deepEqual(codec('LookupTransfersReply').deserialize(writer.toBytes()), { transfers: [{ amount_text: '0' }] });
});

test('numbers of fields leave room for their twins, and for the bits that remember what was given', () => {
  for (const record of records) {
    const numbers = record.fields.map(({ number }) => number);
    assert.ok(Math.max(...numbers) < 100, record.name);
    if (isEvent(record)) assert.ok(Math.max(...numbers) < 31, record.name);
  }
});
