/**
 * All methods of a service on one stream: each request has an id, and its answer has the same. Reads on while fewer
 * than 256 requests are unanswered and their bytes fit; answers go out as they come.
 *
 *   request   id = 1 · the request of a method, under the method's number
 *   reply     id = 1 · error = 2, or the reply of the method, under the same number
 */
import type { Asker, GrpcService, ServiceMethod } from 'tallystick/internal/model';
import { TallystickError } from 'tallystick/internal/model';
import {
  asTallystickError,
  FieldReader,
  type FieldWriter,
  malformed,
  WireType,
  writeError,
} from 'tallystick/internal/wire';
import { deadlinePassed, type GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
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

export class ServiceStream implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #door: GrpcDoor;
  readonly #service: GrpcService;
  readonly #methods: ReadonlyMap<number, ServiceMethod>;
  readonly #asker: Asker;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  /** Unanswered: read, and the answer not yet taken by the kernel. */
  #requests = 0;
  #bytes = 0;
  /** Bytes of the message that is being read. */
  #admitted = 0;
  /** Why the call ends when the last answer is out. */
  #ending: TallystickError | 'well' | undefined;
  readonly #readOn = (): void => this.#incoming.pump();

  constructor(call: GrpcCall, door: GrpcDoor, service: GrpcService) {
    this.#call = call;
    this.#door = door;
    this.#service = service;
    this.#methods = new Map(service.methods.map((method) => [method.number, method]));
    this.#asker = askedOver(call, door);
    this.#outgoing = new Outgoing(call, (replies, cost) => this.#answered(replies, cost));
    this.#incoming = new Incoming(call.stream, this, SERVICE_REQUEST_SIZE_MAX);
    call.stream.once('close', () => this.#close());
    call.begin(told(door.served));
  }

  admits(size: number): boolean {
    const { limits, budget } = this.#door;
    const cost = size + SERVICE_REPLY_SIZE;
    if (this.#requests >= limits.requestsMax) return false;
    if (this.#requests > 0 && this.#bytes + cost > limits.streamBytesMax) return false;
    if (!budget.take(cost)) {
      budget.wait(this.#readOn);
      return false;
    }
    this.#bytes += cost;
    this.#admitted = cost;
    return true;
  }

  message(bytes: Uint8Array): void {
    const cost = this.#admitted;
    this.#admitted = 0;
    this.#requests++;
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
        this.#outgoing.add(cost, (writer) => {
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
    this.#outgoing.add(cost, (writer) => {
      writeId(writer, asked);
      writer.message(ERROR, (inner) => writeError(inner, asTallystickError(error)));
    });
  }

  #answered(replies: number, cost: number): void {
    this.#requests -= replies;
    this.#bytes -= cost;
    this.#door.budget.give(cost);
    if (this.#requests === 0 && this.#ending !== undefined) this.#end();
    else this.#incoming.pump();
  }

  end(): void {
    this.#endWith('well');
  }

  failed(error: TallystickError): void {
    this.#endWith(error);
  }

  drain(reason?: TallystickError): void {
    this.#incoming.stop();
    const down = 'the server is going down; what it has not answered it has not done';
    this.#endWith(reason ?? new TallystickError('closed', down));
  }

  /** Everything that was taken is answered first. */
  #endWith(ending: TallystickError | 'well'): void {
    this.#ending ??= ending;
    this.#outgoing.flush();
    if (this.#requests === 0) this.#end();
  }

  #end(): void {
    if (this.#ending === 'well') this.#call.finish();
    else if (this.#ending !== undefined) this.#call.fail(this.#ending);
  }

  /** The deadline of the whole stream. */
  expire(): void {
    this.#incoming.stop();
    this.#call.fail(deadlinePassed(this.#requests > 0));
  }

  get unread(): number {
    return this.#incoming.unread;
  }

  sweep(now: number, writeMs: number): void {
    this.#incoming.sweep(now, this.#door.limits.messageMs);
    if (this.#outgoing.stalled(now, writeMs)) this.#call.abandon();
  }

  #close(): void {
    this.#incoming.stop();
    this.#door.budget.forget(this.#readOn);
    this.#door.budget.give(this.#admitted);
    this.#admitted = 0;
  }
}

function writeId(writer: FieldWriter, { low, high }: Asked): void {
  writer.room(12);
  if (low === 0 && high === 0) return;
  writer.tag(ID, WireType.varint);
  writer.varint64(low, high);
}
