/** The commands for clusters: registered here, loaded when they are called. */
import type { Command } from 'commander';
import type { ClusterTarget } from './cluster.ts';

interface ClusterWords {
  readonly cluster?: string;
  readonly monitors?: string;
  readonly clusterId?: string;
  readonly json?: boolean;
}

export function addClusterCommands(program: Command): void {
  const cluster = program.command('cluster').description('look at the nodes of a replicated ledger, and move the lead');
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
}

function withTarget(command: Command): Command {
  return command
    .option('--cluster <addresses>', 'the nats-servers (default: as `serve` would have them)')
    .option('--monitors <addresses>', 'their monitoring ports (default: as `serve` would have them)')
    .option('--cluster-id <id>', 'the cluster, where the servers have several');
}

/** Where nothing is said, the settings of the server on this machine say it. */
async function targetOf({ cluster, monitors, clusterId }: ClusterWords): Promise<ClusterTarget> {
  const [{ loadFrom }, { openSecrets }, { clusterOf }] = await Promise.all([
    import('./config-print.ts'),
    import('../serve/index.ts'),
    import('./cluster.ts'),
  ]);
  const flags = {
    ...(cluster !== undefined && { clusterNats: cluster }),
    ...(monitors !== undefined && { clusterMonitors: monitors }),
    ...(clusterId !== undefined && { clusterId }),
  };
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const secrets = await openSecrets(loadFrom(undefined, flags), quiet);
  process.once('exit', () => secrets.close());
  return clusterOf(secrets.loaded.configuration);
}
