/** The commands that look at a ledger or copy it: registered here, loaded when they are called. */
import { Argument, type Command, Option } from 'commander';
import { duration, integer, pin } from './arguments.ts';
import { addBackupCommands } from './backup-commands.ts';
import type { CheckOptions } from './check.ts';
import type { ExportOptions } from './export.ts';
import type { IdOptions } from './id.ts';
import type { InspectOptions, Part } from './inspect.ts';
import type { ProjectOptions } from './project.ts';
import type { RepairOptions } from './repair.ts';
import type { ShardsOptions } from './shards.ts';

/** As the prompt prints answers, and as files are divided; tests compare. */
const REPL_FORMATS = ['table', 'json', 'tigerbeetle'] as const;
const INSPECT_PARTS = ['superblock', 'witness', 'journal', 'snapshots', 'runs'] as const;

export const PIN_ABOUT = 'the ledger that the server must have, and up to which op at least; docs/guides/pins.md';

const SHARDS_ABOUT = 'a folder of shards that no process has open, or the addresses of all shards in their order';

function addShardCommands(shards: Command): void {
  shards
    .command('list')
    .description('print the map: how many shards, since which epoch, and how many accounts have moved')
    .argument('<shards...>', SHARDS_ABOUT)
    .option('--json', 'an object')
    .action(async (targets: string[], options: ShardsOptions) => {
      const { list } = await import('./shards.ts');
      process.exitCode = await list(targets, options);
    });
  shards
    .command('add')
    .description('add a shard: accounts stay where they are, and new ones are spread over all shards')
    .argument('<shards...>', SHARDS_ABOUT)
    .option('--server <address>', 'the new shard, an empty ledger; a folder of shards gets its next one itself')
    .option('--json', 'an object')
    .action(async (targets: string[], { server, ...options }: ShardsOptions & { server?: string }) => {
      const { add } = await import('./shards.ts');
      process.exitCode = await add(targets, server, options);
    });
  shards
    .command('move')
    .description('move an account to another shard, with its balances; it is stopped meanwhile')
    .argument('<shards...>', SHARDS_ABOUT)
    .requiredOption('--account <id>', 'the account, as `tallystick id` writes ids')
    .requiredOption('--to <shard>', 'the shard that it moves to, from 0', integer(0))
    .option('--json', 'an object')
    .action(async (targets: string[], { account, to, ...options }: ShardsOptions & { account: string; to: number }) => {
      const { move } = await import('./shards.ts');
      process.exitCode = await move(targets, account, to, options);
    });
}

