/** A query is answered or refused by its deadline, or the server's own, whatever the disk does meanwhile. */
import { type Before, before, isSliced } from '../../src/model/index.ts';
import { Broken } from '../failure.ts';

/** A server's own, when it is told none. */
const QUERY_TIMEOUT_MS = 60_000;
/** Timers of the lanes and of the engine come one after the other. */
const SLACK_MS = 50;

/** `after`: in simulated time, in the life of the server, which stands still while that is paused. */
export function watchDeadlines(
  after: (milliseconds: number, act: () => void) => void,
  fail: (error: unknown) => void,
): Before {
  return before((port, request) => {
    const answer = port.request(request);
    if (!isSliced(request.operation, request.count)) return answer;
    const timeoutMs = Math.min(request.context.timeoutMs ?? QUERY_TIMEOUT_MS, QUERY_TIMEOUT_MS);
    let heard = false;
    const settled = (): void => {
      heard = true;
    };
    answer.then(settled, settled);
    after(timeoutMs + SLACK_MS, () => {
      if (!heard) fail(new Broken('deadlines', `a query with ${timeoutMs} ms has heard nothing ${SLACK_MS} ms later`));
    });
    return answer;
  });
}
