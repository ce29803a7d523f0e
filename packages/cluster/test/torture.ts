/**
 * `npm run cluster:torture [-- SECONDS]`: kills, stops and ends nodes and servers at random under clients who remember
 * every answer, and compares all folders at the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeProcess } from '../src/local/nodes.ts';
import { compareFolders } from './compare.ts';
import { type Group, skip, withGroup } from './group.ts';

const SECONDS = 60;
const PROGRESS_MS_MAX = 20_000;

interface Scene {
  readonly group: Group;
  readonly leader: NodeProcess;
  readonly follower: NodeProcess;
  readonly epoch: number;
}

const faults: { readonly [name: string]: (scene: Scene) => Promise<void> } = {
  async 'kill the leader'({ group, leader, epoch }) {
    await leader.stop('SIGKILL');
    await group.leader(epoch);
    await leader.start();
  },
  async 'end the leader'({ group, leader, epoch }) {
    await leader.stop('SIGTERM');
    await group.leader(epoch);
    await leader.start();
  },
  async 'stop the leader until another one leads'({ group, leader, epoch }) {
    leader.kill('SIGSTOP');
    await group.leader(epoch);
    await pause(Math.random() * 500);
    leader.kill('SIGCONT');
  },
  async 'kill a follower'({ follower }) {
    await follower.stop('SIGKILL');
    await pause(300);
    await follower.start();
  },
  async 'kill a nats-server'({ group }) {
    const server = oneOf(group.servers);
    await server.stop('SIGKILL');
    await pause(1000);
    server.start();
    await pause(500);
  },
};

function oneOf<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)]!;
}

async function main(seconds: number): Promise<void> {
  if (skip !== false) throw new Error(skip);
  await withGroup(async (group) => {
    await group.leader();
    const payers = await group.payers();
    const until = performance.now() + seconds * 1000;
    for (let count = 1; performance.now() < until; count++) {
      const told = payers.told.length;
      await Promise.race([payers.more(100), pause(PROGRESS_MS_MAX, undefined, { ref: false })]);
      if (payers.told.length === told) throw new Error(`nobody was answered for ${PROGRESS_MS_MAX} ms`);
      const { node: leader, epoch } = await group.leader();
      const follower = oneOf(group.nodes.filter((node) => node !== leader));
      const name = oneOf(Object.keys(faults));
      await faults[name]!({ group, leader, follower, epoch });
      console.log(`${count}  ${name}  (epoch ${epoch}, ${payers.told.length} told, ${payers.unknown.length} unknown)`);
    }
    await payers.check();
    await compareFolders(group, payers.told, payers.unknown);
    console.log(`${payers.told.length} told, 0 lost, 0 doubled; the folders of all nodes hold the same`);
  });
}

await main(Number(process.argv[2] ?? SECONDS));