export function addLedgerCommands(program: Command): void {
  program
    .command('repl')
    .description('talk to a ledger: type operations, or pipe a script of them')
    .argument('[ledger]', 'a folder, an address such as tcps://host:port, or :memory: (default: the described address)')
    .option(
      '--command <statements>',
      'run these and leave; exit code 1 if one is not understood, finds nothing or is refused',
    )
    .addOption(
      new Option('--format <name>', 'format of answers; table on a terminal, json elsewhere').choices(REPL_FORMATS),
    )
    .option('--json', 'the same as --format json: an object a line')
    .option('--pin <ledger@op>', PIN_ABOUT, pin)
    .option('--history <file>', 'keep the history of lines in this file')
    .option('--no-history', 'keep no history')
    .action(async (ledger: string | undefined, options: Record<string, unknown>) => {
      const { repl } = await import('./repl/index.ts');
      const verbose = program.opts<{ verbose?: boolean }>().verbose === true;
      process.exitCode = await repl(ledger, { ...options, verbose });
    });

  program
    .command('id')
    .description('print a new id, or an id as each door writes it: decimal, hex, UUID, base64')
    .argument('[id]', 'a decimal number, 0x and hex, or a UUID')
    .option('--grpc', 'the id is base64, as grpcurl prints it')
    .option('--json', 'an object')
    .action(async (text: string | undefined, options: IdOptions) => {
      const { printId } = await import('./id.ts');
      printId(text, options);
    });

  program
    .command('inspect')
    .description('show the files of a ledger, open or not, and change nothing')
    .argument('<folder>', 'the ledger')
    .addArgument(new Argument('[part]', 'one part alone').choices(INSPECT_PARTS))
    .option('--op <op>', 'decode that batch of the journal', integer(1))
    .option('--from <op>', 'first batch of the journal to show; the newest by default', integer(1))
    .option('--limit <count>', 'number of batches of the journal to show', integer(1), 20)
    .option('--verify', 'compare every byte with its checksum; exit code 1 if something is damaged')
    .option('--json', 'an object, or one a line')
    .action(async (folder: string, part: Part | undefined, options: InspectOptions) => {
      const { inspect } = await import('./inspect.ts');
      process.exitCode = inspect(folder, part, options);
    });

  program
    .command('check')
    .description('prove that no money was made or lost: within a ledger, and between the shards of a folder')
    .argument('<ledger...>', 'a folder that no process has open, or the addresses of all shards in their order')
    .option('--services', 'prove what must be true of payments, limits, meters and invoices, too')
    .option('--json', 'one object: { ledgers, problems, open, crossed, payments }')
    .action(async (ledgers: string[], options: CheckOptions) => {
      const { check } = await import('./check.ts');
      process.exitCode = await check(ledgers, options);
    });

  addShardCommands(
    program.command('shards').description('the shards of a ledger: list them, add one, move an account'),
  );

  program
    .command('init')
    .description('make a new ledger in a folder that is absent or empty, and print its id')
    .argument('<folder>', 'folder of the new ledger')
    .option('--json', 'an object')
    .action(async (folder: string, options: { json?: boolean }) => {
      const { init } = await import('./init.ts');
      process.exitCode = await init(folder, options);
    });

  program
    .command('repair')
    .description('make damaged runs, sums and snapshots again; lost+found gets what is given up')
    .argument('<folder>', 'the ledger; no process may have it open')
    .option(
      '--accept-loss [op]',
      'end the ledger before batches that are missing; with OP: if it still reaches that op',
    )
    .option('--take-over', 'go on although the lock cannot be read, or names a process on another machine')
    .option('--json', 'an object')
    .action(async (folder: string, options: RepairOptions) => {
      const { repair } = await import('./repair.ts');
      process.exitCode = await repair(folder, options);
    });

  addBackupCommands(program);

  program
    .command('project')
    .description(
      'follow a ledger into tables: PostgreSQL, a file of DuckDB, or a folder of Parquet; docs/guides/sql.md',
    )
    .argument('<ledger>', 'a folder, or an address such as tcps://host:port')
    .requiredOption('--to <database>', 'postgres://…, FILE.duckdb, or a folder')
    .option('--once', 'end when everything that was there is in the tables; a folder always does')
    .option('--interval <time>', 'time between two looks when nothing is new', duration, 250)
    .option('--metrics-port <port>', 'answer Prometheus on loopback: lag, position, changes', integer(0, 65_535))
    .option('--pin <ledger@op>', PIN_ABOUT, pin)
    .action(async (ledger: string, options: ProjectOptions) => {
      const { project } = await import('./project.ts');
      process.exitCode = await project(ledger, options);
    });

  program
    .command('export')
    .description('write a whole ledger to stdout: an archive that `import` reads, or the records of one kind')
    .argument('[ledger]', 'a folder, or an address such as tcps://host:port (default: the described address)')
    .addOption(new Option('--format <name>', 'of the lines').choices(['jsonl', 'csv'] as const).default('jsonl'))
    .option('--pin <ledger@op>', PIN_ABOUT, pin)
    .option('--accounts', 'accounts alone')
    .option('--transfers', 'transfers alone')
    .option('--events', 'change events alone: what changed balances, and the balances after it')
    .action(async (ledger: string | undefined, options: ExportOptions) => {
      const { exportLedger } = await import('./export.ts');
      process.exitCode = await exportLedger(ledger, options);
    });
}
