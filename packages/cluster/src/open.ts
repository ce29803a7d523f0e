/** Opens a node: its connection, its stream, its folder, and finds where the folder is in the stream. */
import { type Engine, type EngineOptions, type OpenEngine, SystemClock, TallystickError } from 'tallystick/internal';
import { DIGEST_EVERY } from './digests.ts';
import { connectServers, disconnect } from './jetstream/connection.ts';
import { OrderStream } from './jetstream/stream.ts';
import { ClusterNode } from './node.ts';
import type { NodeLog } from './node-options.ts';
import { foundLedger, placeOf } from './resume.ts';
import { Watch } from './watch.ts';

export interface ClusterOptions {
  /** Addresses of the nats-servers. */
  readonly servers: readonly string[];
  /** Addresses of their monitoring ports, where each says how its own copy is. */
  readonly monitors?: readonly string[];
  /** Clusters on the same servers have different ones. */
  readonly cluster: bigint;
  /** This node's number. */
  readonly node: number;
  readonly folder: string;
  /** Where clients find this node. */
  readonly address: () => string;
  readonly log: NodeLog;
  /** Batches between two comparisons with the leader. */
  readonly digestEvery?: number;
}

/** A node that is open, with its engine. */
export interface OpenNode extends OpenEngine {
  /** Takes requests while this node leads. */
  readonly port: ClusterNode;
  /** Who it is among the others, and how far. */
  readonly standing: Pick<ClusterNode, 'role' | 'epoch' | 'op' | 'ageMs'>;
  /** The epoch in which this node leads and has the replies to all that was done before; undefined: it does not. */
  readonly lead: () => number | undefined;
  /** Lets another node lead. */
  resign(): Promise<void>;
  /** Ends the node; then the engine may be closed. */
  leave(): Promise<void>;
}

/** Opens the folder's engine as the options say, besides what the folder's owner wants of it. */
export type OpenFolder = (options: EngineOptions) => Promise<OpenEngine>;

/**
 * Rejects as opening a folder does, and with `unreachable`, `cluster_invalid` or `cluster_damaged`; then everything is
 * closed.
 */
export async function openNode(options: ClusterOptions, openFolder: OpenFolder): Promise<OpenNode> {
  const { servers, cluster, node, folder } = options;
  const connection = await connectServers(servers, `tallystick node ${node}`);
  let engine: Engine | undefined;
  let watch: Watch | undefined;
  try {
    const stream = await OrderStream.open(connection, cluster);
    watch = await Watch.start(options.monitors ?? [], stream.names.stream, options.log);
    const ledgerId = await foundLedger(stream, { ledgerId: newId(), node });
    const opened = await openFolder({ expires: false, newId: ledgerId, wait: 'resting' });
    engine = opened.engine;
    if (opened.ledgerId !== ledgerId) {
      throw new TallystickError(
        'cluster_invalid',
        `stream ${stream.names.stream} orders the ledger ${hex(ledgerId)}, and ${folder} holds ${hex(opened.ledgerId)}: ` +
          'a node joins with a folder of this ledger, or with an empty one',
      );
    }
    const { op } = engine.sequencer;
    const place = await placeOf(stream, { folder, ledgerId, op });
    const port = new ClusterNode({
      stream,
      engine,
      clock: new SystemClock(),
      author: { ledgerId, node },
      place,
      op,
      address: options.address,
      digestEvery: options.digestEvery ?? DIGEST_EVERY,
      log: options.log,
    });
    const leave = async (): Promise<void> => {
      watch?.end();
      await port.close();
      await disconnect(connection);
    };
    return { ...opened, port, standing: port, lead: () => port.lead, resign: () => port.resign(), leave };
  } catch (error) {
    watch?.end();
    await engine?.close();
    await disconnect(connection);
    throw error;
  }
}

function newId(): bigint {
  const random = crypto.getRandomValues(new BigUint64Array(2));
  return random[0]! | (random[1]! << 64n);
}

function hex(id: bigint): string {
  return id.toString(16).padStart(32, '0');
}
