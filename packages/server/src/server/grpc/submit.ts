/**
 * The stream of all operations. Reads on while fewer than 256 requests are unanswered, their bytes fit, and there is
 * room in the lanes; replies go out as they come.
 *
 *   HTTP/2 ──chunks──> Incoming ──messages──> port.request ──replies──> Outgoing ──> HTTP/2
 */
import { Cells, type Lane, TallystickError } from 'tallystick/internal/model';
import {
  asTallystickError,
  type GrpcEvents,
  type GrpcRequest,
  malformed,
  readEvents,
  readRequest,
  replySizeMax,
  requestSizeMax,
  writeStreamError,
  writeStreamReply,
} from 'tallystick/internal/wire';
import { contextOf } from '../context.ts';
import { type Named, namedBySession } from '../idempotency.ts';
import { Place, pooledCells } from '../place.ts';
import { deadlinePassed, type GrpcCall } from './call.ts';
import { type GrpcDoor, type OpenCall, told, traceOf, wishedLane, wishOf } from './door.ts';
import { Incoming, type Receiver } from './incoming.ts';
import { Outgoing } from './outgoing.ts';

/** An envelope around the operation's message: id, lane, the caller's span, the session, tags and lengths. */
const ENVELOPE_SIZE_MAX = 512;

export class SubmitStream implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #door: GrpcDoor;
  readonly #wish: Lane | undefined;
  readonly #traceparent: string | undefined;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  /** Unanswered: read, and the reply not yet taken by the kernel. */
  #requests = 0;
  #bytes = 0;
  /** Bytes of the message that is being read. */
  #admitted = 0;
  readonly #place: Place;
  /** The cost of the request that waits there. */
  #placeCost = 0;
  /** Why the call ends when the last reply is out. */
  #ending: TallystickError | 'well' | undefined;
  readonly #readOn = (): void => this.#incoming.pump();

  constructor(call: GrpcCall, door: GrpcDoor) {
    this.#call = call;
    this.#door = door;
    this.#wish = wishOf(call);
    this.#traceparent = traceOf(call);
    this.#outgoing = new Outgoing(call, (replies, cost) => this.#answered(replies, cost));
    this.#place = new Place(door.pool, this.#readOn);
    this.#incoming = new Incoming(call.stream, this, requestSizeMax + ENVELOPE_SIZE_MAX);
    call.stream.once('close', () => this.#close());
    // At once: a client sends nothing before it knows which ledger this is.
    call.begin(told(door.served));
  }

  admits(size: number): boolean {
    const { limits, budget } = this.#door;
    if (this.#place.taken) return false;
    if (this.#requests >= limits.requestsMax) return false;
    if (this.#requests > 0 && this.#bytes + size > limits.streamBytesMax) return false;
    if (!budget.take(size)) {
      budget.wait(this.#readOn);
      return false;
    }
    this.#bytes += size;
    this.#admitted = size;
    return true;
  }

  message(bytes: Uint8Array): void {
    let cost = this.#admitted;
    this.#admitted = 0;
    this.#requests++;
    let request: GrpcRequest;
    try {
      request = readRequest(bytes);
    } catch (error) {
      this.#answered(1, cost);
      throw error;
    }
    try {
      if (request.operation === 0) throw malformed('a request without an operation that is known here');
      const asked = readEvents(request.operation, bytes, request.start, request.end);
      const { count, events, form } = asked;
      const named = namedIn(request, asked);
      const more = replySizeMax(asked) + (form === 'packed' ? 0 : events.length);
      this.#bytes += more;
      this.#door.budget.charge(more);
      cost += more;
      if (count === 0) {
        this.#outgoing.add(cost, (writer) =>
          writeStreamReply(writer, request, form, Cells.none, 0, 0, this.#door.served.op),
        );
        return;
      }
      const wish = wishedLane(request.lane, this.#wish);
      this.#placeCost = cost;
      const pooled = pooledCells(wish, asked.operation, count, events.length);
      this.#place.enter(pooled, () => this.#send(request, asked, named, cost, pooled));
    } catch (error) {
      this.#refuse(request, cost, error);
    }
  }

  #send(
    request: GrpcRequest,
    { operation, count, events, form }: GrpcEvents,
    named: Named,
    cost: number,
    pooled: number,
  ): void {
    const answered = (): void => this.#place.give(pooled);
    this.#door.port
      .request({
        operation,
        count,
        write: (cells, at) => cells.bytes.set(events, at),
        read: (cells, at, size) =>
          this.#outgoing.add(cost, (writer) =>
            writeStreamReply(writer, request, form, cells, at, size, this.#door.served.op),
          ),
        context: contextOf(this.#call.terms(request.timeoutMs), this.#door.counters, {
          operation,
          events,
          wish: wishedLane(request.lane, this.#wish),
          traceparent: request.traceparent ?? this.#traceparent,
          once: named.once,
        }),
      })
      .then(answered, (error: unknown) => {
        this.#refuse(request, cost, error);
        answered();
      });
  }

  #refuse(request: GrpcRequest, cost: number, error: unknown): void {
    this.#outgoing.add(cost, (writer) => writeStreamError(writer, request, asTallystickError(error)));
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
    if (this.#place.leave()) this.#answered(1, this.#placeCost);
    this.#door.budget.give(this.#admitted);
    this.#admitted = 0;
  }
}

/** A session whose request has no number names its request 0: protobuf does not write a zero. */
function namedIn(request: GrpcRequest, { operation, events }: GrpcEvents): Named {
  const { session, number, answered, again, since } = request;
  const known = { answered, since: again ? since : undefined };
  return namedBySession(session, session === undefined ? number : (number ?? 0), operation, events, known);
}
