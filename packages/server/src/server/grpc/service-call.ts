/** A method of a service. */
import type { GrpcService, ServiceMethod } from 'tallystick/internal/model';
import { asTallystickError } from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';
import type { GrpcDoor } from './door.ts';
import { askedOver } from './service-asker.ts';
import { readMessage, writeMessage } from './service-codec.ts';
import { WholeCall } from './whole-call.ts';

/** As much as a body of HTTP may have. */
export const SERVICE_REQUEST_SIZE_MAX: number = 2 ** 20;
/** Bytes that an answer is charged for. */
export const SERVICE_REPLY_SIZE = 512;

export class ServiceCall extends WholeCall {
  readonly #service: GrpcService;
  readonly #method: ServiceMethod;

  constructor(call: GrpcCall, door: GrpcDoor, service: GrpcService, method: ServiceMethod) {
    super(call, door, SERVICE_REQUEST_SIZE_MAX, SERVICE_REPLY_SIZE);
    this.#service = service;
    this.#method = method;
  }

  protected async answer(bytes: Uint8Array): Promise<void> {
    const method = this.#method;
    try {
      const asked = readMessage(method.request, bytes, 0, bytes.length);
      this.sent = true;
      const reply = await this.#service.answer(method, asked, askedOver(this.call, this.door));
      this.reply((writer) => writeMessage(writer, method.reply, reply), SERVICE_REPLY_SIZE);
    } catch (error) {
      this.call.fail(asTallystickError(error));
    }
    this.answered();
  }
}
