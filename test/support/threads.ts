/** Ledgers on threads with sizes that make rings run full and wrap, and generations be sealed, within a test. */
import { type EngineOptions, type EngineSizes, SMALL_SIZES } from '../../src/engine/index.ts';

/** The smallest ring that takes a full batch, and room for two large replies. */
export const TIGHT_SIZES: EngineSizes = { ...SMALL_SIZES, ringCells: 2 ** 14, repliesSize: 2 ** 21 };

/** Tight, and sealing every few batches. */
export const TIGHT_FORGETFUL_SIZES: EngineSizes = {
  ...TIGHT_SIZES,
  sealEntries: 500,
  rowsTrusted: 100,
  resolvedKept: 50,
};

export const tight: EngineOptions = { mode: 'threads', sizes: TIGHT_SIZES };
export const tightForgetful: EngineOptions = { mode: 'threads', sizes: TIGHT_FORGETFUL_SIZES };
