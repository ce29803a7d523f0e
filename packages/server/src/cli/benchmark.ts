/** `tallystick benchmark`: opens a ledger, measures, prints, tidies up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Ledger, open } from 'tallystick';
import { type BenchmarkOptions, diskBytes, report, reportLines, runBenchmark, succeeded } from '../benchmark/index.ts';
import { readBenchmarkOptions } from './benchmark-options.ts';
import { progressBar } from './terminal.ts';

/** A ledger in memory on threads keeps every transfer in a ring of 2^24. */
const THREADS_TRANSFERS_MAX = 16_000_000;

/** Returns the exit code: 1 when an event was not created or a comparison failed. */
export async function benchmark(raw: Record<string, unknown>): Promise<number> {
  const options = readBenchmarkOptions(raw);
  if (options.memory || options.address !== undefined) return measure(options, undefined);
  if (options.file !== undefined) return measure(options, options.file);

  // Here, not in /tmp: that may be memory, and the disk is what is measured.
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-benchmark-'));
  const tidy = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('SIGINT', () => {
    tidy();
    process.exit(130);
  });
  try {
    return await measure(options, folder);
  } finally {
    tidy();
  }
}

/** On threads as long as everything fits; memory is prepared before the clock runs. */
function openInMemory(transfers: number): Promise<Ledger> {
  if (transfers > THREADS_TRANSFERS_MAX) return open(':memory:');
  return open(':memory:', { mode: 'threads', reserve: transfers });
}

function openLedger({ address, retry, transferCount }: BenchmarkOptions, folder: string | undefined): Promise<Ledger> {
  if (address !== undefined) {
    const addresses = address.startsWith('unix:') ? [address] : address.split(',');
    return connect(addresses, retry === true ? { retry } : {});
  }
  return folder === undefined ? openInMemory(transferCount) : open(folder);
}

async function measure(options: BenchmarkOptions, folder: string | undefined): Promise<number> {
  const start = performance.now();
  const ledger = await openLedger(options, folder);
  const openMs = performance.now() - start;
  const diskBytesEmpty = folder === undefined ? null : diskBytes(folder);

  const bar = progressBar('transfers', options.transferCount);
  const measured = await runBenchmark(ledger, options, {
    progress: bar.update,
    batch(index, milliseconds) {
      if (options.printBatchTimings) console.error(`batch ${index}: ${milliseconds.toFixed(3)} ms`);
    },
  });
  bar.stop();

  const closing = performance.now();
  await ledger.close();
  const around = {
    openMs,
    closeMs: performance.now() - closing,
    diskBytesEmpty,
    diskBytes: folder === undefined ? null : diskBytes(folder),
    rssPeakBytes: process.resourceUsage().maxRSS * 1024,
  };
  if (options.json) console.log(JSON.stringify(report(options, measured, around)));
  else for (const line of reportLines(options, measured, around)) console.log(line);
  return succeeded(measured) ? 0 : 1;
}
