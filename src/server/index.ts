export { Ingress, type IngressOptions, type LanePort, type LaneStatistics, type RequestContext } from './ingress.ts';
export { LANE_DEFAULTS, LANES, type Lane, type LaneOptions } from './lanes.ts';
export { type MessagePackOptions, MessagePackServer } from './msgpack/server.ts';
export type { Caller, Rule } from './policy.ts';
