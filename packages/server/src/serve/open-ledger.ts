/** Opens the ledger that is served, watched while it recovers. */

import { assert } from 'tallystick/internal/base';
import {
  type Engine,
  type EngineOptions,
  type OpenEngine,
  openFolder,
  openMemory,
  type RecoveryProgress,
} from 'tallystick/internal/engine';
import type { Configuration } from '../config/index.ts';
import type { Logger, Sources } from '../observe/index.ts';
import type { Observers } from './observers.ts';
import type { Replica, Replicate } from './replica.ts';

/** How often the log says how far a long recovery has come. */
const RECOVERING_MS = 10_000;

/** The ledger that is served; `replica`, if it is one of several. */
export interface Served {
  readonly engine: Engine;
  readonly ledgerId: bigint;
  readonly replica?: Replica;
}

/**
 * Undefined if `signal` was aborted before the ledger was recovered. `replicate` puts it among others; clients find it
 * at `address`.
 */
export async function openLedger(
  configuration: Configuration,
  { log, sources }: Observers,
  signal: AbortSignal,
  replicate?: Replicate,
  address: () => string = () => '',
): Promise<Served | undefined> {
  const { folder, create, takeOver, mode, wait } = configuration;
  assert(folder !== undefined);
  if (folder === ':memory:') {
    const { engine } = openMemory();
    sources.opened({ engine });
    // What was in the memory of the process before is another ledger.
    return { engine, ledgerId: BigInt(`0x${crypto.randomUUID().replaceAll('-', '')}`) };
  }
  log.info({ folder }, 'opening');
  const space = { reserve: configuration['limits.diskReserve'] };
  const recovering = watchRecovery(log, sources);
  const open = (more: EngineOptions = {}): Promise<OpenEngine> =>
    openFolder(folder, { create, takeOver, mode, wait, space, recovering, signal, ...more });
  const replica = replicate?.({ log, folder, address, open });
  const opened: OpenEngine | undefined = await (replica ?? open()).catch((error) => {
    if (signal.aborted && error.code === 'closed') return undefined;
    throw error;
  });
  if (opened === undefined) {
    log.info({ folder }, 'ended before the ledger was recovered; the next start goes on from its files');
    return undefined;
  }
  sources.opened(opened);
  const { kept, ...recovery } = opened.recovery;
  log.info({ folder, fence: String(opened.fence), ...recovery, kept: kept.length }, 'recovered');
  for (const one of kept) log.warn({ folder, ...one }, 'given up while opening; it is kept in lost+found');
  const { engine, ledgerId } = opened;
  return replica === undefined ? { engine, ledgerId } : { engine, ledgerId, replica: await replica };
}

/** Lets those who watch the server see how far opening has come, and whether it moves. */
function watchRecovery(log: Logger, sources: Sources): (progress: RecoveryProgress) => void {
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
