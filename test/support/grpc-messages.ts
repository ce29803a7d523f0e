/** The ledger's messages as protobuf.js has them, and random records to make some of. */
import { join } from 'node:path';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { Cells } from '../../src/model/index.ts';
import { type ProtoRecord, protoOperations } from '../../src/wire/gen/grpc.ts';

export const protoPath: string = join(import.meta.dirname, '..', '..', '..', 'proto', 'tallystick.proto');
const proto = loadSync(protoPath, {
  keepCase: true,
  longs: String,
  bytes: Array,
  defaults: false,
});
export const codec = (name: string): MessageTypeDefinition<object, object> =>
  proto[`tallystick.v1.${name}`] as unknown as MessageTypeDefinition<object, object>;

export const records: readonly ProtoRecord[] = [
  ...new Set(
    Object.values(protoOperations).flatMap(({ event, reply }) => (event === undefined ? [reply] : [event, reply])),
  ),
];
const sizes = { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 } as const;

/** Bytes of a record whose padding and reserved fields are zero, as messages cannot say them. */
export function recordBytes(record: ProtoRecord): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 }));
  return fc
    .tuple(...record.fields.map(({ type }) => fc.uint8Array({ minLength: sizes[type], maxLength: sizes[type] })), byte)
    .chain((values) =>
      fc.array(fc.boolean(), { minLength: record.fields.length, maxLength: record.fields.length }).map((present) => {
        const bytes = new Uint8Array(record.size);
        for (const [index, { offset }] of record.fields.entries()) {
          if (present[index]!) bytes.set(values[index] as Uint8Array, offset);
        }
        return bytes;
      }),
    );
}

export function repliedCells(bytes: Uint8Array): Cells {
  const cells = Cells.of(16 + Math.ceil(bytes.length / 8) * 8);
  cells.bytes.set(bytes, 16);
  return cells;
}

/** A record as protobuf.js has its message: numbers, strings of digits, bytes as arrays. */
export function plain(record: ProtoRecord, bytes: Uint8Array): Record<string, unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const message: Record<string, unknown> = {};
  for (const { name, type, offset, signed, preset, unless } of record.fields) {
    if (type === 'u128') message[name] = [...bytes.subarray(offset, offset + 16)];
    else if (type === 'u64') message[name] = String(view.getBigUint64(offset, true));
    else {
      const value =
        type === 'u32'
          ? view.getUint32(offset, true)
          : type === 'u16'
            ? view.getUint16(offset, true)
            : view.getUint8(offset);
      message[name] = signed === true ? value | 0 : value;
    }
    const isNothing = /^[0,]*$/.test(String(message[name]));
    if (isNothing && unless !== undefined) message[name] = [];
    else if (isNothing && preset === undefined) delete message[name];
  }
  return message;
}
