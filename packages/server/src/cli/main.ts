#!/usr/bin/env node
/**
 * The command line. Each command's code is loaded when it is called, so that `--help` and `--version` answer at once.
 * Exit codes: 0 done; 1 done, and the answer is no (a difference, a refused event); 2 not done (usage, or the world
 * misbehaved).
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Pin } from 'tallystick/internal/model';
import { version } from 'tallystick/internal/platform';
import { addAiCommands } from './ai-commands.ts';
import { duration, pin } from './arguments.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addBenchmarkOptions } from './benchmark-options.ts';
import { addClusterCommands } from './cluster-commands.ts';
import { addConfigurationOptions } from './config-options.ts';
import { addDevelopmentCommands } from './development-commands.ts';
import { explain } from './explain.ts';
import { addIdentityCommands } from './identity-commands.ts';
import { addLedgerCommands, PIN_ABOUT } from './ledger-commands.ts';

const EXIT_USAGE = 2;
/** As books know them; a test compares. */
const FORMATS = ['beancount', 'hledger', 'ledger', 'csv', 'rules'] as const;

interface ImportWords {
  readonly into?: string;
  readonly dryRun?: boolean;
  readonly rules?: string;
  readonly csvColumns?: readonly string[];
  readonly csvAccount?: string;
  readonly csvCommodity?: string;
  readonly format?: (typeof FORMATS)[number] | 'jsonl';
  readonly pin?: Pin;
  readonly assertions?: boolean;
  readonly partial?: boolean;
  readonly includeOutside?: boolean;
  readonly decimalMark?: '.' | ',';
  readonly dateOrder?: 'dmy' | 'mdy' | 'ymd';
}

const program = new Command('tallystick')
  .description('A double-entry ledger and settlement engine, embedded, durable, fast.')
  .version(version(), '-V, --version', 'print the version')
  .option('--verbose', 'print errors with their causes and stack traces')
  .option(
    '--connection <file>',
    'how to reach a server (JSON): its address, a token, certificates; docs/guides/connect.md',
  )
  .showHelpAfterError('(run with --help to list commands and options)')
  .exitOverride()
  .hook('preAction', () => {
    const { connection } = program.opts<{ connection?: string }>();
    if (connection !== undefined) process.env.TALLYSTICK_CONNECTION = connection;
  });

addBenchmarkOptions(program.command('benchmark'))
  .description(
    'measure throughput and latency, from submission to durable reply, with the load of `tigerbeetle benchmark`',
  )
  .action(async (options: Record<string, unknown>) => {
    const { benchmark } = await import('./benchmark.ts');
    process.exitCode = await benchmark(options);
  });

addConfigurationOptions(
  program
    .command('serve')
    .description('serve a ledger to other processes, until SIGTERM or SIGINT; docs/operating/configuration.md')
    .argument('[folder]', 'folder of the ledger, which must exist unless --create is given; or :memory:')
    .option('--replay', 'with :memory: only: each connection gets an empty ledger, whose clock it sets'),
)
  .addOption(new Option('--cluster <addresses>', 'the same as --cluster-nats; a number: as --cluster-id').hideHelp())
  .action(async (folder: string | undefined, { cluster, replay, ...options }: Record<string, unknown>) => {
    const [{ serve, serveReplays }, { loadFrom }] = await Promise.all([
      import('./serve.ts'),
      import('./config-print.ts'),
    ]);
    const named = String(cluster ?? '').includes('://') ? { clusterNats: cluster } : { clusterId: cluster };
    const loaded = loadFrom(folder, { ...named, ...options });
    if (replay === true) await serveReplays(loaded.configuration, (line) => console.log(line));
    else process.exitCode = await serve(loaded, (line) => console.log(line));
  });

addConfigurationOptions(
  program
    .command('config')
    .description('print the settings that `serve` would run with, and where each came from')
    .argument('[folder]', 'the ledger')
    .option('--json', 'one object: { file, values: { key: { value, from, name } } }'),
).action(async (folder: string | undefined, options: Record<string, unknown>) => {
  const { printConfiguration } = await import('./config-print.ts');
  printConfiguration(folder, options, (text) => console.log(text));
});

program
  .command('top')
  .description('watch a server: lanes, batches, latency, as they change; q leaves')
  .argument('[address]', 'address of the metrics port', '127.0.0.1:9090')
  .option('--once', 'print one picture and leave')
  .option('--interval <time>', 'time between two pictures', duration, 1000)
  .option('--token <token>', 'token for the metrics (default: $TALLYSTICK_METRICS_TOKEN)')
  .action(async (address: string, options: { once?: boolean; interval: number; token?: string }) => {
    const { top } = await import('./top/index.ts');
    await top(address, options);
  });

