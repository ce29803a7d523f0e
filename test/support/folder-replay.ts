import { EngineReplayPort, openFolder } from '../../src/engine/index.ts';

/** A ledger in a folder, on threads, as a module for {@link ./replay-child.ts}: time and expiry are told. */
export async function openReplay(folder: string): Promise<EngineReplayPort> {
  return new EngineReplayPort((await openFolder(folder, { mode: 'threads', expires: false })).engine);
}
