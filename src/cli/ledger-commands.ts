/** The commands that look at a ledger or copy it: registered here, loaded when they are called. */
import { Argument, type Command, Option } from 'commander';
import { integer } from './arguments.ts';
import type { BackupOptions } from './backup/index.ts';
import type { ExportOptions } from './export/index.ts';
import type { InspectOptions, Part } from './inspect/index.ts';

/** As the prompt prints answers, and as files are divided; tests compare. */
const REPL_FORMATS = ['table', 'json', 'tigerbeetle'] as const;
const INSPECT_PARTS = ['superblock', 'journal', 'snapshots', 'runs'] as const;

export function addLedgerCommands(program: Command): void {
  program
    .command('repl')
    .description('talk to a ledger: type operations, or pipe a script of them')
    .argument('[ledger]', 'a folder, tcp://host:port, unix:/path, or :memory:', ':memory:')
    .option('--command <statements>', 'run these and leave; 1 when one is not understood, finds nothing or is refused')
    .addOption(new Option('--format <name>', 'of answers; table on a terminal, json elsewhere').choices(REPL_FORMATS))
    .option('--json', 'the same as --format json: an object a line')
    .option('--history <file>', 'remember what was typed there')
    .option('--no-history', 'remember nothing')
    .action(async (ledger: string, options: Record<string, unknown>) => {
      const { repl } = await import('./repl/index.ts');
      const verbose = program.opts<{ verbose?: boolean }>().verbose === true;
      process.exitCode = await repl(ledger, { ...options, verbose });
    });

  program
    .command('inspect')
    .description('show what the files of a ledger hold, open or not; changes nothing')
    .argument('<folder>', 'the ledger')
    .addArgument(new Argument('[part]', 'one part alone').choices(INSPECT_PARTS))
    .option('--op <op>', 'decode that batch of the journal', integer(1))
    .option('--from <op>', 'of the journal: the first batch to show; the newest by default', integer(1))
    .option('--limit <count>', 'of the journal: how many batches to show', integer(1), 20)
    .option('--verify', 'compare every byte with its checksum; 1 when something is damaged')
    .option('--json', 'an object, or one a line')
    .action(async (folder: string, part: Part | undefined, options: InspectOptions) => {
      const { inspect } = await import('./inspect/index.ts');
      process.exitCode = inspect(folder, part, options);
    });

  program
    .command('backup')
    .description('copy a ledger, open or not, as it is behind its last durable batch, and verify the copy')
    .argument('<folder>', 'the ledger')
    .requiredOption('--to <folder>', 'the copy; absent, or an empty folder')
    .option('--json', 'an object')
    .action(async (folder: string, options: BackupOptions) => {
      const { backupFolder } = await import('./backup/index.ts');
      process.exitCode = backupFolder(folder, options);
    });

  program
    .command('export')
    .description('write all of a ledger to stdout: an archive that `import` reads, or the records of one kind')
    .argument('<ledger>', 'a folder, tcp://host:port, or unix:/path')
    .addOption(new Option('--format <name>', 'of the lines').choices(['jsonl', 'csv'] as const).default('jsonl'))
    .option('--accounts', 'accounts alone')
    .option('--transfers', 'transfers alone')
    .option('--events', 'change events alone: what changed balances, and the balances after it')
    .action(async (ledger: string, options: ExportOptions) => {
      const { exportLedger } = await import('./export/index.ts');
      process.exitCode = await exportLedger(ledger, options);
    });
}
