/** The reference model as a `Ledger`: what a ledger must answer, by a clock that stands still until it is turned. */
import { ObjectLedger } from '../../src/model/index.ts';
import { ModelReplayPort } from '../model/model-port.ts';
import type { TurnedLedger } from './ledger-replay-port.ts';
import { ReplayRequestPort } from './replay-request-port.ts';

/** The reference model as a `Ledger`, with a clock that the test turns. */
export class ModelLedger extends ObjectLedger implements TurnedLedger {
  readonly #port: ModelReplayPort;

  constructor() {
    const port = new ModelReplayPort();
    super(new ReplayRequestPort(port));
    this.#port = port;
  }

  advance(nanoseconds: bigint): Promise<void> {
    return this.#port.advance(nanoseconds);
  }
}
