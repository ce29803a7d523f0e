/**
 * A request and its reply are the same after a way through JSON, MessagePack or gRPC, the doors that do not speak the
 * ledger's own bytes. Fields without a name cannot be said there, so this checker ignores them.
 */
import { decode, encode } from '@msgpack/msgpack';
import { decodeMessage, packedReplyRoom, writePackedReply } from '../../packages/server/src/msgpack/index.ts';
import { Cells, type Operation } from '../../src/model/index.ts';
import {
  FieldWriter,
  type OperationByName,
  operationsByName,
  type PlainRecord,
  packEvents,
  packRecord,
  readEvents,
  readRequest,
  readStreamReply,
  recordsToJson,
  writeStreamReply,
  writeStreamRequest,
} from '../../src/wire/index.ts';
import { Broken } from '../failure.ts';

export const CODECS = ['json', 'msgpack', 'grpc'] as const;
export type Codec = (typeof CODECS)[number];

const byNumber = new Map([...operationsByName.values()].map((operation) => [operation.number, operation]));
const WIDTH = { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 } as const;

/** Sends a request and its reply through a codec and back. */
export function codecs(codec: Codec, number: number, events: Uint8Array, reply: Uint8Array): void {
  const operation = byNumber.get(number as Operation)!;
  const [asked, answered] =
    codec === 'grpc' ? overGrpc(number, events, reply) : asPlain(codec, operation, events, reply);
  same(codec, `the events of ${operation.name}`, operation.event, events, asked);
  if (answered !== undefined) same(codec, `the reply to ${operation.name}`, operation.reply, reply, answered);
}

function asPlain(
  codec: Codec,
  operation: OperationByName,
  events: Uint8Array,
  reply: Uint8Array,
): readonly [Uint8Array, Uint8Array | undefined] {
  const plain = plainEvents(operation, events);
  if (codec === 'json') {
    const texts = recordsToJson(operation.reply, Cells.copy(reply), 0, reply.length);
    const asked = packEvents(operation, JSON.parse(JSON.stringify(plain))).bytes;
    return [
      asked,
      pack(
        operation.reply,
        texts.map((text) => JSON.parse(text) as unknown),
      ),
    ];
  }
  const message = decodeMessage(encode({ id: 7, op: operation.name, events: plain }, { useBigInt64: true }));
  const count = reply.length / operation.reply.size;
  const asker = { id: message.id, asArray: false };
  const frame = Buffer.alloc(packedReplyRoom(asker, operation.reply, count));
  const end = writePackedReply(frame, 0, asker, operation.reply, Cells.copy(reply), 0, reply.length, 2 ** 40 + 7);
  const asked = packEvents(operation, message.events).bytes;
  // A reply that is too large for a frame is refused.
  if (end < 0) return [asked, undefined];
  const { results } = decode(frame.subarray(4, end), { useBigInt64: true }) as { readonly results: readonly unknown[] };
  return [asked, pack(operation.reply, results)];
}

function plainEvents({ event, eventSize }: OperationByName, events: Uint8Array): unknown[] {
  const cells = Cells.copy(events);
  if (event !== undefined) return recordsToJson(event, cells, 0, events.length).map((text) => JSON.parse(text));
  const ids: string[] = [];
  for (let at = 0; at < events.length; at += eventSize) {
    ids.push(String(cells.view.getBigUint64(at, true) | (cells.view.getBigUint64(at + 8, true) << 64n)));
  }
  return ids;
}

function pack(record: PlainRecord, all: readonly unknown[]): Uint8Array {
  const cells = Cells.of(all.length * record.size);
  for (const [index, plain] of all.entries()) packRecord(record, plain, cells, index * record.size, () => `[${index}]`);
  return cells.bytes.subarray(0, all.length * record.size);
}

function overGrpc(operation: number, events: Uint8Array, reply: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const asking = new FieldWriter(64);
  writeStreamRequest(asking, { id: 7, lane: 1, operation }, events);
  const bytes = asking.toBytes();
  const request = readRequest(bytes);
  const asked = readEvents(request.operation, bytes, request.start, request.end);
  const answering = new FieldWriter(64);
  writeStreamReply(answering, request, asked.form, Cells.copy(reply), 0, reply.length, { op: 2 ** 40 + 7 });
  const answer = answering.toBytes();
  const { start, end } = readStreamReply(answer);
  return [asked.events, answer.subarray(start, end)];
}

function same(codec: Codec, what: string, record: PlainRecord | undefined, want: Uint8Array, got: Uint8Array): void {
  const differs = (at: number, size: number): boolean =>
    Buffer.compare(want.subarray(at, at + size), got.subarray(at, at + size)) !== 0;
  if (want.length !== got.length)
    throw new Broken('codecs', `${what} had ${want.length} bytes, over ${codec} ${got.length}`);
  if (record === undefined) {
    if (differs(0, want.length)) throw new Broken('codecs', `${what} are others over ${codec}`);
    return;
  }
  for (let at = 0; at < want.length; at += record.size) {
    for (const field of record.meaningful) {
      if (!differs(at + field.at, WIDTH[field.type])) continue;
      throw new Broken('codecs', `${what}: ${field.name} of number ${at / record.size} is another one over ${codec}`);
    }
  }
}
