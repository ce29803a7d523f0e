/** `tallystick cluster reseed`: a folder, or the stream, is made anew from the node that has most. */
import { DiskStorage, openFolder, TallystickError } from 'tallystick/internal';
import { emptyFolder, type Reseeded, reseedStream } from '../reseed.ts';
import { Shelf } from '../shelf.ts';
import type { Standing } from '../standing.ts';
import { type ClusterTarget, nodesOf } from './admin.ts';
import { connectServers, disconnect } from './connection.ts';
import { OrderStream } from './stream.ts';

export interface FolderTarget extends Omit<ClusterTarget, 'monitors'> {
  readonly folder: string;
  /** The number of the folder's node. */
  readonly node: number;
}

/**
 * Moves what is in a node's folder to `lost+found`; its next start gets everything from `from`, the node that has most.
 * Rejects with `cluster_invalid` while the node runs, or where no other one does.
 */
export async function reseedNode(target: FolderTarget): Promise<{ readonly from: Standing; readonly kept: number }> {
  const { folder, node } = target;
  const heard = await nodesOf(target);
  refuseRunning(heard.filter((standing) => standing.node === node));
  const [from] = heard.toSorted((a, b) => b.kept - a.kept);
  if (from === undefined) {
    throw new TallystickError(
      'cluster_invalid',
      `no other node says anything, so nobody could give back what is in ${folder}: it was left alone`,
    );
  }
  const why = `an operator has had it made anew from node ${from.node}`;
  return { from, kept: emptyFolder(new DiskStorage(), folder, tokenNow(), why).length };
}

/**
 * Lets the stream begin anew behind the last batch of the folder. Rejects with `cluster_invalid` while any node runs,
 * and as opening the folder does.
 */
export async function reseedOrder(target: FolderTarget): Promise<Reseeded> {
  const { folder, node, servers, cluster, access, secret } = target;
  refuseRunning(await nodesOf(target));
  // Opening it finds out how far it reaches, and that nobody else has it.
  const { engine, ledgerId } = await openFolder(folder, { create: false, expires: false, mode: 'inline' });
  const { op } = engine.sequencer;
  await engine.close();
  const storage = new DiskStorage();
  const shelf = new Shelf(storage, folder, ledgerId);
  const connection = await connectServers(servers, 'tallystick cluster reseed', access);
  try {
    const stream = await OrderStream.open(connection, cluster, secret);
    const source = { storage, folder, node, ledgerId, op, last: op === 0 ? undefined : shelf.at(op) };
    return await reseedStream(stream, source, tokenNow());
  } finally {
    shelf.end();
    await disconnect(connection);
  }
}

function refuseRunning(nodes: readonly Standing[]): void {
  if (nodes.length === 0) return;
  const who = nodes.map(({ node }) => `node ${node}`).join(' and ');
  throw new TallystickError('cluster_invalid', `${who} runs: end it first`);
}

/** No two folders below lost+found have the same. */
function tokenNow(): bigint {
  return BigInt(Date.now());
}
