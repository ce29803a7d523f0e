/** Tells of each create that was answered, as it is answered. */
import { type Before, before, inContext, operationShapes } from 'tallystick/internal/model';

/** How many events a create had, what the ledger stamped the last one with (0: nothing was created), in which batch. */
export type Did = (operation: number, events: number, timestamp: bigint, op: number | undefined) => void;

/** Bytes of a result, which begins with its timestamp. */
const RESULT_SIZE = 16;

export function audited(did: Did): Before {
  return before((port, request) => {
    const { operation, count } = request;
    if (!operationShapes[operation].journalled) return port.request(request);
    const told = inContext(request, request.context, (cells, at, size, op) => {
      const timestamp = size >= RESULT_SIZE ? cells.view.getBigUint64(at + size - RESULT_SIZE, true) : 0n;
      did(operation, count, timestamp, op);
      return request.read(cells, at, size, op);
    });
    return port.request(told);
  });
}
