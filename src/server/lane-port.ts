/** The port that doors are handed, and the context that they give with a request. */
import type { DoorCounters } from '../base/index.ts';
import type { Cells, RequestPort } from '../model/index.ts';
import type { Lane, LaneOptions } from './lanes.ts';
import type { Caller, Rule } from './policy.ts';
import type { Expiry } from './security/expiry.ts';

export interface IngressOptions {
  readonly lanes?: { readonly [lane in Lane]?: Partial<LaneOptions> };
  /** Left out: clients that may create get the lane that they ask for. */
  readonly rules?: readonly Rule[];
  /**
   * For how long a query may take whose caller gives no time of its own, or more; milliseconds, a minute by default.
   */
  readonly queryTimeoutMs?: number;
}

/** A door's knowledge of a request, besides its events. */
export interface RequestContext extends Caller {
  /** The events as they came, for the rules to look at; they need not live longer than the call. */
  readonly events?: Uint8Array;
  /** Counts the time to the reply. */
  readonly door?: DoorCounters;
  /** The caller's span, as W3C writes it; for tracing. */
  readonly traceparent?: string;
}

/** The port that doors are handed. */
export interface LanePort extends RequestPort {
  /** When the caller's credential expires; undefined: never. */
  readonly expiry?: Expiry | undefined;
  request<T>(
    operation: number,
    count: number,
    write: (cells: Cells, at: number) => void,
    read: (cells: Cells, at: number, size: number, op?: number) => T,
    context?: RequestContext,
  ): Promise<T>;
}
