/** What operators ask of a cluster. Every node says how it is twice a second, so listening is enough to know. */
import { TallystickError } from 'tallystick/internal';
import { handoverBytes } from '../handover.ts';
import { pause } from '../pause.ts';
import { removalBytes } from '../removal.ts';
import { type Standing, standingIn } from '../standing.ts';
import { type Access, connectServers, disconnect } from './connection.ts';
import { type Copy, copyAt, damageOf } from './monitors.ts';
import { namesOf } from './names.ts';
import { Voice } from './voice.ts';
import { Words } from './words.ts';

/** Nodes say so twice a second. */
const LISTEN_MS = 1500;
const HANDOVER_MS = 15_000;

export interface ClusterTarget {
  /** Addresses of the nats-servers. */
  readonly servers: readonly string[];
  /** Addresses of their monitoring ports; without them nothing is known of copies. */
  readonly monitors: readonly string[];
  readonly cluster: bigint;
  /** As a node has them. */
  readonly access?: Access;
  readonly secret?: string | undefined;
}

/** A server's copy of the stream, as an operator looks at it. */
export interface CopyStatus {
  readonly server: string;
  /** Its last message; undefined: it has no copy. */
  readonly last: number | undefined;
  /** The problem with it; undefined: it is right. */
  readonly damage: string | undefined;
}

export interface ClusterStatus {
  /** Nodes that have said something, by their numbers. */
  readonly nodes: readonly Standing[];
  /** Servers that have answered. */
  readonly copies: readonly CopyStatus[];
}

/** All nodes that say something, in the order of their numbers. Listens for a moment. Rejects with `unreachable`. */
export function nodesOf(target: Omit<ClusterTarget, 'monitors'>): Promise<Standing[]> {
  return withStandings(target, async (heard) => {
    await pause(LISTEN_MS);
    return [...heard.values()].toSorted((a, b) => a.node - b.node);
  });
}

/** Listens for a moment. Rejects with `unreachable`. */
export async function clusterStatus(target: ClusterTarget): Promise<ClusterStatus> {
  const { monitors } = target;
  const { stream } = namesOf(target.cluster);
  const asked = Promise.allSettled(monitors.map((monitor) => copyAt(monitor, stream)));
  const nodes = await nodesOf(target);
  const copies = (await asked).flatMap((outcome) => (outcome.status === 'fulfilled' ? [statusOf(outcome.value)] : []));
  return { nodes, copies };
}

function statusOf(copy: Copy): CopyStatus {
  return { server: copy.server, last: copy.messages?.last, damage: damageOf(copy) };
}

/**
 * Asks the node that leads to let another one lead. Resolves to the two when that has happened. Rejects with
 * `not_leader` when nobody leads, and with `timed_out` when nobody else does so in time.
 */
export function transferLeadership(
  target: Omit<ClusterTarget, 'monitors'>,
): Promise<{ readonly from: Standing; readonly to: Standing }> {
  return withStandings(target, async (heard, say) => {
    await pause(LISTEN_MS);
    const from = [...heard.values()].find(({ role }) => role === 'leading');
    if (from === undefined) throw new TallystickError('not_leader', 'no node says that it leads');
    say(handoverBytes({ node: from.node, epoch: from.epoch }));
    for (const until = performance.now() + HANDOVER_MS; performance.now() < until; await pause(50)) {
      const to = [...heard.values()].find(({ role, epoch }) => role === 'leading' && epoch > from.epoch);
      if (to !== undefined) return { from, to };
    }
    throw new TallystickError('timed_out', `node ${from.node} was asked to hand over, and no other node leads yet`);
  });
}

/**
 * Has a node end, and not start again. Resolves to what it said last, when it says nothing more. Rejects with
 * `invalid_argument` for a node that says nothing, with `cluster_invalid` where fewer than two others live, and with
 * `timed_out`.
 */
export function removeNode(target: Omit<ClusterTarget, 'monitors'>, node: number): Promise<Standing> {
  return withStandings(target, async (heard, say) => {
    await pause(LISTEN_MS);
    const gone = heard.get(node);
    if (gone === undefined) throw new TallystickError('invalid_argument', `node ${node} says nothing: it does not run`);
    if (heard.size < 3) {
      throw new TallystickError('cluster_invalid', `without node ${node} fewer than two nodes have the ledger`);
    }
    say(removalBytes({ node, process: gone.process }));
    for (const until = performance.now() + HANDOVER_MS; performance.now() < until; ) {
      heard.delete(node);
      await pause(LISTEN_MS);
      if (!heard.has(node)) return gone;
    }
    throw new TallystickError('timed_out', `node ${node} was asked to end, and still says something`);
  });
}

async function withStandings<T>(
  { servers, cluster, access, secret }: Omit<ClusterTarget, 'monitors'>,
  use: (heard: Map<number, Standing>, say: (bytes: Uint8Array) => void) => Promise<T>,
): Promise<T> {
  const connection = await connectServers(servers, 'tallystick cluster', access);
  try {
    const words = new Words(connection, namesOf(cluster), new Voice(secret));
    const heard = new Map<number, Standing>();
    words.listen((said) => {
      const standing = standingIn(said);
      if (standing !== undefined) heard.set(standing.node, standing);
    });
    return await use(heard, (bytes) => words.say(bytes));
  } finally {
    await disconnect(connection);
  }
}
