/** What callers of the native door have: the lanes, or a ledger whose clock they tell. */
import {
  Cells,
  type Once,
  type Operation,
  operationShapes,
  type Port,
  type ReplayPort,
} from 'tallystick/internal/model';
import { Asking, type Frame } from 'tallystick/internal/wire';
import type { Access } from '../../identity/index.ts';
import type { Heard } from '../context.ts';
import { LANES } from '../lanes.ts';

const LANE_OF_NUMBER = LANES.toReversed();

/** What a frame says of its request. `session`: the frame's, as text. */
export function heardIn(frame: Frame, session: string): Heard {
  const { operation, body, lane, timestamp, timeoutMs, staleness, traceparent } = frame;
  const named = frame.once !== Asking.once && operationShapes[operation as Operation].journalled;
  return {
    operation,
    events: body,
    wish: LANE_OF_NUMBER[lane] ?? 'normal',
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    traceparent,
    once: named ? onceOf(frame, session) : undefined,
    stale: staleness !== 0,
    timestamp,
  };
}

function onceOf({ request, checksum, answered, once, op }: Frame, session: string): Once {
  return { session, request, checksum, answered, again: once === Asking.again ? { since: op } : false };
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
