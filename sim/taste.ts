/** The habits of one seed: drawn once, so that different seeds live in different worlds. */
import type { EngineSizes } from '../src/engine/index.ts';
import { SMALL_SIZES } from '../src/engine/index.ts';
import type { Slice } from '../src/projector/index.ts';
import type { Random } from '../testing/model/random.ts';

export interface Taste {
  /** Steps of the workload. */
  readonly steps: number;
  readonly sizes: EngineSizes;
  /** The work that a query gets at a time. */
  readonly slice: Slice;
  /** Requests in flight at once, at most. */
  readonly burstMax: number;
  /** Probabilities at each turn. */
  readonly burst: number;
  readonly reopen: number;
  readonly failure: number;
  readonly damage: number;
  readonly rival: number;
  /** How a failure happens. */
  readonly failures: readonly Failure[];
  /** Bytes that the disk still takes before it fails, at most: some seeds fail within a batch, some within a run. */
  readonly failAfterMax: number;
  /** The same in steps of the disk. */
  readonly failAfterSteps: number;
  /** Whether the file system knows direct transfers. */
  readonly direct: boolean;
}

/** Little memory: a seed opens hundreds of ledgers, and what is small fills up. */
const SIZES: EngineSizes = {
  ...SMALL_SIZES,
  ringCells: 2 ** 14,
  repliesSize: 2 ** 21,
  accountsMax: 2 ** 16,
  pendingsMax: 2 ** 16,
  log2Entries: 14,
  log2Ids: 16,
  log2Rows: 16,
  runsMax: 2048,
  filtersSize: 8 * 2 ** 20,
};

/**
 * The power goes, the process is killed, the disk is full, the disk breaks: all in the middle of a write. Then the same
 * at any step that the disk takes: EIO, ENOSPC, no more file descriptors, a sync that fails.
 */
export type Failure =
  | 'power'
  | 'kill'
  | 'disk_full'
  | 'disk_failed'
  | 'power_at_step'
  | 'kill_at_step'
  | 'eio'
  | 'enospc'
  | 'emfile'
  | 'sync_failed'
  | 'look_failed';

const ALL: readonly Failure[] = [
  ...['power', 'kill', 'disk_full', 'disk_failed', 'power_at_step', 'kill_at_step'],
  ...['eio', 'enospc', 'emfile', 'sync_failed'],
] as Failure[];

/** Sizes of an engine: some forget at once what others keep. */
export function sizesTaste(random: Random): EngineSizes {
  const sealEntries = random.pick([7, 40, 150, undefined]);
  return {
    ...SIZES,
    ringCells: random.pick([2 ** 14, 2 ** 15]),
    rowsTrusted: random.pick([3, 30, SIZES.rowsTrusted]),
    resolvedKept: random.pick([2, 50, SIZES.resolvedKept]),
    ...(sealEntries === undefined ? {} : { sealEntries }),
  };
}

/** Some stop at every turn, some go through to the end; time stands still here, so that units alone count. */
export function sliceTaste(random: Random): Slice {
  return { units: random.pick([1, 3000, 40_000, 2 ** 30]), milliseconds: 1 };
}

export function taste(random: Random): Taste {
  const sizes = sizesTaste(random);
  return {
    steps: random.pick([40, 100, 250]),
    sizes,
    slice: sliceTaste(random),
    burstMax: random.pick([1, 4, 16]),
    burst: random.pick([0.1, 0.5, 0.9]),
    reopen: random.pick([0, 0.01, 0.05]),
    failure: random.pick([0.005, 0.02, 0.1]),
    damage: random.pick([0, 0, 0.02]),
    rival: random.pick([0, 0, 0.01]),
    failures: random.pick<readonly Failure[]>([
      ['power', 'power_at_step'],
      ['kill', 'kill_at_step'],
      ['power', 'kill', 'power_at_step', 'kill_at_step'],
      ['power', 'kill', 'disk_full', 'disk_failed'],
      ['eio', 'enospc', 'emfile', 'sync_failed', 'kill'],
      ['sync_failed', 'power_at_step'],
      ALL,
    ]),
    failAfterSteps: random.pick([3, 10, 40, 200]),
    direct: random.chance(0.7),
    failAfterMax: random.pick([2000, 20_000, 200_000, 3_000_000]),
  };
}
