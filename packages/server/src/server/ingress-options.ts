import type { Lane } from 'tallystick/internal/model';
import type { LaneOptions } from './lanes.ts';
import type { Rule } from './policy.ts';

export interface IngressOptions {
  readonly lanes?: { readonly [lane in Lane]?: Partial<LaneOptions> };
  /** Left out: clients that may create get the lane that they ask for. */
  readonly rules?: readonly Rule[];
  /**
   * For how long a query may take whose caller gives no time of its own, or more; milliseconds, a minute by default.
   */
  readonly queryTimeoutMs?: number;
}
