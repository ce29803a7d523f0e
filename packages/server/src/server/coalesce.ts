/**
 * Requests that may share a batch: a journal write, an execution and a wake-up for each would cost more than the
 * transfer in it. The answers do not show it: a request keeps its linked chains, because none is left open at its end,
 * and imported events, which want a batch of their own kind, stay alone.
 */
import {
  BATCH_PART_SIZE,
  type BatchPart,
  CELL_SIZE,
  type Cells,
  type Context,
  NO_CONTEXT,
  Operation,
  type Request,
  type Stage,
  TRANSFER_SIZE,
  TransferFlags,
  TransferOffset,
} from 'tallystick/internal/model';

/** Requests with more events than that have a batch of their own. */
const SHARING_EVENTS_MAX = 256;
const RESULT_SIZE = 16;

/** A request and its promise, as far as sharing is concerned. */
export interface Sharing {
  readonly request: Request;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Whether a request may share a batch with others of its kind; unless its context has its events, nothing is known of
 * it.
 */
export function mayShare({ operation, count, context: { events } }: Request): boolean {
  if (operation !== Operation.create_transfers || events === undefined) return false;
  if (count === 0 || count > SHARING_EVENTS_MAX) return false;
  const imported = TransferFlags.imported;
  let flags = 0;
  for (let at = TransferOffset.flags; at < count * TRANSFER_SIZE; at += TRANSFER_SIZE) {
    flags = events[at]! | (events[at + 1]! << 8);
    if ((flags & imported) !== 0) return false;
  }
  // The last one's: a chain that it leaves open is an error of this request, not the beginning of the next one's.
  return (flags & TransferFlags.linked) === 0;
}

/** Cells of a request in a shared batch: its events, and with a session its part. */
export function spaceOf({ count, context }: Request): number {
  return context.once === undefined ? count : count + BATCH_PART_SIZE / CELL_SIZE;
}

/** Says which part of the batch belongs to which session, and who looks on. */
export function partsOf(requests: readonly Sharing[]): Context {
  let parts: BatchPart[] | undefined;
  let watched: ((stage: Stage) => void)[] | undefined;
  let first = 0;
  for (const {
    request: { count, context },
  } of requests) {
    if (context.once !== undefined) {
      parts ??= [];
      parts.push({ first, count, once: context.once });
    }
    if (context.enters !== undefined) {
      watched ??= [];
      watched.push(context.enters);
    }
    first += count;
  }
  if (watched !== undefined) return { parts, enters: together(watched) };
  return parts === undefined ? NO_CONTEXT : { parts };
}

function together(watched: readonly ((stage: Stage) => void)[]): (stage: Stage) => void {
  return (stage) => {
    for (const enters of watched) enters(stage);
  };
}

/** Writes the events of all, one request behind the other. */
export function writeAll(requests: readonly Sharing[], cells: Cells, at: number): void {
  let to = at;
  for (const { request } of requests) {
    request.write(cells, to);
    to += request.count * TRANSFER_SIZE;
  }
}

/** Answers each from its part of the results; one that cannot read its own is alone with that. */
export function readAll(requests: readonly Sharing[], cells: Cells, at: number, op?: number): void {
  let from = at;
  for (const { request, resolve, reject } of requests) {
    const size = request.count * RESULT_SIZE;
    try {
      resolve(request.read(cells, from, size, op) as never);
    } catch (error) {
      reject(error);
    }
    from += size;
  }
}
