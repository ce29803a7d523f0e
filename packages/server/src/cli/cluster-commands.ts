/** The commands for clusters: registered here, loaded when they are called. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ClusterTarget } from './cluster.ts';

const NODE_MAX = 65_535;

interface ClusterWords {
  readonly cluster?: string;
  readonly monitors?: string;
  readonly clusterId?: string;
  readonly json?: boolean;
  readonly stream?: boolean;
  readonly nodeId?: string;
}

export function addClusterCommands(program: Command): void {
  const cluster = program.command('cluster').description('nodes of a replicated ledger: start them, look, change them');
  cluster
    .command('up')
    .description('start three nats-servers and three nodes on this machine, until Ctrl-C')
    .argument('[folder]', 'folder of them all, made if it is not there', 'tallystick-cluster')
    .action(async (folder: string) => {
      const { up } = await import('./cluster-operations.ts');
      await up(folder);
    });
  withTarget(cluster.command('status'))
    .description(
      'print who leads, how far each node is, and how the copies of the order are; exit code 1 if not all is well',
    )
    .option('--json', 'an object: { nodes, copies }')
    .action(async (words: ClusterWords) => {
      const { printStatus } = await import('./cluster-status.ts');
      process.exitCode = await printStatus(await targetOf(words), words.json === true);
    });
  withTarget(cluster.command('transfer-leadership'))
    .description('let another node lead; requests on their way are answered first')
    .option('--json', 'an object: { from, to }')
    .action(async (words: ClusterWords) => {
      const { transfer } = await import('./cluster-status.ts');
      await transfer(await targetOf(words), words.json === true);
    });
  withTarget(cluster.command('add'))
    .description('print how a further node is started')
    .argument('<node>', 'its number', numberOf)
    .option('--json', 'an object: { node, leader, command }')
    .action(async (node: number, words: ClusterWords) => {
      const { add } = await import('./cluster-operations.ts');
      await add(await targetOf(words), node, words.json === true);
    });
  withTarget(cluster.command('remove'))
    .description('end a node for good; if it leads, it hands over first')
    .argument('<node>', 'its number', numberOf)
    .option('--json', 'an object: { removed }')
    .action(async (node: number, words: ClusterWords) => {
      const { remove } = await import('./cluster-operations.ts');
      await remove(await targetOf(words), node, words.json === true);
    });
  withTarget(cluster.command('reseed'))
    .description("make a node's folder anew from the other nodes; what was there goes to lost+found")
    .argument('<folder>', 'the folder of a node that does not run')
    .option('--node-id <id>', 'the number of its node (default: as `serve` would have it)')
    .option('--stream', 'make the stream anew from the folder, while no node runs: when the stream has lost something')
    .option('--json', 'an object')
    .action(async (folder: string, words: ClusterWords) => {
      const { reseed } = await import('./cluster-operations.ts');
      const { target, node } = await settingsOf(words);
      await reseed(target, { folder, node, stream: words.stream === true, json: words.json === true });
    });
}

function numberOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= NODE_MAX) return Number(text);
  throw new InvalidArgumentError(`a node has a number from 0 to ${NODE_MAX}`);
}

function withTarget(command: Command): Command {
  return command
    .option('--cluster <addresses>', 'the nats-servers (default: as `serve` would have them)')
    .option('--monitors <addresses>', 'their monitoring ports (default: as `serve` would have them)')
    .option('--cluster-id <id>', 'the cluster, where the servers have several');
}

async function targetOf(words: ClusterWords): Promise<ClusterTarget> {
  return (await settingsOf(words)).target;
}

/** Where nothing is said, the settings of the server on this machine say it. */
async function settingsOf({
  cluster,
  monitors,
  clusterId,
  nodeId,
}: ClusterWords): Promise<{ readonly target: ClusterTarget; readonly node: number }> {
  const [{ loadFrom }, { openSecrets }, { clusterOf }] = await Promise.all([
    import('./config-print.ts'),
    import('../serve/index.ts'),
    import('./cluster.ts'),
  ]);
  const flags = {
    ...(cluster !== undefined && { clusterNats: cluster }),
    ...(monitors !== undefined && { clusterMonitors: monitors }),
    ...(clusterId !== undefined && { clusterId }),
    ...(nodeId !== undefined && { nodeId }),
  };
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const secrets = await openSecrets(loadFrom(undefined, flags), quiet);
  process.once('exit', () => secrets.close());
  const { configuration } = secrets.loaded;
  return { target: clusterOf(configuration), node: configuration['node.id'] };
}
