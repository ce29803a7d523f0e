export {
  type ClusterStatus,
  type ClusterTarget,
  type CopyStatus,
  clusterStatus,
  transferLeadership,
} from './jetstream/admin.ts';
export { connectServers } from './jetstream/connection.ts';
export { namesOf, OrderStream } from './jetstream/stream.ts';
export type { OpenFolder } from './join.ts';
export { ClusterNode } from './node.ts';
export type { NodeLog } from './node-options.ts';
export { type ClusterOptions, type OpenNode, openNode } from './open.ts';
export type { Role } from './role.ts';
export type { Standing } from './standing.ts';
