/**
 * What `tallystick benchmark` can be told. Names and defaults are those of `tigerbeetle benchmark` where it has them.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BENCHMARK_LEDGER, type BenchmarkOptions, DISTRIBUTIONS, ID_ORDERS } from '../benchmark/names.ts';
import { duration, integer } from './arguments.ts';

/** Percent of the transfers that `--transfer-pending` makes pending. */
const PENDING_PERCENT = 30;
const DEFAULT_OUTSTANDING = 3;

export function addBenchmarkOptions(command: Command): Command {
  return command
    .optionsGroup('Load:')
    .option('--account-count <n>', 'accounts', integer(2, 2 ** 27), 10_000)
    .option('--account-count-hot <n>', 'the first n accounts are hot', integer(0), 0)
    .addOption(
      new Option('--account-distribution <name>', 'which accounts transfers touch (zipfian: theta 0.99)')
        .choices(DISTRIBUTIONS)
        .default('uniform'),
    )
    .option('--account-batch-count <n>', 'accounts in a batch', integer(1, 1e6), 8189)
    .option('--no-history', 'create accounts without the `history` flag')
    .option('--imported', 'import accounts and transfers with timestamps of their own')
    .option('--transfer-count <n>', 'transfers', integer(1), 10_000_000)
    .option(
      '-b, --transfer-batch-count <n>',
      'transfers in a batch; above 8189 a batch is several requests, timed as one (alias: --batch)',
      integer(1, 1e6),
      8189,
    )
    .addOption(new Option('--batch <n>').argParser(integer(1, 1e6)).hideHelp())
    .option('--transfer-batch-delay <duration>', 'pause of each client after each batch', duration, 0)
    .option('--transfer-hot-percent <n>', 'transfers whose debit side is hot', integer(0, 100), 100)
    .option('--transfer-pending', `make ${PENDING_PERCENT} % of the transfers pending, timeout 1 to 5 s`)
    .option('--transfer-pending-percent <n>', 'make n % of the transfers pending', integer(0, 100))
    .addOption(new Option('--id-order <name>', 'ids of accounts and transfers').choices(ID_ORDERS).default('tbid'))
    .option('--seed <n>', 'of the load', integer(0, 2 ** 32 - 1), 42)
    .optionsGroup('Pressure:')
    .option('--clients <n>', 'concurrent senders of batches', integer(1, 64), 1)
    .option('--outstanding <n>', 'batches each client keeps in flight', integer(1, 1024), DEFAULT_OUTSTANDING)
    .option('--rate <n>', 'offer n transfers a second; latency counts from when a batch was due', integer(1))
    .option('--callers <n>', 'n callers, each awaiting one createTransfers([transfer]) at a time', integer(1, 100_000))
    .optionsGroup('Then:')
    .option('--query-count <n>', 'queries (get_account_transfers, limit 8189)', integer(0), 100)
    .option('--validate', 'generate all again and compare by lookups (not with --id-order tbid)')
    .optionsGroup('Where:')
    .option('--memory', 'no journal: everything in memory')
    .option(
      '--address <address>',
      'a server, such as tcp://127.0.0.1:3000 or unix:/path; by default a ledger in this process',
    )
    .option('--retry', 'with --address: send again what was not answered, to whoever leads a cluster then')
    .option('--file <folder>', 'keep the ledger in this folder (default: a temporary one here, removed at the end)')
    .option('--kill-after <n>', 'kill -9 this process once n transfers are acknowledged', integer(1))
    .optionsGroup('Output:')
    .option('--print-batch-timings', 'a line for each batch')
    .option('--json', 'one object on stdout');
}

/** Refuses what does not fit together. */
export function readBenchmarkOptions(raw: Record<string, unknown>): BenchmarkOptions {
  const { batch, transferPending, transferPendingPercent, ...rest } = raw as Record<string, unknown> & {
    readonly batch?: number;
    readonly transferPending?: boolean;
    readonly transferPendingPercent?: number;
  };
  const given = rest as unknown as BenchmarkOptions;
  const options: BenchmarkOptions = {
    ...given,
    ledger: BENCHMARK_LEDGER,
    file: given.file,
    address: given.address,
    rate: given.rate,
    callers: given.callers,
    killAfter: given.killAfter,
    imported: given.imported === true,
    validate: given.validate === true,
    memory: given.memory === true,
    printBatchTimings: given.printBatchTimings === true,
    json: given.json === true,
    transferBatchCount: batch ?? given.transferBatchCount,
    pendingPercent: transferPendingPercent ?? (transferPending === true ? PENDING_PERCENT : 0),
  };
  if (options.accountCountHot > options.accountCount) {
    throw new InvalidArgumentError('--account-count-hot cannot exceed --account-count.');
  }
  if (options.validate && options.idOrder === 'tbid') {
    throw new InvalidArgumentError(
      '--validate needs ids that can be had again: add --id-order sequential, random or reversed.',
    );
  }
  if (options.memory && options.file !== undefined) {
    throw new InvalidArgumentError('--memory keeps nothing, so it cannot go with --file.');
  }
  if (options.address !== undefined && (options.memory || options.file !== undefined)) {
    throw new InvalidArgumentError('--address names a server, which has a ledger: no --memory, no --file.');
  }
  if (options.retry === true && options.address === undefined) {
    throw new InvalidArgumentError('--retry is about servers: it goes with --address.');
  }
  if (options.callers !== undefined && (options.imported || options.rate !== undefined)) {
    throw new InvalidArgumentError('--callers goes with neither --imported nor --rate.');
  }
  return options;
}
