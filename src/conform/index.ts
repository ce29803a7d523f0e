/** Replays recorded conversations with a cluster on a ledger, and compares every reply byte for byte. */
export { type Conformance, compareReply, conform, readTrace, replay, tracesIn } from './conform.ts';
export {
  findStaleReply,
  parseTrace,
  type StaleReply,
  type TraceLine,
  type TraceRequest,
  WAIT_NANOSECONDS,
} from './trace.ts';
