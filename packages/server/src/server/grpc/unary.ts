/** One operation, one call. */
import { Cells, type Operation, operationShapes } from 'tallystick/internal/model';
import {
  asTallystickError,
  type FieldWriter,
  readEvents,
  replySizeMax,
  requestSizeMax,
  writeReply,
} from 'tallystick/internal/wire';
import { ageOf, CONSISTENCY_NAME, isStale } from '../consistency.ts';
import { contextOf } from '../context.ts';
import { KEY_HEADER, namedByKey } from '../idempotency.ts';
import type { GrpcCall } from './call.ts';
import { type GrpcDoor, traceOf, wishOf } from './door.ts';
import { WholeCall } from './whole-call.ts';

const REPLY_SIZE_MIN = 256;

export class UnaryCall extends WholeCall {
  readonly #operation: Operation;
  /** The answer may be a moment old. */
  #stale = false;

  constructor(call: GrpcCall, door: GrpcDoor, operation: Operation) {
    super(call, door, requestSizeMax, 0);
    this.#operation = operation;
  }

  protected answer(bytes: Uint8Array): void {
    try {
      this.#send(bytes);
    } catch (error) {
      this.call.fail(asTallystickError(error));
    }
  }

  #send(bytes: Uint8Array): void {
    const operation = this.#operation;
    const asked = readEvents(operation, bytes, 0, bytes.length);
    const { count, events, form } = asked;
    if (count === 0) {
      this.#tell((writer) => writeReply(writer, operation, form, Cells.none, 0, 0), 0);
      return;
    }
    const { call } = this;
    const { once } = namedByKey(call.headers[KEY_HEADER], operation, events);
    this.#stale = isStale(call.headers[CONSISTENCY_NAME]);
    const stale = this.#stale;
    const heard = { operation, events, wish: wishOf(call), traceparent: traceOf(call), once, stale };
    this.charge(replySizeMax(asked) + (form === 'packed' ? 0 : events.length));
    this.sent = true;
    this.door.port
      .request({
        operation,
        count,
        write: (cells, at) => cells.bytes.set(events, at),
        read: (cells, at, size) =>
          this.#tell((writer) => writeReply(writer, operation, form, cells, at, size), form === 'packed' ? size : 0),
        context: contextOf(call.terms(0), this.door.counters, heard),
      })
      .catch((error: unknown) => call.fail(asTallystickError(error)))
      .finally(() => this.answered());
  }

  #tell(write: (writer: FieldWriter) => void, size: number): void {
    this.reply(write, size + REPLY_SIZE_MIN, this.#stale ? ageOf(this.door.served) : undefined);
  }

  protected override get mayBeDone(): boolean {
    return this.sent && operationShapes[this.#operation].journalled;
  }
}
