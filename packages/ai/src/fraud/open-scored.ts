/** Opens a ledger whose payments are scored. */
import { type Clock, type EngineOptions, ObjectLedger, openFolder, openMemory, type Port } from 'tallystick/internal';
import { Scorer, type ScorerOptions } from './scorer.ts';

export interface ScoredLedger {
  /** The ledger, with scores in its way. Closing it closes everything. */
  readonly ledger: ObjectLedger;
  /** The same, for doors and for whatever else takes requests. */
  readonly port: Port;
  readonly scorer: Scorer;
}

export interface OpenScoredOptions extends ScorerOptions {
  /** In place of the machine's clock; for tests. */
  readonly clock?: Clock;
  readonly mode?: EngineOptions['mode'];
}

/**
 * Opens the ledger in a folder, or with `:memory:` a new one, and reads its whole feed, so that the features are those
 * of now. Throws as `open` does.
 */
export async function openScored(path: string, options: OpenScoredOptions): Promise<ScoredLedger> {
  const { clock, mode } = options;
  const engine = {
    ...(clock === undefined ? {} : { clock }),
    ...(mode === undefined ? {} : { mode }),
  };
  const inner: Port = path === ':memory:' ? openMemory(engine).engine : (await openFolder(path, engine)).engine;
  const now = clock === undefined ? {} : { now: () => clock.wall() };
  const scorer = new Scorer(inner, { ...now, ...options });
  try {
    await scorer.ready();
  } catch (error) {
    await inner.close();
    throw error;
  }
  return { ledger: new ObjectLedger(scorer.port), port: scorer.port, scorer };
}
