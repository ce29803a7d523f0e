/** Opens a node: its connection, its stream, its folder, and finds where the folder is in the stream. */
import type { OpenEngine } from 'tallystick/internal';
import { type Access, connectServers, disconnect } from './jetstream/connection.ts';
import { OrderStream } from './jetstream/stream.ts';
import { type JoinOptions, join, type OpenFolder } from './join.ts';
import type { ClusterNode } from './node.ts';
import { Watch } from './watch.ts';

export interface ClusterOptions extends Omit<JoinOptions, 'storage' | 'clock'> {
  /** Addresses of the nats-servers. */
  readonly servers: readonly string[];
  /** Addresses of their monitoring ports, where each says how its own copy is. */
  readonly monitors?: readonly string[];
  /** Clusters on the same servers have different ones. */
  readonly cluster: bigint;
  /** How the servers let this node in. */
  readonly access?: Access;
  /** What all nodes share, and sign with what they say to one another. */
  readonly secret?: string | undefined;
}

export interface NodeStanding extends Pick<ClusterNode, 'role' | 'epoch' | 'op' | 'ageMs' | 'quorum'> {
  /** Records that another node has read, and this one has not. */
  readonly behind: number;
  /** The last op up to which another node has made the same of all batches; 0 before the first. */
  readonly agreedOp: number;
  /** Servers whose copies of the stream are damaged, of those whose monitoring ports are known. */
  readonly damagedCopies: number;
}

/** A node that is open, with its engine. */
export interface OpenNode extends OpenEngine {
  /** Takes requests while this node leads. */
  readonly port: ClusterNode;
  /** Its role among the others and its place, as they are when somebody looks. */
  readonly standing: NodeStanding;
  /** The epoch in which this node leads and has the replies to all that was done before; undefined: it does not. */
  readonly lead: () => number | undefined;
  /** Where clients find the HTTP door of the node that leads; undefined: no other one does, or it has none. */
  readonly leaderHttp: () => string | undefined;
  /** Lets another node lead. */
  resign(): Promise<void>;
  /** Ends the node; then the engine may be closed. */
  leave(): Promise<void>;
}

/**
 * Rejects as opening a folder does, and with `unreachable`, `cluster_invalid` or `cluster_damaged`; then everything is
 * closed.
 */
export async function openNode(options: ClusterOptions, openFolder: OpenFolder): Promise<OpenNode> {
  const { servers, cluster, node } = options;
  const connection = await connectServers(servers, `tallystick node ${node}`, options.access);
  let watch: Watch | undefined;
  try {
    const stream = await OrderStream.open(connection, cluster, options.secret);
    watch = await Watch.start(options.monitors ?? [], stream, options.log);
    const joined = await join(stream, options, openFolder);
    const { port } = joined;
    watch.knows(() => port.retention.begin);
    const leave = async (): Promise<void> => {
      watch?.end();
      await port.close();
      await disconnect(connection);
    };
    const standing = standingOf(port, watch);
    const leaderHttp = (): string | undefined => (port.role === 'leading' ? undefined : port.hearing.leaderHttp);
    const asked = { lead: () => port.lead, leaderHttp, resign: () => port.resign() };
    return { ...joined, standing, ...asked, leave };
  } catch (error) {
    watch?.end();
    await disconnect(connection);
    throw error;
  }
}

function standingOf(port: ClusterNode, watch: Watch): NodeStanding {
  return {
    quorum: port.quorum,
    get role() {
      return port.role;
    },
    get epoch() {
      return port.epoch;
    },
    get op() {
      return port.op;
    },
    get ageMs() {
      return port.ageMs;
    },
    get behind() {
      return port.peers.behind;
    },
    get agreedOp() {
      return port.peers.agreedOp;
    },
    get damagedCopies() {
      return watch.damaged.size;
    },
  };
}
