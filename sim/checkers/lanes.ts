/**
 * No lane starves: while the first of a lane waits, the others send a bounded number of cells; and what one payer has
 * in a lane keeps its order.
 */

import {
  classify,
  type Ingress,
  LANE_DEFAULTS,
  LANES,
  type LaneOptions,
} from '../../packages/server/src/server/index.ts';
import { type Lane, operationShapes, type Port, type Write } from '../../src/model/index.ts';
import { Broken } from '../failure.ts';

interface Waiting {
  readonly lane: Lane;
  readonly cells: number;
  readonly payer: number;
  sent: boolean;
}

/** Cells of a request, at most. */
const CELLS_MAX = 8190;

export class LaneWatch {
  readonly #lanes: { readonly [lane in Lane]: Waiting[] } = { critical: [], high: [], normal: [] };
  /** Cells that others have sent since the first of the lane became the first. */
  readonly #passed: { [lane in Lane]: number } = { critical: 0, high: 0, normal: 0 };
  readonly #options: { readonly [lane in Lane]: LaneOptions };
  readonly #fail: (error: unknown) => void;

  constructor(options: { readonly [lane in Lane]?: Partial<LaneOptions> }, fail: (error: unknown) => void) {
    this.#fail = fail;
    const of = (lane: Lane): LaneOptions => ({ ...LANE_DEFAULTS[lane], ...options[lane] });
    this.#options = { critical: of('critical'), high: of('high'), normal: of('normal') };
  }

  /** The port that the doors are given. */
  before(ingress: Ingress): Port {
    return {
      eventsMax: ingress.eventsMax,
      request: (request) => {
        const { operation, count, context } = request;
        const lane = classify(undefined, request);
        const cells = 1 + Math.ceil((count * operationShapes[operation].eventSize) / 128);
        const waiting: Waiting = { lane, cells, payer: context.payer ?? 0, sent: false };
        const depth = ingress.depth(lane);
        this.#lanes[lane].push(waiting);
        const write: Write = (memory, at) => {
          this.#sent(waiting);
          request.write(memory, at);
        };
        const answer = ingress.request({ ...request, write });
        if (ingress.depth(lane) === depth) this.#lanes[lane].pop();
        // A caller that has given up stands in no line: the next one does not pass it.
        answer.catch(() => this.#gone(waiting));
        return answer;
      },
      close: () => ingress.close(),
    };
  }

  #gone(waiting: Waiting): void {
    const line = this.#lanes[waiting.lane];
    const index = line.indexOf(waiting);
    if (index >= 0) line.splice(index, 1);
  }

  #sent(waiting: Waiting): void {
    // Once more, alone, when those that it went with could not go.
    if (waiting.sent) return;
    waiting.sent = true;
    const { lane, cells } = waiting;
    const line = this.#lanes[lane];
    const index = line.indexOf(waiting);
    if (line.slice(0, index).some(({ payer }) => payer === waiting.payer))
      this.#fail(new Broken('lanes', `what one payer has in the ${lane} lane changed its order`));
    line.splice(index, 1);
    this.#passed[lane] = 0;
    for (const other of LANES) {
      const first = this.#lanes[other][0];
      if (other === lane || first === undefined) continue;
      this.#passed[other] += cells;
      const most = this.#patience(other, first);
      if (this.#passed[other] <= most) continue;
      const passed = this.#passed[other];
      const story = `${passed} cells of others went before the first of the ${other} lane, ${most} at most may`;
      this.#fail(new Broken('lanes', story));
    }
  }

  /**
   * Cells that others may send while `first` waits: their quanta in the rounds that it needs, and a request for what
   * they had saved.
   */
  #patience(lane: Lane, first: Waiting): number {
    const rounds = Math.ceil(first.cells / this.#options[lane].quantum) + 1;
    let most = 0;
    for (const other of LANES) if (other !== lane) most += rounds * this.#options[other].quantum + CELLS_MAX;
    return most;
  }
}
