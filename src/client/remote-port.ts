import type { RequestPort } from '../model/index.ts';

/** A port to another process. */
export interface RemotePort extends RequestPort {
  /** What the server told of itself, where it does. */
  readonly welcome: { readonly cluster: bigint; readonly ledgerId: bigint } | undefined;
  /** Resolves to the round trip in milliseconds. */
  ping(): Promise<number>;
}
