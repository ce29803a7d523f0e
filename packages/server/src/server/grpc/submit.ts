/**
 * The stream of all operations, which also reads on no faster than there is room in the lanes.
 *
 *   HTTP/2 ──chunks──> Incoming ──messages──> port.request ──replies──> Outgoing ──> HTTP/2
 */
import { Cells, type Lane } from 'tallystick/internal/model';
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
import type { GrpcCall } from './call.ts';
import { type GrpcDoor, traceOf, wishedLane, wishOf } from './door.ts';
import { RequestStream } from './request-stream.ts';

/** An envelope around the operation's message: id, lane, the caller's span, the session, tags and lengths. */
const ENVELOPE_SIZE_MAX = 512;

export class SubmitStream extends RequestStream {
  readonly #wish: Lane | undefined;
  readonly #traceparent: string | undefined;
  readonly #place: Place;
  /** The cost of the request that waits there. */
  #placeCost = 0;

  constructor(call: GrpcCall, door: GrpcDoor) {
    super(call, door, requestSizeMax + ENVELOPE_SIZE_MAX, 0);
    this.#wish = wishOf(call);
    this.#traceparent = traceOf(call);
    this.#place = new Place(door.pool, this.readOn);
  }

  override admits(size: number): boolean {
    return !this.#place.taken && super.admits(size);
  }

  message(bytes: Uint8Array): void {
    let cost = this.takeUp();
    let request: GrpcRequest;
    try {
      request = readRequest(bytes);
    } catch (error) {
      this.answered(1, cost);
      throw error;
    }
    try {
      if (request.operation === 0) throw malformed('a request without an operation that is known here');
      const asked = readEvents(request.operation, bytes, request.start, request.end);
      const { count, events, form } = asked;
      const named = namedIn(request, asked);
      const more = replySizeMax(asked) + (form === 'packed' ? 0 : events.length);
      this.charge(more);
      cost += more;
      if (count === 0) {
        this.outgoing.add(cost, (writer) =>
          writeStreamReply(writer, request, form, Cells.none, 0, 0, this.door.served),
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
    this.door.port
      .request({
        operation,
        count,
        write: (cells, at) => cells.bytes.set(events, at),
        read: (cells, at, size) =>
          this.outgoing.add(cost, (writer) =>
            writeStreamReply(writer, request, form, cells, at, size, this.door.served),
          ),
        context: contextOf(this.call.terms(request.timeoutMs), this.door.counters, {
          operation,
          events,
          wish: wishedLane(request.lane, this.#wish),
          traceparent: request.traceparent ?? this.#traceparent,
          once: named.once,
          stale: request.stale,
        }),
      })
      .then(answered, (error: unknown) => {
        this.#refuse(request, cost, error);
        answered();
      });
  }

  #refuse(request: GrpcRequest, cost: number, error: unknown): void {
    this.outgoing.add(cost, (writer) => writeStreamError(writer, request, asTallystickError(error)));
  }

  protected override gone(): void {
    if (this.#place.leave()) this.answered(1, this.#placeCost);
  }
}

/** A session whose request has no number names its request 0: protobuf does not write a zero. */
function namedIn(request: GrpcRequest, { operation, events }: GrpcEvents): Named {
  const { session, number, answered, again, since } = request;
  const known = { answered, since: again ? since : undefined };
  return namedBySession(session, session === undefined ? number : (number ?? 0), operation, events, known);
}