program
  .command('conform')
  .description('replay recorded conversations with a cluster and compare every reply byte for byte')
  .argument('<file...>', '.jsonl or .jsonl.gz files, or folders of them')
  .option('--address <address>', 'on a server started with `serve :memory: --replay`: tcp://host:port or unix:/path')
  .action(async (files: string[], { address }: { address?: string }) => {
    const [{ conform }, { EngineReplayPort, openMemory }, { connectReplay }] = await Promise.all([
      import('tallystick/internal/conform'),
      import('tallystick/internal/engine'),
      import('tallystick/internal/client'),
    ]);
    const fresh = async () =>
      address === undefined
        ? new EngineReplayPort(openMemory({ expires: false }).engine)
        : await connectReplay(address);
    const { differences } = await conform(files, fresh, (line) => console.log(line));
    process.exitCode = differences === 0 ? 0 : 1;
  });

program
  .command('import')
  .description(
    'import a plain-text book (Beancount, hledger, Ledger, CSV) or an archive that `export` wrote (jsonl); ' +
      'importing it again changes nothing',
  )
  .argument('<file>', 'the book, or the archive')
  .option('--into <folder>', 'folder of the ledger; made if it does not exist')
  .option('--dry-run', 'show the first ten transactions as they are understood, and import nothing')
  .addOption(
    new Option('--format <name>', 'format of the book; guessed by default').choices([...FORMATS, 'jsonl'] as const),
  )
  .option('--no-assertions', 'import the book as it stands if its balance assertions fail')
  .addOption(
    new Option('--decimal-mark <mark>', 'decimal mark of a CSV file whose cells do not show it').choices([
      '.',
      ',',
    ] as const),
  )
  .addOption(
    new Option('--date-order <order>', 'order of day, month and year in a CSV file whose dates do not show it').choices(
      ['dmy', 'mdy', 'ymd'] as const,
    ),
  )
  .option('--pin <ledger@op>', `of an archive: ${PIN_ABOUT}`, pin)
  .option('--rules <file>', 'hledger rules of a CSV file (default: the file of its name with .rules behind it)')
  .option('--csv-columns <names>', 'columns of a CSV file, from left to right: date,description,amount', (text) =>
    text.split(','),
  )
  .option('--csv-account <account>', 'account of which a CSV file is the statement')
  .option('--csv-commodity <name>', 'commodity of amounts in a CSV file that name none')
  .option('--include-outside', 'let the book include files that are not below its own folder')
  .option('--partial', 'leave out what its own program would run and Tallystick does not, and import the rest')
  .action(async (file: string, { into, format, ...command }: ImportWords) => {
    if (format === 'jsonl' || (format === undefined && file.endsWith('.jsonl'))) {
      if (into === undefined || command.dryRun === true)
        throw new InvalidArgumentError('an archive is imported with --into, and has no dry run');
      const { importArchive } = await import('./export.ts');
      process.exitCode = await importArchive(file, into, command.pin);
      return;
    }
    const { importInto } = await import('./book-commands.ts');
    process.exitCode = await importInto(file, into, { ...command, format });
  });

program
  .command('balances')
  .description('print the trial balance of imported books: debits less credits of every account')
  .argument('<folder>', 'the ledger')
  .option('--json', 'one object: { account: { commodity: number } }')
  .action(async (folder: string, { json }: { json?: boolean }) => {
    const { printBalances } = await import('./book-commands.ts');
    process.exitCode = await printBalances(folder, json === true);
  });

addLedgerCommands(program);
addDevelopmentCommands(program);
addIdentityCommands(program);
addAuditCommands(program);
addClusterCommands(program);
addAiCommands(program);

program
  .command('demo')
  .description('import a book, run a million transfers, kill the process halfway, and show that nothing was lost')
  .argument('[file]', 'a book of your own; or `ai`, for models: readers and stages that are killed, and frauds')
  .option('--console', 'serve the ledger with its console while money moves, until Ctrl-C')
  .action(async (file: string | undefined, { console: watched }: { console?: boolean }) => {
    if (file === 'ai') {
      const { demoModels } = await import('./ai.ts');
      process.exitCode = await demoModels((line) => console.log(line));
      return;
    }
    const { demo, SAMPLE } = await import('./demo/index.ts');
    if (watched === true) {
      const { demoConsole } = await import('./demo/console.ts');
      await demoConsole(file ?? SAMPLE);
      return;
    }
    process.exitCode = await demo(file);
  });

// Whoever reads the output has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  console.error(`error: standard output cannot be written (${error.code ?? error.message})`);
  process.exit(EXIT_USAGE);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else if (error instanceof InvalidArgumentError) {
    console.error(`error: ${error.message}`);
    process.exitCode = EXIT_USAGE;
  } else {
    console.error(explain(error, program.opts<{ verbose?: boolean }>().verbose === true));
    process.exitCode = EXIT_USAGE;
  }
}
