/**
 * The door of `tallystick/testing`: what an author of a `Ledger`, or of a program that is handed one, tests with. A
 * ledger in memory with a clock that the test turns is `open(':memory:')`, of `tallystick` itself.
 */
export { clientSuite } from './conformance/client-suite.ts';
export { type Conformance, conformance, type Excuse, promises } from './conformance/conformance.ts';
export { Model } from './model/model.ts';
export { ModelReplayPort, openModel } from './model/model-port.ts';
export { ModelLedger } from './ports/model-ledger.ts';
export type { TurnedLedger } from './ports/ledger-replay-port.ts';
