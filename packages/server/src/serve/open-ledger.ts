/** Opens the ledger that is served, watched while it recovers. */

import { assert } from 'tallystick/internal/base';
import { type Engine, type EngineOptions, type OpenEngine, openFolder, openMemory } from 'tallystick/internal/engine';
import type { Configuration } from '../config/index.ts';
import type { Observers } from './observers.ts';
import { type ConnectBackend, openBackend } from './open-backend.ts';
import { openShardServers, openShards } from './open-shards.ts';
import { endedEarly, engineOptions, type ServedLedger, sayRecovered, unlessLeft, watchRecovery } from './opening.ts';
import type { Replicate, Whereabouts } from './replica.ts';

/** What other packages make of the ledger. */
export interface OpeningParts {
  readonly replicate?: Replicate | undefined;
  readonly backend?: ConnectBackend | undefined;
}

/**
 * Undefined if `signal` was aborted before the ledger was recovered. `replicate` puts it among others, `backend` stands
 * in its place; `where`: where clients find it.
 */
export async function openLedger(
  configuration: Configuration,
  { log, sources }: Pick<Observers, 'log' | 'sources'>,
  signal: AbortSignal,
  { replicate, backend }: OpeningParts = {},
  where: Whereabouts = { address: () => '', http: () => '' },
): Promise<ServedLedger | undefined> {
  const { folder, shards, shardServers } = configuration;
  if (shardServers.length > 0) return openShardServers(shardServers, { log, sources }, signal);
  assert(folder !== undefined);
  if (backend !== undefined) return openBackend(folder, backend, { log, sources }, signal);
  if (shards > 1) return openShards(configuration, { log, sources }, signal, replicate);
  if (folder === ':memory:') {
    const { engine } = openMemory();
    sources.opened.push({ engine });
    // What was in the memory of the process before is another ledger.
    return alone(engine, BigInt(`0x${crypto.randomUUID().replaceAll('-', '')}`));
  }
  log.info({ folder }, 'opening');
  const options = engineOptions(configuration, watchRecovery(log, sources), signal);
  const open = (more: EngineOptions = {}): Promise<OpenEngine> => openFolder(folder, { ...options, ...more });
  const replica = replicate?.({ ...where, configuration, log, folder, open });
  const opened: OpenEngine | undefined = await unlessLeft<OpenEngine>(replica ?? open(), signal);
  if (opened === undefined) return endedEarly(log, folder);
  sources.opened.push(opened);
  sayRecovered(log, folder, opened);
  const { engine, ledgerId } = opened;
  if (replica === undefined) return alone(engine, ledgerId);
  const node = await replica;
  return { ...alone(engine, ledgerId), port: node.port, replica: node };
}

function alone(engine: Engine, ledgerId: bigint): ServedLedger {
  return { engines: [engine], port: engine, ledgerId, close: () => engine.close() };
}
