/** The commands about backups: registered here, loaded when they are called. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Until } from 'tallystick/internal/inspect';
import { integer } from './arguments.ts';
import type { BackupToOptions, OffsiteOptions, RestoreOptions } from './offsite.ts';

const KEEP = 30;
const KEY_ABOUT = 'file with the key of backups that leave the machine: openssl rand -hex 32';
const SCRATCH_ABOUT = 'folder in which copies lie meanwhile';

/** An op, or a time such as 2026-03-01T12:00:00Z. */
function until(text: string): Until {
  if (/^\d+$/.test(text)) return { op: Number(text) };
  const milliseconds = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return { timestamp: BigInt(milliseconds) * 1_000_000n };
  throw new InvalidArgumentError('Give an op, or a time such as 2026-03-01T12:00:00Z.');
}

const isOffsite = (target: string): boolean => /^[a-z0-9]+:\/\//.test(target);

export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy a ledger, open or not, as it is behind its last durable batch, and verify the copy')
    .argument('<folder>', 'the ledger')
    .requiredOption('--to <target>', 'an absent or empty folder; or file:///folder, s3://bucket/prefix: encrypted')
    .option('--key-file <file>', KEY_ABOUT)
    .option('--keep <count>', 'newest backups that stay at file:// or s3://', integer(1), KEEP)
    .option('--scratch <folder>', SCRATCH_ABOUT)
    .option('--json', 'an object')
    .action(async (folder: string, options: Partial<BackupToOptions> & { to: string; keep: number }) => {
      if (!isOffsite(options.to)) {
        const { backupFolder } = await import('./backup.ts');
        process.exitCode = backupFolder(folder, options);
        return;
      }
      const { keyFile } = options;
      if (keyFile === undefined) program.error('error: file:// and s3:// want --key-file');
      const { backupOffsite } = await import('./offsite.ts');
      process.exitCode = await backupOffsite(folder, { ...options, keyFile });
    });

  program
    .command('restore')
    .description('make a ledger of a backup at file:// or s3://, as it was at any op or time that backups reach')
    .argument('<backups>', 'file:///folder, or s3://bucket/prefix')
    .requiredOption('--to <folder>', 'the ledger; absent, or an empty folder')
    .requiredOption('--key-file <file>', KEY_ABOUT)
    .option('--until <op or time>', 'the last op, or the time behind which nothing is kept', until)
    .option('--scratch <folder>', SCRATCH_ABOUT)
    .option('--json', 'an object')
    .action(async (backups: string, options: RestoreOptions) => {
      const { restore } = await import('./offsite.ts');
      process.exitCode = await restore(backups, options);
    });

  program
    .command('drill')
    .description('restore the newest backup into a scratch folder, open it, and compare; exit code 1 if it differs')
    .argument('<backups>', 'file:///folder, or s3://bucket/prefix')
    .requiredOption('--key-file <file>', KEY_ABOUT)
    .option('--scratch <folder>', SCRATCH_ABOUT)
    .option('--json', 'an object')
    .action(async (backups: string, options: OffsiteOptions) => {
      const { drill } = await import('./offsite.ts');
      process.exitCode = await drill(backups, options);
    });
}
