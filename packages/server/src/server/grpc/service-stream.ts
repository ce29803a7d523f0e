/**
 * All methods of a service on one stream: each request has an id, and its answer has the same.
 *
 *   request   id = 1 · the request of a method, under the method's number
 *   reply     id = 1 · error = 2, or the reply of the method, under the same number
 */
import type { Asker, GrpcService, ServiceMethod } from 'tallystick/internal/model';
import {
  asTallystickError,
  FieldReader,
  type FieldWriter,
  malformed,
  WireType,
  writeError,
} from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';
import type { GrpcDoor } from './door.ts';
import { RequestStream } from './request-stream.ts';
import { askedOver } from './service-asker.ts';
import { SERVICE_REPLY_SIZE, SERVICE_REQUEST_SIZE_MAX } from './service-call.ts';
import { readMessage, writeMessage } from './service-codec.ts';

const ID = 1;
const ERROR = 2;

interface Asked {
  low: number;
  high: number;
  method: ServiceMethod | undefined;
  message: object;
}

export class ServiceStream extends RequestStream {
  readonly #service: GrpcService;
  readonly #methods: ReadonlyMap<number, ServiceMethod>;
  readonly #asker: Asker;

  constructor(call: GrpcCall, door: GrpcDoor, service: GrpcService) {
    super(call, door, SERVICE_REQUEST_SIZE_MAX, SERVICE_REPLY_SIZE);
    this.#service = service;
    this.#methods = new Map(service.methods.map((method) => [method.number, method]));
    this.#asker = askedOver(call, door);
  }

  message(bytes: Uint8Array): void {
    const cost = this.takeUp();
    const asked: Asked = { low: 0, high: 0, method: undefined, message: {} };
    try {
      this.#read(bytes, asked);
    } catch (error) {
      this.#refuse(asked, cost, error);
      return;
    }
    const { method, message } = asked;
    this.#service.answer(method!, message, this.#asker).then(
      (reply) => {
        this.outgoing.add(cost, (writer) => {
          writeId(writer, asked);
          writer.message(method!.number, (inner) => writeMessage(inner, method!.reply, reply));
        });
      },
      (error: unknown) => this.#refuse(asked, cost, error),
    );
  }

  /** The id first, wherever it stands: what is wrong with the rest is told under it. */
  #read(bytes: Uint8Array, asked: Asked): void {
    const reader = new FieldReader(bytes, 0, bytes.length);
    let at: { readonly start: number; readonly end: number } | undefined;
    let twice = false;
    let unknown = 0;
    while (reader.next()) {
      const method = this.#methods.get(reader.field);
      if (reader.field === ID && reader.wireType === WireType.varint) {
        asked.low = reader.low;
        asked.high = reader.high;
      } else if (method !== undefined && reader.wireType === WireType.bytes) {
        twice ||= at !== undefined;
        asked.method = method;
        at = { start: reader.start, end: reader.end };
      } else unknown = reader.field;
    }
    if (unknown !== 0) throw malformed(`field ${unknown} is no request of ${this.#service.name}`);
    if (at === undefined || twice) throw malformed('a request of a stream asks for one thing');
    asked.message = readMessage(asked.method!.request, bytes, at.start, at.end);
  }

  #refuse(asked: Asked, cost: number, error: unknown): void {
    this.outgoing.add(cost, (writer) => {
      writeId(writer, asked);
      writer.message(ERROR, (inner) => writeError(inner, asTallystickError(error)));
    });
  }
}

function writeId(writer: FieldWriter, { low, high }: Asked): void {
  writer.room(12);
  if (low === 0 && high === 0) return;
  writer.tag(ID, WireType.varint);
  writer.varint64(low, high);
}
