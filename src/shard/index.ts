export { checkShards, type OpenLeg, type ShardCheck } from './check.ts';
export type { ShardMap } from './growth.ts';
export { stripedId } from './ids.ts';
export type { ShardOf } from './map.ts';
export type { Moved } from './mover.ts';
export { type JoinedShards, joinShards, ShardedLedger, type ShardOptions } from './sharded.ts';
export type { Sweep, Sweeper } from './sweeper.ts';
export { mapSize } from './town-map.ts';
export type { ShardWorld } from './world.ts';
