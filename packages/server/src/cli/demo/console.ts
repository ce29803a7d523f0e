/**
 * `tallystick demo --console`: a book and the demo's load in a ledger that is served with its console, until it is
 * interrupted. A few hundred transfers a second, so that people can watch; some are reserved first, and posted or
 * voided a minute later.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { importBook } from 'tallystick/internal/books';
import { connect } from 'tallystick/internal/client';
import { type Ledger, TransferFlags, type TransferInput } from 'tallystick/internal/model';
import { loadConfiguration } from '../../config/index.ts';
import { LedgerServer, startLog } from '../../serve/index.ts';
import { BookFiles } from '../book-files.ts';
import { colours } from '../colours.ts';
import { consoleOf } from '../console.ts';
import { loadNames, saveNames } from '../files.ts';
import { openLedger } from '../target.ts';
import { createDemoAccounts, DEMO_LEDGER, DEMO_TRANSFERS, demoLoad, sendDemoSlice } from './load.ts';

const SLICE = 25;
const EVERY_MS = 100;
/** One hold in so many slices; it ends so many slices later. */
const HOLD_EVERY = 20;
const HOLD_FOR = 600;
const HOLD_SECONDS = 3600;

/** Resolves when the process is told to end. Rejects with `package_missing` without the console's package. */
export async function demoConsole(file: string): Promise<void> {
  const folder = mkdtempSync(join(process.cwd(), 'tallystick-demo-'));
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  try {
    await importTheBook(file, folder);
    await serveAndPlay(folder, ended.signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function importTheBook(file: string, folder: string): Promise<void> {
  const { source, files } = BookFiles.open(file);
  await using ledger = await openLedger(folder);
  await importBook({
    ledger,
    ...source,
    read: files.include,
    names: loadNames(folder),
    save: (names) => saveNames(folder, names),
  });
  // The load's ledger counts in hundredths.
  const { commodities, accounts } = loadNames(folder);
  saveNames(folder, { commodities: [...commodities, { name: 'COIN', ledger: DEMO_LEDGER, scale: 2 }], accounts });
}

async function serveAndPlay(folder: string, ended: AbortSignal): Promise<void> {
  const off = { 'grpc.port': 'off', 'msgpack.port': 'off', 'metrics.port': 'off' };
  const flags = { folder, console: 'true', 'tcp.port': '0', 'http.port': '0', 'log.level': 'error', ...off };
  const loaded = loadConfiguration({ flags, environment: {}, cwd: folder });
  const server = await LedgerServer.prepare(loaded, await startLog(loaded), { site: await consoleOf(loaded) });
  try {
    await server.open(ended);
    const [native, http] = server.urls;
    console.log(`The console: ${colours.bold(`${http}/console/`)}   (Ctrl-C ends it, and nothing of it stays)`);
    await using ledger = await connect(native!);
    await play(ledger, ended);
  } finally {
    await server.close();
  }
}

async function play(ledger: Ledger, ended: AbortSignal): Promise<void> {
  const load = demoLoad();
  await createDemoAccounts(ledger, load);
  for (let slice = 0; !ended.aborted; slice++) {
    await sendDemoSlice(ledger, load, (slice * SLICE) % DEMO_TRANSFERS, SLICE);
    if (slice % HOLD_EVERY === 0) await ledger.createTransfers(holdsOf(slice / HOLD_EVERY));
    await sleep(EVERY_MS, undefined, { signal: ended }).catch(() => {});
  }

  /** The hold of a turn, and the end of an older one: two are posted, the third is voided. */
  function holdsOf(turn: number): TransferInput[] {
    const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags;
    const { ledger: number, accountCount } = load.options;
    const account = (index: number): bigint => load.account(index % accountCount).id as bigint;
    const sides = { debit_account_id: account(turn * 7), credit_account_id: account(turn * 7 + 1) };
    const id = HOLDS_FROM + BigInt(turn) * 2n;
    const amount = BigInt(1000 + ((turn * 37) % 900) * 10);
    const hold = { id, ...sides, amount, ledger: number, code: 2, flags: pending, timeout: HOLD_SECONDS };
    const older = turn - HOLD_FOR / HOLD_EVERY;
    if (older < 0) return [hold];
    const flags = older % 3 === 2 ? void_pending_transfer : post_pending_transfer;
    const pending_id = HOLDS_FROM + BigInt(older) * 2n;
    return [hold, { id: pending_id + 1n, pending_id, amount: older % 3 === 2 ? 0n : 2n ** 128n - 1n, flags }];
  }
}

const HOLDS_FROM = 2n ** 100n;
