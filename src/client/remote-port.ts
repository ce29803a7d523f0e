import type { ContextPort, TraceContext } from './traced-port.ts';

/** A port to another process. */
export interface RemotePort extends ContextPort<TraceContext> {
  /** What the server told of itself, where it does. */
  readonly welcome: { readonly cluster: bigint; readonly ledgerId: bigint } | undefined;
  /** Resolves to the round trip in milliseconds. */
  ping(): Promise<number>;
}
