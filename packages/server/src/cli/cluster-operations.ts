/** `cluster up`, `add`, `remove` and `reseed`: what changes a cluster. */
import { resolve } from 'node:path';
import { TallystickError } from 'tallystick/internal/model';
import { type ClusterTarget, loadPackage, type NodeSaid } from './cluster.ts';
import { checkTarget } from './cluster-status.ts';
import { grouped } from './print.ts';

/** Three servers and three nodes on this machine, until SIGINT, SIGTERM, or the end of the terminal. */
export async function up(folder: string): Promise<void> {
  const { clusterUp } = await loadPackage();
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
  const main = process.argv[1]!;
  await clusterUp({ folder: resolve(folder), main, print: (line) => console.log(line), signal: ending.signal });
}

/** Says how a further node is started, if nobody has its number. */
export async function add(target: ClusterTarget, node: number, json: boolean): Promise<void> {
  checkTarget(target);
  const { nodesOf } = await loadPackage();
  const heard = await nodesOf(target);
  const leader = leaderOf(heard);
  if (heard.some((one) => one.node === node)) {
    const free = Math.max(...heard.map((one) => one.node)) + 1;
    throw new TallystickError('invalid_argument', `node ${node} runs already; the next free number is ${free}`);
  }
  const words = [
    `tallystick serve FOLDER --create --node-id ${node} --cluster-id ${target.cluster}`,
    `--cluster-nats ${target.servers.join(',')}`,
    ...(target.monitors.length > 0 ? [`--cluster-monitors ${target.monitors.join(',')}`] : []),
  ];
  if (json) console.log(JSON.stringify({ node, leader, command: words.join(' ') }));
  else {
    console.log(`node ${leader.node} leads at op ${grouped(leader.op)}. On its machine, node ${node} is started with:`);
    console.log(`\n  ${words.join(' \\\n    ')}\n`);
    console.log(
      'and the settings for doors, TLS and credentials that the other nodes have. It gets the ledger from them.',
    );
    console.log('Append its address to `cluster.ips` of all nodes, so that clients are sent there when it leads.');
  }
}

export async function remove(target: ClusterTarget, node: number, json: boolean): Promise<void> {
  checkTarget(target);
  const { removeNode } = await loadPackage();
  const gone = await removeNode(target, node);
  if (json) console.log(JSON.stringify({ removed: gone }));
  else
    console.log(`node ${node} has ended at op ${grouped(gone.op)}, and does not start again; its folder is as it was`);
}

export interface Reseed {
  readonly folder: string;
  readonly node: number;
  /** The stream is made anew from the folder, and not the folder from the other nodes. */
  readonly stream: boolean;
  readonly json: boolean;
}

export async function reseed(target: ClusterTarget, { folder, node, stream, json }: Reseed): Promise<void> {
  checkTarget(target);
  const { reseedNode, reseedOrder } = await loadPackage();
  if (stream) {
    const made = await reseedOrder({ ...target, folder: resolve(folder), node });
    if (json) console.log(JSON.stringify(made));
    else {
      console.log(
        `the stream begins with message ${grouped(made.sequence)} now, behind op ${grouped(made.op)} of ${folder}`,
      );
      if (made.kept !== undefined)
        console.log(`the ${grouped(made.messages)} messages that it had are in ${made.kept}`);
      console.log(`Start the node of ${folder} first; a node whose folder does not fit says so, and is reseeded then.`);
    }
    return;
  }
  const { from, kept } = await reseedNode({ ...target, folder: resolve(folder), node });
  if (json) console.log(JSON.stringify({ from, kept }));
  else {
    console.log(`what was in ${folder} is in its lost+found (${grouped(kept)} files and folders)`);
    console.log(
      `Start the node with --create: it gets op ${grouped(from.kept)} and all before from node ${from.node}.`,
    );
  }
}

function leaderOf(heard: readonly NodeSaid[]): NodeSaid {
  const leader = heard.find(({ role }) => role === 'leading');
  if (leader !== undefined) return leader;
  throw new TallystickError('not_leader', 'no node says that it leads: a cluster is joined when it is well');
}
