/** One operation, one call: the request is read whole, the reply written whole. */
import { Cells, type Operation, operationShapes, TallystickError } from 'tallystick/internal/model';
import {
  asTallystickError,
  FieldWriter,
  GRPC_PREFIX_SIZE,
  malformed,
  readEvents,
  replySizeMax,
  requestSizeMax,
  writeReply,
} from 'tallystick/internal/wire';
import { ageOf, CONSISTENCY_NAME, isStale } from '../consistency.ts';
import { contextOf } from '../context.ts';
import { KEY_HEADER, namedByKey } from '../idempotency.ts';
import { deadlinePassed, type GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told, traceOf, wishOf } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';

const REPLY_SIZE_MIN = 256;

export class UnaryCall implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #door: GrpcDoor;
  readonly #operation: Operation;
  readonly #incoming: Incoming;
  #request: Uint8Array | undefined;
  #sent = false;
  /** The answer may be a moment old. */
  #stale = false;
  /** Bytes of the budget that the request holds until the reply is on its way. */
  #cost = 0;
  #repliedAt = 0;
  readonly #readOn = (): void => this.#incoming.pump();

  constructor(call: GrpcCall, door: GrpcDoor, operation: Operation) {
    this.#call = call;
    this.#door = door;
    this.#operation = operation;
    this.#incoming = new Incoming(call.stream, this, requestSizeMax);
    call.stream.once('close', () => this.#close());
  }

  admits(size: number): boolean {
    if (!this.#door.budget.take(size)) {
      this.#door.budget.wait(this.#readOn);
      return false;
    }
    this.#cost += size;
    return true;
  }

  message(bytes: Uint8Array): void {
    if (this.#request !== undefined) throw malformed('a second message in a unary call');
    this.#request = bytes;
  }

  end(): void {
    if (this.#request === undefined) {
      this.#call.fail(malformed('a unary call without a message'));
      return;
    }
    try {
      this.#send(this.#request);
    } catch (error) {
      this.#call.fail(asTallystickError(error));
    }
  }

  #send(bytes: Uint8Array): void {
    const operation = this.#operation;
    const asked = readEvents(operation, bytes, 0, bytes.length);
    const { count, events, form } = asked;
    if (count === 0) {
      this.#reply((writer) => writeReply(writer, operation, form, Cells.none, 0, 0), 0);
      return;
    }
    const call = this.#call;
    const { once } = namedByKey(call.headers[KEY_HEADER], operation, events);
    this.#stale = isStale(call.headers[CONSISTENCY_NAME]);
    const stale = this.#stale;
    const heard = { operation, events, wish: wishOf(call), traceparent: traceOf(call), once, stale };
    const more = replySizeMax(asked) + (form === 'packed' ? 0 : events.length);
    this.#door.budget.charge(more);
    this.#cost += more;
    this.#sent = true;
    this.#door.port
      .request({
        operation,
        count,
        write: (cells, at) => cells.bytes.set(events, at),
        read: (cells, at, size) =>
          this.#reply((writer) => writeReply(writer, operation, form, cells, at, size), form === 'packed' ? size : 0),
        context: contextOf(call.terms(0), this.#door.counters, heard),
      })
      .catch((error: unknown) => this.#call.fail(asTallystickError(error)))
      .finally(() => {
        if (this.#call.stream.destroyed) this.#giveBack();
      });
  }

  #reply(write: (writer: FieldWriter) => void, size: number): void {
    if (this.#call.ended) return;
    const writer = new FieldWriter(size + REPLY_SIZE_MIN);
    writer.at = GRPC_PREFIX_SIZE;
    write(writer);
    writer.bytes[0] = 0;
    writer.bytes.writeUInt32BE(writer.at - GRPC_PREFIX_SIZE, 1);
    this.#repliedAt = performance.now();
    const { served } = this.#door;
    this.#call.begin(this.#stale ? { ...told(served), ...ageOf(served) } : told(served));
    this.#call.write(writer.bytes.subarray(0, writer.at), () => undefined);
    this.#call.finish();
  }

  failed(error: TallystickError): void {
    this.#call.fail(error);
  }

  /** Answers a request that is whole; a partial one gets no answer. */
  drain(reason?: TallystickError): void {
    if (this.#sent || this.#call.ended) return;
    this.#incoming.stop();
    this.#call.fail(reason ?? new TallystickError('closed', 'the server is going down; nothing was done'));
  }

  expire(): void {
    this.#incoming.stop();
    const journalled = operationShapes[this.#operation].journalled;
    this.#call.fail(deadlinePassed(this.#sent && journalled));
  }

  get unread(): number {
    return this.#incoming.unread;
  }

  sweep(now: number, writeMs: number): void {
    this.#incoming.sweep(now, this.#door.limits.messageMs);
    if (this.#repliedAt > 0 && now - this.#repliedAt >= writeMs) this.#call.abandon();
  }

  /** Requests that the lanes still hold are given back when they are answered. */
  #close(): void {
    this.#incoming.stop();
    this.#door.budget.forget(this.#readOn);
    if (!this.#sent || this.#repliedAt > 0 || this.#call.ended) this.#giveBack();
  }

  #giveBack(): void {
    const cost = this.#cost;
    this.#cost = 0;
    if (cost > 0) this.#door.budget.give(cost);
  }
}
