/** A method of a service: the request is read whole, the reply written whole. */
import type { GrpcService, ServiceMethod } from 'tallystick/internal/model';
import { TallystickError } from 'tallystick/internal/model';
import { asTallystickError, FieldWriter, GRPC_PREFIX_SIZE, malformed } from 'tallystick/internal/wire';
import { deadlinePassed, type GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';
import { askedOver } from './service-asker.ts';
import { readMessage, writeMessage } from './service-codec.ts';

/** As much as a body of HTTP may have. */
export const SERVICE_REQUEST_SIZE_MAX: number = 2 ** 20;
/** Bytes that an answer is charged for. */
export const SERVICE_REPLY_SIZE = 512;

export class ServiceCall implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #door: GrpcDoor;
  readonly #service: GrpcService;
  readonly #method: ServiceMethod;
  readonly #incoming: Incoming;
  #request: Uint8Array | undefined;
  #sent = false;
  #repliedAt = 0;
  /** Bytes of the budget. */
  #cost = 0;
  readonly #readOn = (): void => this.#incoming.pump();

  constructor(call: GrpcCall, door: GrpcDoor, service: GrpcService, method: ServiceMethod) {
    this.#call = call;
    this.#door = door;
    this.#service = service;
    this.#method = method;
    this.#incoming = new Incoming(call.stream, this, SERVICE_REQUEST_SIZE_MAX);
    call.stream.once('close', () => this.#close());
  }

  admits(size: number): boolean {
    const { budget } = this.#door;
    if (!budget.take(size + SERVICE_REPLY_SIZE)) {
      budget.wait(this.#readOn);
      return false;
    }
    this.#cost += size + SERVICE_REPLY_SIZE;
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
    void this.#answer(this.#request);
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    const method = this.#method;
    try {
      const asked = readMessage(method.request, bytes, 0, bytes.length);
      this.#sent = true;
      const reply = await this.#service.answer(method, asked, askedOver(this.#call, this.#door));
      this.#reply(reply);
    } catch (error) {
      this.#call.fail(asTallystickError(error));
    }
    if (this.#call.stream.destroyed) this.#giveBack();
  }

  #reply(reply: object): void {
    if (this.#call.ended) return;
    const writer = new FieldWriter(SERVICE_REPLY_SIZE);
    writer.at = GRPC_PREFIX_SIZE;
    writeMessage(writer, this.#method.reply, reply);
    writer.bytes[0] = 0;
    writer.bytes.writeUInt32BE(writer.at - GRPC_PREFIX_SIZE, 1);
    this.#repliedAt = performance.now();
    this.#call.begin(told(this.#door.served));
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
    this.#call.fail(deadlinePassed(this.#sent));
  }

  get unread(): number {
    return this.#incoming.unread;
  }

  sweep(now: number, writeMs: number): void {
    this.#incoming.sweep(now, this.#door.limits.messageMs);
    if (this.#repliedAt > 0 && now - this.#repliedAt >= writeMs) this.#call.abandon();
  }

  /** What is being worked on is given back when it is answered. */
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
