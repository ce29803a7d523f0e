/** Three nats-servers and three nodes on this machine, for a measurement. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectServers, disconnect } from '../src/jetstream/connection.ts';
import { namesOf } from '../src/jetstream/names.ts';
import { type Beat, beatIn } from '../src/lease.ts';
import { NodeProcess } from '../src/local/nodes.ts';
import { findServer, freePorts, type NatsServer, prepareServers } from '../src/local/servers.ts';

const COUNT = 3;
const CLUSTER = 1n;

export class Cluster {
  readonly servers: readonly NatsServer[];
  readonly nodes: readonly NodeProcess[];

  private constructor(servers: readonly NatsServer[], nodes: readonly NodeProcess[]) {
    this.servers = servers;
    this.nodes = nodes;
  }

  static async with<T>(run: (cluster: Cluster) => Promise<T>): Promise<T> {
    const program = findServer();
    if (program === undefined) throw new Error('there is no nats-server on PATH');
    // Folders for temporary files may lie in memory.
    const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
    const servers = await prepareServers(COUNT, { program, folder });
    const ports = await freePorts(COUNT);
    const addresses = { servers: servers.map(({ url }) => url), monitors: servers.map(({ monitor }) => monitor) };
    const nodeFlags = process.env.SERVER_NODE_ARGS?.split(' ') ?? [];
    const options = { folder, ...addresses, cluster: CLUSTER, ports, nodeFlags };
    const nodes = ports.map((_, node) => new NodeProcess(node, options));
    try {
      for (const server of servers) server.start();
      await Promise.all(nodes.map((node) => node.start()));
      return await run(new Cluster(servers, nodes));
    } finally {
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    }
  }

  get addresses(): readonly string[] {
    return this.nodes.map(({ address }) => address);
  }

  /** The next beat of a leader in an epoch after `epoch`. */
  async beat(epoch = 0): Promise<Beat> {
    return this.#asking(async (connection) => {
      for await (const { data } of connection.subscribe(namesOf(CLUSTER).beats)) {
        const beat = beatIn(data);
        if (beat !== undefined && !beat.leaving && beat.epoch > epoch) return beat;
      }
      throw new Error('the connection has ended');
    });
  }

  async leader(): Promise<NodeProcess> {
    return this.nodes[(await this.beat()).node]!;
  }

  /** The server that leads the stream, and the stream's last message. */
  async stream(): Promise<{ readonly leader: NatsServer | undefined; readonly last: number }> {
    return this.#asking(async (connection) => {
      const manager = await jetstreamManager(connection);
      let newest: { readonly leader: NatsServer | undefined; readonly last: number } = { leader: undefined, last: 0 };
      for await (const { config, cluster, state } of manager.streams.list()) {
        if (!config.name.startsWith(namesOf(CLUSTER).stream) || state.last_seq < newest.last) continue;
        const leader = this.servers.find(({ name }) => name === cluster?.leader);
        newest = { leader, last: state.last_seq };
      }
      return newest;
    });
  }

  async #asking<T>(ask: (connection: Awaited<ReturnType<typeof connectServers>>) => Promise<T>): Promise<T> {
    const connection = await connectServers(
      this.servers.map(({ url }) => url),
      'bench',
    );
    try {
      return await ask(connection);
    } finally {
      await disconnect(connection);
    }
  }
}
