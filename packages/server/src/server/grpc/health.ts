/** The standard service grpc.health.v1.Health: what load balancers and orchestrators ask. */

import type { TallystickError } from 'tallystick/internal/model';
import { FieldReader, FieldWriter, GRPC_PREFIX_SIZE, GrpcStatus, WireType } from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';
import type { OpenCall } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
const REQUEST_SIZE_MAX = 1024;

export class Health {
  readonly #services: ReadonlySet<string>;
  readonly #watchers = new Set<() => void>();
  #serving = true;

  /** `''` stands for the whole server. */
  constructor(services: readonly string[]) {
    this.#services = new Set(['', ...services]);
  }

  get serving(): boolean {
    return this.#serving;
  }

  set serving(serving: boolean) {
    this.#serving = serving;
    for (const changed of this.#watchers) changed();
  }

  of(service: string): number {
    if (!this.#services.has(service)) return SERVICE_UNKNOWN;
    return this.#serving ? SERVING : NOT_SERVING;
  }

  /** Calls `changed` at every change, until the call that is returned. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }
}

/** `Check`, and `Watch`, which goes on telling. */
export class HealthCall implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #health: Health;
  readonly #goesOn: boolean;
  readonly #incoming: Incoming;
  readonly #messageMs: number;
  readonly #since: number = performance.now();
  #asked = false;
  #service = '';

  constructor(call: GrpcCall, health: Health, goesOn: boolean, messageMs: number) {
    this.#call = call;
    this.#health = health;
    this.#goesOn = goesOn;
    this.#messageMs = messageMs;
    this.#incoming = new Incoming(call.stream, this, REQUEST_SIZE_MAX);
  }

  admits(): boolean {
    return true;
  }

  message(bytes: Uint8Array): void {
    const reader = new FieldReader(bytes, 0, bytes.length);
    while (reader.next()) {
      if (reader.field === 1 && reader.wireType === WireType.bytes) this.#service = reader.text();
    }
  }

  end(): void {
    this.#asked = true;
    const status = this.#health.of(this.#service);
    if (!this.#goesOn && status === SERVICE_UNKNOWN) {
      this.#call.refuse(GrpcStatus.not_found, `there is no service ${this.#service}`);
      return;
    }
    this.#tell(status);
    if (!this.#goesOn) {
      this.#call.finish();
      return;
    }
    let told = status;
    const stop = this.#health.watch(() => {
      const now = this.#health.of(this.#service);
      if (now !== told) this.#tell(now);
      told = now;
    });
    this.#call.stream.once('close', stop);
  }

  #tell(status: number): void {
    if (this.#call.ended) return;
    const writer = new FieldWriter();
    writer.at = GRPC_PREFIX_SIZE;
    writer.number(1, status);
    writer.bytes[0] = 0;
    writer.bytes.writeUInt32BE(writer.at - GRPC_PREFIX_SIZE, 1);
    this.#call.write(writer.toBytes(), () => undefined);
  }

  failed(error: TallystickError): void {
    this.#call.fail(error);
  }

  drain(): void {
    this.#call.refuse(GrpcStatus.unavailable, 'the server is going down');
  }

  sweep(now: number): void {
    this.#incoming.sweep(now, this.#messageMs);
    if (this.#asked || now - this.#since < this.#messageMs) return;
    this.#call.refuse(GrpcStatus.deadline_exceeded, 'the question did not come in time');
  }
}
