/** Three nats-servers and nodes on them, for tests. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectServers } from '../src/jetstream/connection.ts';
import { namesOf } from '../src/jetstream/names.ts';
import { beatIn } from '../src/lease.ts';
import { NodeProcess } from '../src/local/nodes.ts';
import { findServer, freePorts, type NatsServer, prepareServers, type ServerOptions } from '../src/local/servers.ts';
import { Payers } from './payers.ts';

const COUNT = 3;
const CLIENTS = 8;
/** Of a node's log, when a test has failed. */
const LINES = 6;
const program: string | undefined = findServer();

/** Why tests that need nats-servers are skipped; false: they are not. */
export const skip: string | false =
  program === undefined && 'there is no nats-server: put one on PATH, or its path into NATS_SERVER';

export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-cluster-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Started servers; they end with `run`. */
export async function withServers<T>(
  count: number,
  options: Omit<ServerOptions, 'program' | 'folder'>,
  run: (servers: readonly NatsServer[], folder: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const servers = await prepareServers(count, { program: program!, folder, ...options });
    try {
      for (const server of servers) server.start();
      return await run(servers, folder);
    } finally {
      await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    }
  });
}

/** Servers, and nodes that serve; all end with `run`. */
export interface Group {
  readonly servers: readonly NatsServer[];
  readonly nodes: readonly NodeProcess[];
  readonly addresses: readonly string[];
  /** The node that leads an epoch after `epoch`, once there is one. */
  leader(epoch?: number): Promise<{ readonly node: NodeProcess; readonly epoch: number }>;
  /** Clients of all nodes; they end with `run`. */
  payers(): Promise<Payers>;
}

/** `flags`: settings of every node. */
export async function withGroup<T>(run: (group: Group) => Promise<T>, flags: readonly string[] = []): Promise<T> {
  return withServers(COUNT, {}, async (servers, folder) => {
    const urls = servers.map(({ url }) => url);
    const ports = await freePorts(COUNT);
    const monitors = servers.map(({ monitor }) => monitor);
    const options = { folder, servers: urls, monitors, cluster: 7n, ports, flags };
    const nodes = ports.map((_, node) => new NodeProcess(node, options));
    const clients: Payers[] = [];
    try {
      await Promise.all(nodes.map((node) => node.start()));
      const addresses = nodes.map(({ address }) => address);
      const payers = async (): Promise<Payers> => {
        const started = await Payers.start(addresses, CLIENTS);
        clients.push(started);
        return started;
      };
      return await run({ servers, nodes, addresses, leader: (epoch) => leaderOf(urls, nodes, epoch), payers });
    } catch (error) {
      for (const { log } of nodes) if (existsSync(log)) console.error(`${log}\n${lastLines(log)}`);
      throw error;
    } finally {
      for (const client of clients) void client.end();
      for (const node of nodes) node.kill('SIGCONT');
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    }
  });
}

/** Its folder goes with the test. */
function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LINES).join('\n');
}

async function leaderOf(
  urls: readonly string[],
  nodes: readonly NodeProcess[],
  epoch = 0,
): Promise<{ node: NodeProcess; epoch: number }> {
  const connection = await connectServers(urls, 'test');
  try {
    for await (const { data } of connection.subscribe(namesOf(7n).beats)) {
      const beat = beatIn(data);
      if (beat !== undefined && beat.epoch > epoch) return { node: nodes[beat.node]!, epoch: beat.epoch };
    }
    throw new Error('the connection has ended');
  } finally {
    await connection.close();
  }
}
