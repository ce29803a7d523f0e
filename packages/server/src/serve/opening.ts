/** The ledger of a server while it is being opened: options, progress, what the log says. */
import type { Engine, EngineOptions, OpenEngine, RecoveryProgress } from 'tallystick/internal/engine';
import type { Port } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';
import type { Logger, Sources } from '../observe/index.ts';
import type { Replica } from './replica.ts';

/** How often the log says how far a long recovery has come. */
const RECOVERING_MS = 10_000;

/** The ledger that is served. */
export interface ServedLedger {
  /** One, or one a shard. */
  readonly engines: readonly Engine[];
  /** Takes requests. */
  readonly port: Port;
  readonly ledgerId: bigint;
  /** If the ledger is one of several that hold the same. */
  readonly replica?: Replica;
  /** Closes the engines. */
  close(): Promise<void>;
}

/** How every engine of a server is opened. */
export function engineOptions(
  { create, takeOver, mode, wait, 'limits.diskReserve': reserve }: Configuration,
  recovering: (progress: RecoveryProgress) => void,
  signal: AbortSignal,
): EngineOptions {
  return { create, takeOver, mode, wait, space: { reserve }, recovering, signal };
}

/** Undefined where the caller has left before it was open. */
export async function unlessLeft<T>(opening: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (signal.aborted && (error as { readonly code?: unknown }).code === 'closed') return undefined;
    throw error;
  }
}

export function endedEarly(log: Logger, folder: string): undefined {
  log.info({ folder }, 'ended before the ledger was recovered; the next start goes on from its files');
}

export function sayRecovered(log: Logger, folder: string, { recovery: found, fence }: OpenEngine): void {
  const { kept, ...recovery } = found;
  log.info({ folder, fence: String(fence), ...recovery, kept: kept.length }, 'recovered');
  for (const one of kept) log.warn({ folder, ...one }, 'given up while opening; it is kept in lost+found');
}

/** Lets those who watch the server see how far opening has come, and whether it moves. */
export function watchRecovery(log: Logger, sources: Sources): (progress: RecoveryProgress) => void {
  let saidAt = performance.now();
  return (progress) => {
    if (sources.recovering === undefined) sources.heartbeat?.start(() => sources.recovering?.threads ?? []);
    sources.recovering = progress;
    if (performance.now() - saidAt < RECOVERING_MS) return;
    saidAt = performance.now();
    const { bytes, bytesTotal } = progress;
    log.info({ bytes, bytesTotal }, 'recovering');
  };
}
