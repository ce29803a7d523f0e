/** Tells of each create that was answered, as it is answered; and of reads, where that is asked for. */
import { type Before, before, inContext, operationShapes, type TallystickError } from 'tallystick/internal/model';

/**
 * How many events a request had, what the ledger stamped the last one with (0: nothing was created), in which batch.
 */
export type Did = (operation: number, events: number, timestamp: bigint, op: number | undefined) => void;

/** Whoever writes down what a caller does. */
export interface Watch {
  readonly did: Did;
  /** Reads are told of, too. */
  readonly reads: boolean;
  /** Why nothing that is told of may be done now: it could not be written down. */
  blocked(): TallystickError | undefined;
}

/** Bytes of a result, which begins with its timestamp. */
const RESULT_SIZE = 16;

export function audited(watch: Watch): Before {
  return before((port, request) => {
    const { operation, count } = request;
    const { journalled } = operationShapes[operation];
    if (!journalled && !watch.reads) return port.request(request);
    const blocked = watch.blocked();
    if (blocked !== undefined) return Promise.reject(blocked);
    const told = inContext(request, request.context, (cells, at, size, op) => {
      const stamped = journalled && size >= RESULT_SIZE;
      const timestamp = stamped ? cells.view.getBigUint64(at + size - RESULT_SIZE, true) : 0n;
      // Before the caller hears of it.
      watch.did(operation, count, timestamp, op);
      return request.read(cells, at, size, op);
    });
    return port.request(told);
  });
}
