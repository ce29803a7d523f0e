/**
 * A stream of requests: reads on while fewer than 256 are unanswered and their bytes fit, sends answers out as they
 * come, and ends when the last one is out.
 */
import { TallystickError } from 'tallystick/internal/model';
import { deadlinePassed, type GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';
import { Outgoing } from './outgoing.ts';

export abstract class RequestStream implements Receiver, OpenCall {
  protected readonly call: GrpcCall;
  protected readonly door: GrpcDoor;
  protected readonly outgoing: Outgoing;
  protected readonly readOn = (): void => this.#incoming.pump();
  readonly #incoming: Incoming;
  /** What a request is charged for besides its own bytes. */
  readonly #surcharge: number;
  /** Unanswered: read, and the answer not yet taken by the kernel. */
  #requests = 0;
  #bytes = 0;
  /** Bytes of the message that is being read. */
  #admitted = 0;
  /** Why the call ends when the last answer is out. */
  #ending: TallystickError | 'well' | undefined;

  constructor(call: GrpcCall, door: GrpcDoor, sizeMax: number, surcharge: number) {
    this.call = call;
    this.door = door;
    this.#surcharge = surcharge;
    this.outgoing = new Outgoing(call, (replies, cost) => this.answered(replies, cost));
    this.#incoming = new Incoming(call.stream, this, sizeMax);
    call.stream.once('close', () => this.#close());
    // At once: a client sends nothing before it knows which ledger this is.
    call.begin(told(door.served));
  }

  abstract message(bytes: Uint8Array): void;

  admits(size: number): boolean {
    const { limits, budget } = this.door;
    const cost = size + this.#surcharge;
    if (this.#requests >= limits.requestsMax) return false;
    if (this.#requests > 0 && this.#bytes + cost > limits.streamBytesMax) return false;
    if (!budget.take(cost)) {
      budget.wait(this.readOn);
      return false;
    }
    this.#bytes += cost;
    this.#admitted = cost;
    return true;
  }

  /** The message that was admitted is here, and is answered for that many bytes. */
  protected takeUp(): number {
    const cost = this.#admitted;
    this.#admitted = 0;
    this.#requests++;
    return cost;
  }

  /** A request turns out to hold more bytes until it is answered. */
  protected charge(more: number): void {
    this.#bytes += more;
    this.door.budget.charge(more);
  }

  protected answered(replies: number, cost: number): void {
    this.#requests -= replies;
    this.#bytes -= cost;
    this.door.budget.give(cost);
    if (this.#requests === 0 && this.#ending !== undefined) this.#end();
    else this.#incoming.pump();
  }

  /** The stream has gone, and nothing more is read. */
  protected gone(): void {}

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
    this.outgoing.flush();
    if (this.#requests === 0) this.#end();
  }

  #end(): void {
    if (this.#ending === 'well') this.call.finish();
    else if (this.#ending !== undefined) this.call.fail(this.#ending);
  }

  /** The deadline of the whole stream. */
  expire(): void {
    this.#incoming.stop();
    this.call.fail(deadlinePassed(this.#requests > 0));
  }

  get unread(): number {
    return this.#incoming.unread;
  }

  sweep(now: number, writeMs: number): void {
    this.#incoming.sweep(now, this.door.limits.messageMs);
    if (this.outgoing.stalled(now, writeMs)) this.call.abandon();
  }

  #close(): void {
    this.#incoming.stop();
    this.door.budget.forget(this.readOn);
    this.gone();
    this.door.budget.give(this.#admitted);
    this.#admitted = 0;
  }
}
