import type { Pin } from '../model/index.ts';

/** The server behind a port. */
export interface Peer {
  /** Its answer to hello; undefined at doors without one. */
  readonly welcome: { readonly cluster: bigint; readonly ledgerId: bigint } | undefined;
  /** The ledger that servers are held to; undefined before the first one was met. */
  readonly pin: Pin | undefined;
  /** How old the last answer may have been, milliseconds. */
  readonly ageMs: number;
  /** Resolves to the round trip in milliseconds. */
  ping(): Promise<number>;
}
