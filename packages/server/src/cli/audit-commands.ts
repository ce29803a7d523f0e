/** `tallystick audit …`: registered here, loaded when it is called. */
import { type Command, Option } from 'commander';
import { TallystickError } from 'tallystick/internal/model';
import { integer } from './arguments.ts';
import type { ShowOptions, VerifyOptions } from './audit/audit.ts';

const FILE = 'the audit trail: audit.file of the server';
const KEY = 'file of its key (default: the name of the trail with .key behind it)';

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('read and verify the audit trail of a server');

  audit
    .command('verify')
    .description('say whether the trail is whole; exit code 1 for a gap, a fork, a rewrite, another order, a cut tail')
    .argument('<file...>', `${FILE}; those of several nodes of a cluster`)
    .option('--key <file>', KEY)
    .option('--ledger <ledger>', 'the ledger that has its anchors: a folder, or an address such as tcps://host:port')
    .option('--head <block:mac>', 'a head that the log of the server has', head)
    .option('--signer <file>', 'public keys of whoever signs its heads: bao read -format=json transit/keys/NAME')
    .option('--json', 'an object')
    .action(async (files: readonly string[], options: VerifyOptions) => {
      const { verify } = await import('./audit/audit.ts');
      if (options.head !== undefined && files.length > 1) {
        throw new TallystickError('invalid_argument', '--head is that of one trail: name one file');
      }
      process.exitCode = await verify(files, options);
    });

  audit
    .command('show')
    .description('print what was done, refused and changed, the newest last')
    .argument('<file>', FILE)
    .option('--key <file>', KEY)
    .option('--kind <name>', 'write, refused, changed, began, ended, anchored, read')
    .option('--subject <name>', 'of that subject alone')
    .option('--limit <count>', 'the newest so many', integer(1), 100)
    .option('--json', 'an object a line')
    .action(async (file: string, options: ShowOptions) => {
      const { show } = await import('./audit/audit.ts');
      show(file, options);
    });

  audit
    .command('export')
    .description('write all records to stdout, one a line, each with its number, its block and its time')
    .argument('<file>', FILE)
    .option('--key <file>', KEY)
    .addOption(new Option('--format <name>', 'of the lines').choices(['jsonl', 'csv'] as const).default('jsonl'))
    .action(async (file: string, options: { key?: string; format: 'jsonl' | 'csv' }) => {
      const { exportRecords } = await import('./audit/audit.ts');
      process.exitCode = exportRecords(file, options);
    });
}

function head(text: string): { block: number; mac: string } {
  const [block, mac] = text.split(':');
  return { block: integer(1)(block ?? ''), mac: mac ?? '' };
}
