/** How an engine is opened, and what comes of it. */
import type { FenceOptions } from '../journal/index.ts';
import type { Clock, Storage } from '../platform/index.ts';
import type { Slice } from '../projector/index.ts';
import type { ThreadWait } from './agent-thread.ts';
import type { JournalAgent, MachineAgent } from './agents.ts';
import type { Driver, ThreadBeats } from './driver.ts';
import type { Engine } from './engine.ts';
import type { EngineSizes } from './memory.ts';
import type { Recovery } from './recover.ts';
import type { SpaceOptions } from './space.ts';

export interface EngineOptions {
  /**
   * `threads`: journal, machine and builder on threads of their own. `inline`: everything on the caller's, at the end
   * of each turn.
   */
  readonly mode?: 'threads' | 'inline';
  /**
   * How threads wait for work: `blocking` sleeps at once (the default), `yielding` spins for a while first, `busy-
   * spin` never sleeps. `resting` sleeps at once on the callers' thread, too.
   */
  readonly wait?: ThreadWait;
  readonly clock?: Clock;
  /** Sizes of memory; tests use small ones. */
  readonly sizes?: EngineSizes;
  /** Take over a folder whose writer runs on another machine, about which nothing can be known here. */
  readonly takeOver?: boolean;
  /** False: a folder without a ledger is `not_found`, where it would be made into one. */
  readonly create?: boolean;
  /** The id of a ledger that is made; by default a new one. Replicas of a ledger have its id. */
  readonly newId?: bigint;
  /** Go on although batches are missing that had been durable; a number: only if the ledger still reaches that op. */
  readonly acceptLoss?: boolean | number;
  /** Make again what is derived and damaged: runs and sums. */
  readonly repair?: boolean;
  /** Hears of a recovery on a thread when it begins, every 0.1 s, and when it has ended. */
  readonly recovering?: (progress: RecoveryProgress) => void;
  /** Ends a recovery on a thread: opening is `closed` then, and the files are as they were or further recovered. */
  readonly signal?: AbortSignal;
  /** False: pending transfers expire only by pulses that the caller sends (replay). */
  readonly expires?: boolean;
  /** In place of the disk; inline only. Callers hear its errors as it throws them. */
  readonly storage?: Storage;
  /** The opening process, and which others live, in place of this machine's answers; for tests. */
  readonly writer?: Pick<FenceOptions, 'owner' | 'lives'>;
  /** The space that is kept free on the disk. */
  readonly space?: SpaceOptions;
  /** The work that is spent on a query at a time; inline only. */
  readonly slice?: Slice;
  /** Moves the agents in place of the caller's turns; inline only. */
  readonly driver?: (
    engine: Engine,
    journal: JournalAgent | undefined,
    machine: MachineAgent,
    end: (failed: boolean) => void,
  ) => Driver;
}

/** How far opening has come. */
export interface RecoveryProgress {
  /** Bytes of the journal that are replayed. */
  readonly bytes: number;
  /** Bytes of the journal behind the newest snapshot; 0 while the snapshot is being looked for. */
  readonly bytesTotal: number;
  /** The thread at work. */
  readonly threads: readonly ThreadBeats[];
}

export interface OpenEngine {
  readonly engine: Engine;
  /** Chosen at random when the ledger was created. */
  readonly ledgerId: bigint;
  readonly recovery: Recovery;
  /** This writer's token. */
  readonly fence: bigint;
}
