/** What is done to a cluster while callers call. Each fault is over when it returns, and nothing of it remains. */
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeProcess } from '../../packages/cluster/src/local/nodes.ts';
import type { Random } from '../../testing/model/random.ts';
import type { Group } from './group.ts';

export interface Scene {
  readonly group: Group;
  readonly random: Random;
  readonly leader: NodeProcess;
  readonly epoch: number;
  readonly follower: NodeProcess;
}

export type Fault = (scene: Scene) => Promise<void>;

/** By name: what happens to whom. */
export const faults: { readonly [name: string]: Fault } = {
  async 'kill -9 of the leader'({ group, leader, epoch }) {
    await leader.stop('SIGKILL');
    await group.leader(epoch);
    await leader.start();
  },
  async 'SIGTERM of the leader'({ group, leader, epoch }) {
    await leader.stop('SIGTERM');
    await group.leader(epoch);
    await leader.start();
  },
  async 'the leader is stopped past its lease, and goes on'({ group, leader, epoch, random }) {
    leader.kill('SIGSTOP');
    await group.leader(epoch);
    await pause(random.between(0, 500));
    leader.kill('SIGCONT');
  },
  async 'the leader is stopped for a moment'({ leader, random }) {
    leader.kill('SIGSTOP');
    await pause(random.between(50, 700));
    leader.kill('SIGCONT');
  },
  async 'kill -9 of a follower'({ follower, random }) {
    await follower.stop('SIGKILL');
    await pause(random.between(0, 500));
    await follower.start();
  },
  async 'a follower loses its folder'({ follower }) {
    await follower.stop('SIGKILL');
    rmSync(follower.folder, { recursive: true, force: true });
    await follower.start();
  },
  async 'kill -9 of leader and follower'({ leader, follower }) {
    await Promise.all([leader.stop('SIGKILL'), follower.stop('SIGKILL')]);
    await Promise.all([leader.start(), follower.start()]);
  },
  async 'kill -9 of a nats-server'({ group, random }) {
    const server = random.pick(group.servers);
    await server.stop('SIGKILL');
    await pause(random.between(100, 1500));
    server.start();
  },
  async 'a nats-server is stopped, and goes on'({ group, random }) {
    const server = random.pick(group.servers);
    server.kill('SIGSTOP');
    await pause(random.between(500, 4000));
    server.kill('SIGCONT');
  },
  async 'kill -9 of two nats-servers'({ group, random }) {
    const spared = random.pick(group.servers);
    const killed = group.servers.filter((server) => server !== spared);
    await Promise.all(killed.map((server) => server.stop('SIGKILL')));
    await pause(random.between(100, 1500));
    for (const server of killed) server.start();
  },
  async 'the leader is cut off from all nats-servers'({ group, leader, epoch }) {
    const ways = group.ways[leader.node]!;
    for (const way of ways) way.break();
    try {
      await group.leader(epoch);
    } finally {
      for (const way of ways) way.mend();
    }
  },
  async 'a node is cut off from one nats-server'({ group, random }) {
    const way = random.pick(random.pick(group.ways));
    way.break();
    await pause(random.between(500, 3000));
    way.mend();
  },
  async 'all nodes are started anew, one after the other'({ group }) {
    for (const node of group.nodes) {
      await node.stop('SIGTERM');
      await node.start();
    }
  },
};
