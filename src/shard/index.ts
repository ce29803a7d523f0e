export { checkShards, type OpenLeg, type ShardCheck } from './check.ts';
export type { ShardOf } from './map.ts';
export { ShardedLedger, type ShardOptions } from './sharded.ts';
export type { Sweep } from './sweeper.ts';
export type { ShardWorld } from './world.ts';
