/** The port that the native door is handed: the lanes, or a ledger whose clock the client sets. */
import type { Socket } from 'node:net';
import type { DoorCounters } from '../../base/index.ts';
import { type Cells, Operation, operationShapes, type ReplayPort, type RequestTerms } from '../../model/index.ts';
import type { Frame } from '../../wire/index.ts';
import type { RequestContext } from '../ingress.ts';
import { LANES } from '../lanes.ts';
import type { Expiry } from '../security/expiry.ts';

export interface NativeContext extends RequestContext {
  /** The timestamp of the request's last event, if the client sets the clock: nanoseconds since the epoch. */
  readonly timestamp?: bigint;
}

export interface NativePort {
  readonly eventsMax: number;
  /** Where the port is the connection's own: until when its client is believed. */
  readonly expiry?: Expiry | undefined;
  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context?: NativeContext,
  ): Promise<T>;
  /** Where time is told: moves it forward. */
  advance?(nanoseconds: bigint): Promise<void>;
  /** Where the port is the connection's own: the connection is over. */
  release?(): Promise<void>;
}

/**
 * Makes what a new connection speaks to, from the token that it brought and the socket with its certificate: the same for all, or one for each. What it
 * throws or rejects with, the client is told.
 */
export type OpenNativePort = (token: string | undefined, socket: Socket) => NativePort | Promise<NativePort>;

/** Rules look at the events of requests up to that many. */
const EVENTS_SHOWN_MAX = 64;
const LANE_OF_NUMBER = LANES.toReversed();

/** The context of a frame's request. */
export function contextOf(frame: Frame, door: DoorCounters | undefined, terms: RequestTerms): NativeContext {
  const { operation, count, body, lane, timestamp, timeoutMs, traceparent } = frame;
  const shown = operation === Operation.create_transfers && count <= EVENTS_SHOWN_MAX;
  return {
    ...terms,
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    wish: LANE_OF_NUMBER[lane] ?? 'normal',
    ...(shown ? { events: body } : {}),
    ...(timestamp === 0n ? {} : { timestamp }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(door === undefined ? {} : { door }),
  };
}

/** A port over a ledger for replays: one request at a time, in order, on time that is told. */
export function replayPort(ledger: ReplayPort, eventsMax: number): NativePort {
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(act: () => Promise<T>): Promise<T> => {
    const next = last.then(act);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    eventsMax,
    request: (operation, count, write, read, context) =>
      inOrder(async () => {
        const events = cellsOf(count * operationShapes[operation as Operation].eventSize);
        write(events, 0);
        const reply = await ledger.request(operation, events.bytes, context?.timestamp);
        const cells = cellsOf(reply.length);
        cells.bytes.set(reply);
        return read(cells, 0, reply.length);
      }),
    advance: (nanoseconds) => inOrder(() => ledger.advance(nanoseconds)),
    release: () => inOrder(() => ledger.close()),
  };
}

function cellsOf(size: number): Cells {
  const buffer = new ArrayBuffer(Math.ceil(size / 8) * 8);
  return { view: new DataView(buffer), bytes: new Uint8Array(buffer, 0, size), u32: new Uint32Array(buffer) };
}
