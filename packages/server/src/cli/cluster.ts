/** `serve --cluster`: the ledger is one of several, which the package `@tallystick/cluster` keeps the same. */
import { existsSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import type { Loaded } from '../config/index.ts';
import type { Replica, ReplicaHost, Replicate } from '../serve/index.ts';

/** A node, as it says itself. */
interface NodeSaid {
  readonly node: number;
  readonly role: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly op: number;
  readonly address: string;
  readonly digestOp: number;
}

export interface ClusterTarget {
  readonly servers: readonly string[];
  readonly monitors: readonly string[];
  readonly cluster: bigint;
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
  openNode(
    options: {
      readonly servers: readonly string[];
      readonly monitors: readonly string[];
      readonly cluster: bigint;
      readonly node: number;
      readonly folder: string;
      readonly address: () => string;
      readonly log: ReplicaHost['log'];
    },
    openFolder: ReplicaHost['open'],
  ): Promise<Replica>;
}

/** Undefined where no cluster is configured. Rejects with `configuration_invalid` where the package is missing. */
export async function replicateOf({ configuration }: Loaded): Promise<Replicate | undefined> {
  const { 'cluster.nats': servers, 'cluster.monitors': monitors } = configuration;
  const { 'cluster.id': cluster, 'node.id': node } = configuration;
  if (servers.length === 0) return undefined;
  const { openNode } = await loadPackage();
  return ({ log, folder, address, open }) => openNode({ servers, monitors, cluster, node, folder, address, log }, open);
}

export async function loadPackage(): Promise<ClusterPackage> {
  // In a checkout it is compiled beside us; elsewhere it is installed.
  const beside = new URL('../../../cluster/src/index.js', import.meta.url);
  try {
    return await import(existsSync(beside) ? beside.href : '@tallystick/cluster');
  } catch (cause) {
    const missing = (cause as { readonly code?: unknown }).code === 'ERR_MODULE_NOT_FOUND';
    if (!missing) throw cause;
    throw new TallystickError('configuration_invalid', 'cluster.nats goes with the package @tallystick/cluster', {
      cause,
    });
  }
}
