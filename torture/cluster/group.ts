/** Three nats-servers and three nodes as processes, every door open; each node has ways of its own to the servers. */
import { join } from 'node:path';
import { connectServers } from '../../packages/cluster/src/jetstream/connection.ts';
import { namesOf } from '../../packages/cluster/src/jetstream/names.ts';
import { beatIn } from '../../packages/cluster/src/lease.ts';
import { NodeProcess } from '../../packages/cluster/src/local/nodes.ts';
import { freePorts, type NatsServer, prepareServers } from '../../packages/cluster/src/local/servers.ts';
import { BreakableWay } from './breakable-way.ts';

const COUNT = 3;
const CLUSTER = 7n;
export const DOORS = ['native', 'grpc', 'msgpack', 'http'] as const;
export type DoorName = (typeof DOORS)[number];
const SCHEMES: { readonly [door in DoorName]: string } = {
  native: 'tcp',
  grpc: 'grpc',
  msgpack: 'msgpack',
  http: 'http',
};

export interface Leading {
  readonly node: NodeProcess;
  readonly epoch: number;
}

export class Group {
  readonly servers: readonly NatsServer[];
  readonly nodes: readonly NodeProcess[];
  /** Each node's way to each server. */
  readonly ways: readonly (readonly BreakableWay[])[];
  /** Addresses of each door, by node. */
  readonly doors: { readonly [door in DoorName]: readonly string[] };

  private constructor(
    servers: readonly NatsServer[],
    nodes: readonly NodeProcess[],
    ways: readonly (readonly BreakableWay[])[],
    doors: Group['doors'],
  ) {
    this.servers = servers;
    this.nodes = nodes;
    this.ways = ways;
    this.doors = doors;
  }

  static async start(program: string, folder: string): Promise<Group> {
    // A server that tells its clients of the others would lead them past the ways.
    const servers = await prepareServers(COUNT, { program, folder, cluster: 'no_advertise: true' });
    const ways = await Promise.all(
      Array.from({ length: COUNT }, () =>
        Promise.all(servers.map(({ url }) => BreakableWay.to(Number(new URL(url).port)))),
      ),
    );
    const ports = await Promise.all(DOORS.map(() => freePorts(COUNT)));
    const monitors = servers.map(({ monitor }) => monitor);
    const nodes = Array.from({ length: COUNT }, (_, node) => {
      const flags = ['grpc', 'msgpack', 'http'].flatMap((door, at) => [`--${door}-port`, String(ports[at + 1]![node])]);
      const own = ways[node]!.map(({ port }) => `nats://127.0.0.1:${port}`);
      return new NodeProcess(node, { folder, servers: own, monitors, cluster: CLUSTER, ports: ports[0]!, flags });
    });
    const at = (door: DoorName): string[] =>
      ports[DOORS.indexOf(door)]!.map((port) => `${SCHEMES[door]}://127.0.0.1:${port}`);
    const doors = { native: at('native'), grpc: at('grpc'), msgpack: at('msgpack'), http: at('http') };
    const group = new Group(servers, nodes, ways, doors);
    try {
      for (const server of servers) server.start();
      await Promise.all(nodes.map((node) => node.start()));
      return group;
    } catch (error) {
      await group.kill();
      throw error;
    }
  }

  /** The node that leads an epoch after `epoch`, once there is one. */
  async leader(epoch = 0): Promise<Leading> {
    const connection = await connectServers(
      this.servers.map(({ url }) => url),
      'torture',
    );
    try {
      for await (const { data } of connection.subscribe(namesOf(CLUSTER).beats)) {
        const beat = beatIn(data);
        if (beat !== undefined && !beat.leaving && beat.epoch > epoch) {
          return { node: this.nodes[beat.node]!, epoch: beat.epoch };
        }
      }
      throw new Error('the connection has ended');
    } finally {
      await connection.close();
    }
  }

  /** Ends everything at once. */
  async kill(): Promise<void> {
    for (const process of [...this.nodes, ...this.servers]) process.kill('SIGCONT');
    await Promise.all(this.nodes.map((node) => node.stop('SIGKILL')));
    await Promise.all(this.servers.map((server) => server.stop('SIGKILL')));
    await Promise.all(this.ways.flat().map((way) => way.close()));
  }

  /** The folder of a node's log, for whoever looks for the reason. */
  static logs(folder: string): string {
    return join(folder, 'node-*.log');
  }
}
