/** What callers of the native door have: the lanes, or a ledger whose clock they tell. */
import type { Socket } from 'node:net';
import type { DoorCounters } from 'tallystick/internal/base';
import { Cells, type Context, Operation, operationShapes, type Port, type ReplayPort } from 'tallystick/internal/model';
import type { Frame } from 'tallystick/internal/wire';
import type { Access } from '../access.ts';
import { LANES } from '../lanes.ts';

/**
 * Says what a new connection has, from the token that it brought and the socket with its certificate. What it throws or
 * rejects with, the client is told.
 */
export type Admit = (token: string | undefined, socket: Socket) => Access | Promise<Access>;

/** Rules look at the events of requests up to that many. */
const EVENTS_SHOWN_MAX = 64;
const LANE_OF_NUMBER = LANES.toReversed();

/** The context of a frame's request. */
export function contextOf(frame: Frame, door: DoorCounters | undefined, terms: Context): Context {
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

/** A ledger for replays: one request at a time, in order, on time that is told. */
export function replayAccess(ledger: ReplayPort, eventsMax: number): Access {
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(act: () => Promise<T>): Promise<T> => {
    const next = last.then(act);
    last = next.catch(() => undefined);
    return next;
  };
  const replay: ReplayPort = {
    request: (operation, events, timestamp) => inOrder(() => ledger.request(operation, events, timestamp)),
    advance: (nanoseconds) => inOrder(() => ledger.advance(nanoseconds)),
    close: () => inOrder(() => ledger.close()),
  };
  const port: Port = {
    eventsMax,
    request: ({ operation, count, write, read, context }) =>
      inOrder(async () => {
        const events = Cells.of(count * operationShapes[operation].eventSize);
        write(events, 0);
        const reply = Cells.copy(await ledger.request(operation, events.bytes, context.timestamp));
        return read(reply, 0, reply.bytes.length);
      }),
    close: () => replay.close(),
  };
  return { port, replay };
}
