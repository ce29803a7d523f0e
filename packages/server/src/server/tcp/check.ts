/** Whether a whole frame is a request that a client may make. */
import { type Operation, type OperationShape, operationShapes, TallystickError } from 'tallystick/internal/model';
import { Control, cellsCount, decodeHello, type Frame } from 'tallystick/internal/wire';
import type { Cost } from '../allowance.ts';
import { mayBeUrgent } from '../policy.ts';

/** The token of a hello, if it brings one. Throws `frame_invalid`, or `wrong_cluster` if it wants another cluster. */
export function tokenOf({ body }: Frame, cluster: bigint): string | undefined {
  const hello = decodeHello(body);
  if (hello.cluster !== 0n && hello.cluster !== cluster) {
    throw new TallystickError('wrong_cluster', `this is cluster ${cluster}, not ${hello.cluster}`);
  }
  return hello.token;
}

/** The reason to refuse the request, or undefined if it is valid. `replay`: it may bring its own timestamp. */
export function complaint({ operation, count, size, timestamp }: Frame, replay: boolean): TallystickError | undefined {
  const shape = operationShapes[operation as Operation] as OperationShape | undefined;
  if (shape === undefined || shape.eventSize === 0) {
    return new TallystickError('invalid_argument', `operation ${operation} does not exist or is not open to clients`);
  }
  if (count > shape.eventsMax) return new TallystickError('too_much_data');
  if (size !== count * shape.eventSize) {
    return new TallystickError('invalid_argument', `${size} bytes are not ${count} events of ${shape.eventSize}`);
  }
  if (shape.eventsMax === 1 && count !== 1) return new TallystickError('invalid_argument', 'a query has one filter');
  return timestamp !== 0n && !replay ? notForReplay() : undefined;
}

/** Frames of the protocol itself are always urgent. */
export function isUrgent({ operation, lane, count }: Frame): boolean {
  if (operation >= Control.hello) return true;
  return (lane === 1 || lane === 2) && mayBeUrgent(operation, count);
}

export function notForReplay(): TallystickError {
  return new TallystickError('invalid_argument', 'only a server started with --replay lets a client set the time');
}

/** What a frame takes of its client's allowance. */
export function costOf(frame: Frame): Cost {
  const cells = 1 + cellsCount(frame.size);
  return { cells, pooled: isUrgent(frame) ? 0 : cells, reply: replyMax(frame) };
}

/** Bytes that a request may be answered with at most. */
function replyMax({ operation, count }: Frame): number {
  const shape = operationShapes[operation as Operation] as OperationShape | undefined;
  if (shape === undefined) return 0;
  return shape.replySize * (shape.eventsMax === 1 ? shape.repliesMax : count);
}
