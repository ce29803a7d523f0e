/**
 * The entrance of `tallystick/testing`: what authors of a `Ledger`, and of programs that are handed one, test with. A
 * ledger in memory whose clock the test turns is `open(':memory:')`, of `tallystick` itself.
 */
export { clientSuite } from './conformance/client-suite.ts';
export { type Conformance, conformance, type Excuse, promises } from './conformance/conformance.ts';
export { Model } from './model/model.ts';
export { ModelReplayPort, openModel } from './model/model-port.ts';
export type { TurnedLedger } from './ports/ledger-replay-port.ts';
export { ModelLedger } from './ports/model-ledger.ts';
