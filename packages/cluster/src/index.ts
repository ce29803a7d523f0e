export {
  type ClusterStatus,
  type ClusterTarget,
  type CopyStatus,
  clusterStatus,
  nodesOf,
  removeNode,
  transferLeadership,
} from './jetstream/admin.ts';
export { type Access, connectServers } from './jetstream/connection.ts';
export { namesOf } from './jetstream/names.ts';
export { type FolderTarget, reseedNode, reseedOrder } from './jetstream/repair.ts';
export { OrderStream } from './jetstream/stream.ts';
export type { OpenFolder } from './join.ts';
export { clusterUp, type UpOptions } from './local/up.ts';
export { ClusterNode } from './node.ts';
export type { NodeLog } from './node-options.ts';
export { type ClusterOptions, type OpenNode, openNode } from './open.ts';
export type { Reseeded } from './reseed.ts';
export type { Role } from './role.ts';
export type { Standing } from './standing.ts';
