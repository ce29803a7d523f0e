/** A call of one request: it is read whole, and its reply written whole. */
import { TallystickError } from 'tallystick/internal/model';
import { FieldWriter, GRPC_PREFIX_SIZE, malformed } from 'tallystick/internal/wire';
import { deadlinePassed, type GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';

export abstract class WholeCall implements Receiver, OpenCall {
  protected readonly call: GrpcCall;
  protected readonly door: GrpcDoor;
  /** It is being worked on. */
  protected sent = false;
  readonly #incoming: Incoming;
  /** What the request is charged for besides its own bytes. */
  readonly #surcharge: number;
  #request: Uint8Array | undefined;
  #repliedAt = 0;
  /** Bytes of the budget that the request holds until the reply is on its way. */
  #cost = 0;
  readonly #readOn = (): void => this.#incoming.pump();

  constructor(call: GrpcCall, door: GrpcDoor, sizeMax: number, surcharge: number) {
    this.call = call;
    this.door = door;
    this.#surcharge = surcharge;
    this.#incoming = new Incoming(call.stream, this, sizeMax);
    call.stream.once('close', () => this.#close());
  }

  /** The request is here, whole. */
  protected abstract answer(bytes: Uint8Array): void;

  admits(size: number): boolean {
    const { budget } = this.door;
    const cost = size + this.#surcharge;
    if (!budget.take(cost)) {
      budget.wait(this.#readOn);
      return false;
    }
    this.#cost += cost;
    return true;
  }

  message(bytes: Uint8Array): void {
    if (this.#request !== undefined) throw malformed('a second message in a unary call');
    this.#request = bytes;
  }

  end(): void {
    if (this.#request === undefined) this.call.fail(malformed('a unary call without a message'));
    else this.answer(this.#request);
  }

  /** The request turns out to hold more bytes until it is answered. */
  protected charge(more: number): void {
    this.door.budget.charge(more);
    this.#cost += more;
  }

  /** `size`: bytes that the writer has room for at first. `more`: headers besides those that every reply has. */
  protected reply(write: (writer: FieldWriter) => void, size: number, more?: object): void {
    if (this.call.ended) return;
    const writer = new FieldWriter(size);
    writer.at = GRPC_PREFIX_SIZE;
    write(writer);
    writer.bytes[0] = 0;
    writer.bytes.writeUInt32BE(writer.at - GRPC_PREFIX_SIZE, 1);
    this.#repliedAt = performance.now();
    const all = told(this.door.served);
    this.call.begin(more === undefined ? all : { ...all, ...more });
    this.call.write(writer.bytes.subarray(0, writer.at), () => undefined);
    this.call.finish();
  }

  failed(error: TallystickError): void {
    this.call.fail(error);
  }

  /** Answers a request that is whole; a partial one gets no answer. */
  drain(reason?: TallystickError): void {
    if (this.sent || this.call.ended) return;
    this.#incoming.stop();
    this.call.fail(reason ?? new TallystickError('closed', 'the server is going down; nothing was done'));
  }

  /** Whether what is being worked on may be done although nobody hears of it. */
  protected get mayBeDone(): boolean {
    return this.sent;
  }

  expire(): void {
    this.#incoming.stop();
    this.call.fail(deadlinePassed(this.mayBeDone));
  }

  get unread(): number {
    return this.#incoming.unread;
  }

  sweep(now: number, writeMs: number): void {
    this.#incoming.sweep(now, this.door.limits.messageMs);
    if (this.#repliedAt > 0 && now - this.#repliedAt >= writeMs) this.call.abandon();
  }

  /** What is being worked on is given back when it is answered. */
  #close(): void {
    this.#incoming.stop();
    this.door.budget.forget(this.#readOn);
    if (!this.sent || this.#repliedAt > 0 || this.call.ended) this.#giveBack();
  }

  /** It was answered, or never will be. */
  protected answered(): void {
    if (this.call.stream.destroyed) this.#giveBack();
  }

  #giveBack(): void {
    const cost = this.#cost;
    this.#cost = 0;
    if (cost > 0) this.door.budget.give(cost);
  }
}
