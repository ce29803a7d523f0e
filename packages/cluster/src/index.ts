export { connectServers } from './jetstream/connection.ts';
export { namesOf, OrderStream } from './jetstream/stream.ts';
export { ClusterNode, type Role } from './node.ts';
export type { NodeLog } from './node-options.ts';
export { type ClusterOptions, type OpenFolder, type OpenNode, openNode } from './open.ts';
