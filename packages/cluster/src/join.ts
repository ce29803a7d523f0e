/** Joins an order: its ledger, a folder of that ledger, and the place in the order where the folder is. */
import {
  type Clock,
  DiskStorage,
  type EngineOptions,
  type OpenEngine,
  type Storage,
  SystemClock,
  TallystickError,
} from 'tallystick/internal';
import { DIGEST_EVERY } from './digests.ts';
import { ClusterNode } from './node.ts';
import type { NodeLog } from './node-options.ts';
import type { Order } from './order.ts';
import { wasRemoved } from './refusals.ts';
import { beginOf, foundLedger, placeOf } from './resume.ts';
import { RETAIN } from './retention.ts';
import { Shelf } from './shelf.ts';
import { condemn, refuseCondemned, takeOut } from './verdict.ts';

export interface JoinOptions {
  /** This node's number. */
  readonly node: number;
  readonly folder: string;
  /** Where clients find this node. */
  readonly address: () => string;
  /** Where they find its HTTP door; empty where it has none, as by default. */
  readonly http?: () => string;
  readonly log: NodeLog;
  /** Batches between two comparisons with the leader. */
  readonly digestEvery?: number;
  /** Bytes of records that the stream keeps at least; what is older is removed once the nodes have it. */
  readonly retain?: number;
  /** In place of the disk and of this machine's clock. */
  readonly storage?: Storage;
  readonly clock?: Clock;
}

/** Opens the folder's engine as the options say, besides what the folder's owner wants of it. */
export type OpenFolder = (options: EngineOptions) => Promise<OpenEngine>;

export interface Joined extends OpenEngine {
  readonly port: ClusterNode;
}

/**
 * Rejects as opening a folder does, and with `cluster_invalid` or `cluster_damaged`; then the engine is closed.
 */
export async function join(order: Order, options: JoinOptions, openFolder: OpenFolder): Promise<Joined> {
  const { node, folder } = options;
  const storage = options.storage ?? new DiskStorage();
  refuseCondemned(storage, folder);
  const ledgerId = await foundLedger(order, { ledgerId: newId(), node });
  const opened = await openFolder({ expires: false, newId: ledgerId, wait: 'resting' });
  const { engine } = opened;
  try {
    if (opened.ledgerId !== ledgerId) {
      throw new TallystickError(
        'cluster_invalid',
        `stream ${order.name} orders the ledger ${hex(ledgerId)}, and ${folder} holds ${hex(opened.ledgerId)}: ` +
          'a node joins with a folder of this ledger, or with an empty one',
      );
    }
    const { op } = engine.sequencer;
    const shelf = new Shelf(storage, folder, ledgerId);
    const held = { folder, op, last: op === 0 ? undefined : shelf.at(op) };
    const place = await placeOf(order, held);
    const { sequence: begin } = await beginOf(order);
    const port = new ClusterNode({
      stream: order,
      engine,
      clock: options.clock ?? new SystemClock(),
      author: { ledgerId, node },
      place,
      begin,
      held,
      shelf,
      retain: options.retain ?? RETAIN,
      address: options.address,
      http: options.http ?? (() => ''),
      digestEvery: options.digestEvery ?? DIGEST_EVERY,
      condemn: (error) => condemn(storage, folder, error),
      takenOut: () => {
        takeOut(storage, folder);
        return wasRemoved(node);
      },
      log: options.log,
    });
    return { ...opened, port };
  } catch (error) {
    await engine.close();
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
