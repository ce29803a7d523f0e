/** The limits of the MessagePack door for a client, and how long it waits for one. */
import type { AllowanceLimits } from '../allowance.ts';

export interface MessagePackLimits extends AllowanceLimits {
  readonly connectionsMax: number;
  /** Bytes of replies of all connections together. */
  readonly bytesMax: number;
  /** From connecting to the end of the TLS handshake, and, with tokens, to a whole hello. */
  readonly helloMs: number;
  /** From a frame's first byte to its last. */
  readonly frameMs: number;
  /** Without the client taking a byte of its replies. */
  readonly writeMs: number;
}

export const MESSAGE_PACK_LIMITS: MessagePackLimits = {
  connectionsMax: 10_000,
  requestsMax: 256,
  repliesMax: 4 * 2 ** 20,
  bytesMax: 256 * 2 ** 20,
  helloMs: 5000,
  frameMs: 10_000,
  writeMs: 30_000,
};
