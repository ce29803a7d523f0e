/** `serve --cluster`: the ledger is one of several, which the package `@tallystick/cluster` keeps the same. */
import type { Configuration, Loaded } from '../config/index.ts';
import type { Replica, ReplicaHost, Replicate } from '../serve/index.ts';
import { loadOurs } from './packages.ts';

/** A node, as it says itself. */
export interface NodeSaid {
  readonly node: number;
  readonly role: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly op: number;
  readonly address: string;
  readonly digestOp: number;
  /** The last batch in its journal. */
  readonly kept: number;
}

interface FolderTarget extends ClusterTarget {
  readonly folder: string;
  readonly node: number;
}

/** How a node is let in by the nats-servers. */
export interface Access {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly credentials: string | undefined;
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

export interface ClusterTarget {
  readonly servers: readonly string[];
  readonly monitors: readonly string[];
  readonly cluster: bigint;
  readonly access: Access;
  readonly secret: string | undefined;
}

/** The package, as far as it is used here: the command line compiles without it. */
interface ClusterPackage {
  clusterStatus(target: ClusterTarget): Promise<{
    readonly nodes: readonly NodeSaid[];
    readonly copies: readonly {
      readonly server: string;
      readonly last: number | undefined;
      readonly damage: string | undefined;
    }[];
  }>;
  transferLeadership(target: ClusterTarget): Promise<{ readonly from: NodeSaid; readonly to: NodeSaid }>;
  nodesOf(target: ClusterTarget): Promise<readonly NodeSaid[]>;
  removeNode(target: ClusterTarget, node: number): Promise<NodeSaid>;
  reseedNode(target: FolderTarget): Promise<{ readonly from: NodeSaid; readonly kept: number }>;
  reseedOrder(target: FolderTarget): Promise<{
    readonly kept: string | undefined;
    readonly messages: number;
    readonly sequence: number;
    readonly op: number;
  }>;
  clusterUp(options: {
    readonly folder: string;
    readonly main: string;
    readonly print: (line: string) => void;
    readonly signal: AbortSignal;
  }): Promise<void>;
  openNode(
    options: ClusterTarget & {
      readonly retain: number;
      readonly node: number;
      readonly folder: string;
      readonly address: () => string;
      readonly http: () => string;
      readonly log: ReplicaHost['log'];
    },
    openFolder: ReplicaHost['open'],
  ): Promise<Replica>;
}

/** Undefined where no cluster is configured. Rejects with `configuration_invalid` where the package is missing. */
export async function replicateOf({ configuration }: Loaded): Promise<Replicate | undefined> {
  if (configuration['cluster.nats'].length === 0) return undefined;
  const { openNode } = await loadPackage();
  return ({ configuration: known, log, folder, address, http, open }) => {
    const { 'node.id': node, 'cluster.retain': retain } = known;
    return openNode({ ...clusterOf(known), retain, node, folder, address, http, log }, open);
  };
}

/** The cluster of a configuration, whose secrets stand in the places of their references. */
export function clusterOf(configuration: Configuration): ClusterTarget {
  return {
    servers: configuration['cluster.nats'],
    monitors: configuration['cluster.monitors'],
    cluster: configuration['cluster.id'],
    secret: configuration['cluster.secret'],
    access: {
      user: configuration['cluster.user'],
      password: configuration['cluster.password'],
      credentials: configuration['cluster.credentials'],
      ca: configuration['cluster.ca'],
      certificate: configuration['cluster.certificate'],
      key: configuration['cluster.key'],
    },
  };
}

export const loadPackage = (): Promise<ClusterPackage> =>
  loadOurs('cluster', 'cluster.nats goes with the package @tallystick/cluster', 'configuration_invalid');
